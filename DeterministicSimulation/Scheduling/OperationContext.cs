using Microsoft.Coyote.Rewriting;

namespace DeterministicSimulation;

/// <summary>
/// Whose code runs: one life of a server, or the scenario. Code that awaits in a context goes on in it, as an operation of the scheduler;
/// a context that has ended runs nothing more.
/// </summary>
[SkipRewriting("Coyote does not let rewritten code make synchronization contexts. This one hands all that is posted to the scheduler.")]
public sealed class OperationContext(Scheduler scheduler, string name, int server = 0) : SynchronizationContext
{
    /// <summary>Who this is, for reports.</summary>
    public string Name => name;

    /// <summary>The number of the server; 0: it is none.</summary>
    public int Server => server;

    /// <summary>Whether its code still runs.</summary>
    public bool Ended { get; private set; }

    /// <summary>The code that went on last, for reports.</summary>
    public object? Last { get; set; }

    /// <summary>From now on, what the calling thread awaits goes on in here.</summary>
    public void Enter() => SetSynchronizationContext(this);

    /// <summary>Begins async code in here; the caller stays where it is.</summary>
    public Task Begin(Func<Task> code)
    {
        var caller = Current;
        Enter();
        var task = code();
        SetSynchronizationContext(caller);
        return task;
    }

    /// <summary>Ends the context: what waits in it never goes on.</summary>
    public void End() => Ended = true;

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => scheduler.AddContinuation(this, d, state);

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Code under the scheduler must not block: it posts, it does not send.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;
}
