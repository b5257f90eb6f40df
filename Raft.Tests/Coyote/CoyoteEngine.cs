namespace Raft.Tests.Coyote;

/// <summary>
/// Runs of Coyote in this process. No other test runs meanwhile: Coyote's threads wait in loops, and take the processors from all others.
/// </summary>
[CollectionDefinition(nameof(CoyoteEngine), DisableParallelization = true)]
public sealed class CoyoteEngine;
