namespace DeterministicSimulation;

/// <summary>The kinds of faults.</summary>
public enum FaultKind
{
    /// <summary>A message is lost.</summary>
    Loss,

    /// <summary>A message arrives, and a copy of it is in flight.</summary>
    Duplication,

    /// <summary>A message overtakes an older one from the same sender to the same receiver.</summary>
    Reordering,

    /// <summary>
    /// A message or a write takes far longer than is typical. Only in virtual time: otherwise operations have no latency.
    /// </summary>
    Delay,

    /// <summary>The servers are divided into two groups that cannot reach each other.</summary>
    Partition,

    /// <summary>Messages from one server to another are lost; the opposite direction is open.</summary>
    OneWayCut,

    /// <summary>A server stops at once, and may lose what is not durable.</summary>
    Crash,

    /// <summary>A disk completes no write for a while.</summary>
    SlowDisk,

    /// <summary>A crash loses a write that was in flight. This kind has no budget.</summary>
    LostWrite,

    /// <summary>A node is stopped in good order (DisposeAsync) at any moment; another one starts on its disk.</summary>
    Stop,

    /// <summary>A disk fails a write and all later ones, until its node has stopped.</summary>
    DiskFailure,

    /// <summary>A port of a node throws: its transport when it sends or stops listening, or its observer.</summary>
    PortFailure,

    /// <summary>A message arrives that no server sent and no correct server could send.</summary>
    Stray,

    /// <summary>
    /// A service takes nothing for a while, gives up a wait and begins another, or throws, so that its host stops the node.
    /// </summary>
    ServiceFailure,

    /// <summary>A disk has no room for new files for a while.</summary>
    FullDisk,

    /// <summary>
    /// A bit of the files of a server that is down is flipped, on the disk or only while it is read. Or a server that runs reads a wrong
    /// bit.
    /// </summary>
    Damage,
}
