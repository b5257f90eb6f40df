using System.Collections.Concurrent;
using System.Reflection;

namespace DeterministicSimulation;

/// <summary>
/// Detects uncontrolled work: code of a schedule that runs on another thread. The detector is part of the execution context, which flows
/// into tasks, thread pool work and threads; the runtime notifies it when the context changes on a thread.
/// </summary>
public sealed class UncontrolledWork
{
    // The runtime calls this whenever the value changes on a thread, for example when a thread starts work that a watched thread queued.
    private static readonly AsyncLocal<UncontrolledWork?> _current = new(static change =>
    {
        if (change.ThreadContextChanged && change.CurrentValue is { IsForeignThread: true } detector)
        {
            detector.Report(WorkOfThisThread() is { } work ? $"{AsyncCode.NameOf(work)} runs" : "code runs");

            // The continuation that the code posts next identifies the code.
            SynchronizationContext.SetSynchronizationContext(detector.UncontrolledContext);
        }
    });

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly ConcurrentQueue<string> _reports = new();

    // Read before every step: cheaper than to ask the queue.
    private volatile bool _any;

    /// <summary>Watches for work that leaves the calling thread, which is the scheduler's.</summary>
    public UncontrolledWork() => UncontrolledContext = new ReportingContext(this);

    /// <summary>The context of code that has left its own. It reports each continuation that is posted to it, and never runs it.</summary>
    public SynchronizationContext UncontrolledContext { get; }

    /// <summary>Whether the calling thread is not the scheduler's.</summary>
    public bool IsForeignThread => Environment.CurrentManagedThreadId != _thread;

    /// <summary>Whether uncontrolled work was detected.</summary>
    public bool Any => _any;

    /// <summary>Watches all work that the calling thread starts from now on.</summary>
    public void Watch() => _current.Value = this;

    /// <summary>Stops watching the work that the calling thread starts.</summary>
    public static void Unwatch() => _current.Value = null;

    /// <summary>Records uncontrolled work on the calling thread.</summary>
    public void Report(string what)
    {
        _reports.Enqueue($"{what} on thread {Environment.CurrentManagedThreadId}");
        _any = true;
    }

    /// <summary>
    /// Waits a fifth of a second for uncontrolled work to start, or longer while the thread pool is too busy to start it.
    /// </summary>
    public void Await()
    {
        for (var i = 0; !Any && (i < 40 || (ThreadPool.PendingWorkItemCount > 0 && i < 1000)); i++)
        {
            Thread.Sleep(5);
        }
    }

    /// <summary>The uncontrolled work, and where it came from.</summary>
    public string Describe()
    {
        // Leaves the code time to post its next continuation, which identifies it.
        Thread.Sleep(50);
        return string.Join("; ", _reports.Distinct().Take(4));
    }

    // The delegate of the task that the calling thread runs; null if it runs no task.
    private static Delegate? WorkOfThisThread() =>
        typeof(Task).GetField("t_currentTask", BindingFlags.NonPublic | BindingFlags.Static)?.GetValue(null) is Task task
            ? AsyncCode.DelegateOf(task)
            : null;

    private sealed class ReportingContext(UncontrolledWork detector) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => detector.Report($"{AsyncCode.NameOf(state ?? d)} continues");

        public override SynchronizationContext CreateCopy() => this;
    }
}
