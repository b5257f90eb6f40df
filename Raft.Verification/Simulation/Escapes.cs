using System.Diagnostics;
using System.Reflection;

namespace Raft.Verification.Simulation;

/// <summary>
/// Notices work that left the scheduler: code of a schedule that runs on another thread. It rides along with the execution context, which
/// flows into tasks, thread pool work and threads, and is told when it arrives on a thread.
/// </summary>
internal sealed class Escapes
{
    // The runtime calls this whenever the value changes on a thread: also when a thread takes up work that was begun under it.
    private static readonly AsyncLocal<Escapes?> _current = new(static change =>
    {
        if (change.ThreadContextChanged && change.CurrentValue is { IsForeignThread: true } escapes)
        {
            escapes.Report(WorkOfThisThread());
        }
    });

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private string? _first;

    /// <summary>Whether the calling thread is not the scheduler's.</summary>
    public bool IsForeignThread => Environment.CurrentManagedThreadId != _thread;

    /// <summary>What escaped first, and where it came from; null: nothing did.</summary>
    public string? First => Volatile.Read(ref _first);

    /// <summary>From now on, what the calling thread begins is watched.</summary>
    public void Watch() => _current.Value = this;

    /// <summary>What the calling thread begins from now on is not watched.</summary>
    public static void Unwatch() => _current.Value = null;

    /// <summary>Notes that something escaped; the first one stays.</summary>
    public void Report(string what) =>
        Interlocked.CompareExchange(ref _first, $"{what} on thread {Environment.CurrentManagedThreadId}, which the scheduler does not control", null);

    /// <summary>Gives work that has left a moment to show itself, before a schedule is said to be stuck.</summary>
    public void Await()
    {
        for (var i = 0; i < 20 && First is null; i++)
        {
            Thread.Sleep(5);
        }
    }

    private static string WorkOfThisThread()
    {
        // What the thread was given: the task that it runs, or an async method that goes on here.
        var task = typeof(Task).GetField("t_currentTask", BindingFlags.NonPublic | BindingFlags.Static)?.GetValue(null);
        if (task is not null && AsyncCode.DelegateOf(task) is { } work)
        {
            return $"{AsyncCode.NameOf(work)} runs";
        }

        foreach (var frame in new StackTrace().GetFrames())
        {
            if (frame.GetMethod()?.DeclaringType is { IsGenericType: true } box && AsyncCode.NameOfBox(box) is { } method)
            {
                return $"{method} goes on";
            }
        }

        return $"work runs{Environment.NewLine}{new StackTrace()}{Environment.NewLine}";
    }
}
