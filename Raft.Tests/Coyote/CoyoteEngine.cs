namespace Raft.Tests.Coyote;

/// <summary>
/// Runs of Coyote in this process, one after the other. Coyote's threads wait in loops: two runs at a time would take the processors from
/// each other, and from all other tests.
/// </summary>
[CollectionDefinition(nameof(CoyoteEngine))]
public sealed class CoyoteEngine;
