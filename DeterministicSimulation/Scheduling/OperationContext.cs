using Microsoft.Coyote.Rewriting;

namespace DeterministicSimulation;

/// <summary>
/// The owner of running code: one incarnation of a server, or the workload. Code that awaits in a context continues in it, as an operation
/// of the scheduler. A context that has ended runs no more code.
/// </summary>
[SkipRewriting("Coyote does not let rewritten code create synchronization contexts. This one passes all posted work to the scheduler.")]
public sealed class OperationContext(Scheduler scheduler, string name, int server = 0) : SynchronizationContext
{
    /// <summary>The name of the owner, for reports.</summary>
    public string Name => name;

    /// <summary>The number of the server; 0 if the owner is not a server.</summary>
    public int Server => server;

    /// <summary>Whether the context has ended.</summary>
    public bool Ended { get; private set; }

    /// <summary>The code that continued last, for reports.</summary>
    public object? Last { get; set; }

    /// <summary>Makes this the current context of the calling thread: code that awaits from now on continues here.</summary>
    public void Enter() => SetSynchronizationContext(this);

    /// <summary>Begins async code in this context; the caller stays in its own.</summary>
    public Task Begin(Func<Task> code)
    {
        var caller = Current;
        Enter();
        var task = code();
        SetSynchronizationContext(caller);
        return task;
    }

    /// <summary>Ends the context: code that waits in it never continues.</summary>
    public void End() => Ended = true;

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => scheduler.AddContinuation(this, d, state);

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Code under the scheduler must not block: use Post, not Send.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;
}
