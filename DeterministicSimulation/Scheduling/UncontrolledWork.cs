using System.Collections.Concurrent;
using System.Reflection;

namespace DeterministicSimulation;

/// <summary>
/// Notices work that left the scheduler: code of a schedule that runs on another thread. It rides along with the execution context, which
/// flows into tasks, thread pool work and threads, and is told when it arrives on a thread.
/// </summary>
public sealed class UncontrolledWork
{
    // The runtime calls this whenever the value changes on a thread: also when a thread takes up work that was begun under it.
    private static readonly AsyncLocal<UncontrolledWork?> _current = new(static change =>
    {
        if (change.ThreadContextChanged && change.CurrentValue is { IsForeignThread: true } escapes)
        {
            escapes.Report(WorkOfThisThread() is { } work ? $"{AsyncCode.NameOf(work)} runs" : "code runs");

            // What the code waits for next tells which code it is.
            SynchronizationContext.SetSynchronizationContext(escapes.UncontrolledContext);
        }
    });

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly ConcurrentQueue<string> _reports = new();

    /// <summary>Watches for work that leaves the calling thread.</summary>
    public UncontrolledWork() => UncontrolledContext = new NoOnesContext(this);

    /// <summary>Where code finds itself that has left its context: whatever it waits for there, it never goes on, and is reported.</summary>
    public SynchronizationContext UncontrolledContext { get; }

    /// <summary>Whether the calling thread is not the scheduler's.</summary>
    public bool IsForeignThread => Environment.CurrentManagedThreadId != _thread;

    /// <summary>Whether something escaped.</summary>
    public bool Any => !_reports.IsEmpty;

    /// <summary>From now on, what the calling thread begins is watched.</summary>
    public void Watch() => _current.Value = this;

    /// <summary>What the calling thread begins from now on is not watched.</summary>
    public static void Unwatch() => _current.Value = null;

    /// <summary>Notes that something escaped.</summary>
    public void Report(string what) => _reports.Enqueue($"{what} on thread {Environment.CurrentManagedThreadId}");

    /// <summary>Gives work that may have left a moment to show itself: a fifth of a second, longer where the thread pool is too busy to begin it.</summary>
    public void Await()
    {
        for (var i = 0; !Any && (i < 40 || (ThreadPool.PendingWorkItemCount > 0 && i < 1000)); i++)
        {
            Thread.Sleep(5);
        }
    }

    /// <summary>What escaped, and where it came from.</summary>
    public string Describe()
    {
        // A moment more, so that the code that escaped shows what it goes on with.
        Thread.Sleep(50);
        return string.Join("; ", _reports.Distinct().Take(4));
    }

    // The delegate of the task that the thread was given, if it was given one.
    private static Delegate? WorkOfThisThread() =>
        typeof(Task).GetField("t_currentTask", BindingFlags.NonPublic | BindingFlags.Static)?.GetValue(null) is Task task
            ? AsyncCode.DelegateOf(task)
            : null;

    private sealed class NoOnesContext(UncontrolledWork escapes) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => escapes.Report($"{AsyncCode.NameOf(state ?? d)} goes on");

        public override SynchronizationContext CreateCopy() => this;
    }
}
