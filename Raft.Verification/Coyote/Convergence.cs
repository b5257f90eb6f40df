using Raft.Verification.Specifications;
using CoyoteMonitor = Microsoft.Coyote.Specifications.Monitor;
using CoyoteSpecification = Microsoft.Coyote.Specifications.Specification;

namespace Raft.Verification.Coyote;

/// <summary>
/// §5.2, §5.4, as a liveness property of Coyote's: once nothing breaks any more, a leader is elected, takes a command, and every service applies it. It is
/// hot from then on, until that is done; Coyote reports a schedule that ends hot, or stays hot for too long.
/// </summary>
internal sealed class Convergence : CoyoteMonitor
{
    /// <summary>Nothing breaks from now on.</summary>
    internal sealed class FaultsEnded : Event;

    /// <summary>Something is broken again.</summary>
    internal sealed class FaultsResumed : Event;

    /// <summary>The scenario is done: it ends with a command that every service has applied.</summary>
    internal sealed class Done : Event;

    [Start]
    [Cold]
    [OnEventGotoState(typeof(FaultsEnded), typeof(Converging))]
    [IgnoreEvents(typeof(FaultsResumed), typeof(Done))]
    private sealed class Faulty : State;

    [Hot]
    [OnEventGotoState(typeof(FaultsResumed), typeof(Faulty))]
    [OnEventGotoState(typeof(Done), typeof(Converged))]
    [IgnoreEvents(typeof(FaultsEnded))]
    private sealed class Converging : State;

    [Cold]
    [IgnoreEvents(typeof(FaultsEnded), typeof(FaultsResumed), typeof(Done))]
    private sealed class Converged : State;
}

/// <summary>Tells <see cref="Convergence"/> what the engine tells all monitors.</summary>
internal sealed class ConvergenceMonitor : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(Convergence);

    /// <inheritdoc/>
    public override void OnFaultsEnded(long now) => CoyoteSpecification.Monitor<Convergence>(new Convergence.FaultsEnded());

    /// <inheritdoc/>
    public override void OnFaultsResumed() => CoyoteSpecification.Monitor<Convergence>(new Convergence.FaultsResumed());
}
