using Raft.Verification.Specifications;
using CoyoteMonitor = Microsoft.Coyote.Specifications.Monitor;
using CoyoteSpecification = Microsoft.Coyote.Specifications.Specification;

namespace Raft.Verification.Coyote;

/// <summary>
/// §5.2, §5.4, as a liveness property of Coyote's: once nothing breaks any more, a leader is elected, takes a command, and every service applies it. It is
/// hot from then on, until that is done; Coyote reports a schedule that ends hot, or stays hot for too long.
/// </summary>
internal sealed class Settling : CoyoteMonitor
{
    /// <summary>Nothing breaks from now on.</summary>
    internal sealed class Calm : Event;

    /// <summary>Something is broken again.</summary>
    internal sealed class Disturbed : Event;

    /// <summary>The scenario is done: it ends with a command that every service has applied.</summary>
    internal sealed class Done : Event;

    [Start]
    [Cold]
    [OnEventGotoState(typeof(Calm), typeof(Unsettled))]
    [IgnoreEvents(typeof(Disturbed), typeof(Done))]
    private sealed class Broken : State;

    [Hot]
    [OnEventGotoState(typeof(Disturbed), typeof(Broken))]
    [OnEventGotoState(typeof(Done), typeof(Settled))]
    [IgnoreEvents(typeof(Calm))]
    private sealed class Unsettled : State;

    [Cold]
    [IgnoreEvents(typeof(Calm), typeof(Disturbed), typeof(Done))]
    private sealed class Settled : State;
}

/// <summary>Tells <see cref="Settling"/> what the engine tells all monitors.</summary>
internal sealed class SettlingMonitor : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(Settling);

    /// <inheritdoc/>
    public override void OnCalm(long now) => CoyoteSpecification.Monitor<Settling>(new Settling.Calm());

    /// <inheritdoc/>
    public override void OnDisturbed() => CoyoteSpecification.Monitor<Settling>(new Settling.Disturbed());
}
