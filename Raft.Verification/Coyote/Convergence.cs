using Raft.Verification.Specifications;
using CoyoteMonitor = Microsoft.Coyote.Specifications.Monitor;
using CoyoteSpecification = Microsoft.Coyote.Specifications.Specification;

namespace Raft.Verification.Coyote;

/// <summary>
/// §5.2 and §5.4 as a liveness property of Coyote: after faults have ended, the servers elect a leader, it takes a command, and every
/// service applies the command. The monitor is hot from the end of faults until then. Coyote reports a schedule that ends hot or stays hot
/// for too long.
/// </summary>
internal sealed class Convergence : CoyoteMonitor
{
    /// <summary>Faults have ended.</summary>
    internal sealed class FaultsEnded : Event;

    /// <summary>Faults have begun again.</summary>
    internal sealed class FaultsResumed : Event;

    /// <summary>The scenario is done. It ends with a command that every service has applied.</summary>
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

/// <summary>Forwards the notifications of the engine to <see cref="Convergence"/>.</summary>
internal sealed class ConvergenceMonitor : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(Convergence);

    /// <inheritdoc/>
    public override void OnFaultsEnded(long now) => CoyoteSpecification.Monitor<Convergence>(new Convergence.FaultsEnded());

    /// <inheritdoc/>
    public override void OnFaultsResumed() => CoyoteSpecification.Monitor<Convergence>(new Convergence.FaultsResumed());
}
