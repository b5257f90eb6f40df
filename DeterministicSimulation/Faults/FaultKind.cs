namespace DeterministicSimulation;

/// <summary>What can go wrong in a simulation.</summary>
public enum FaultKind
{
    /// <summary>A message is lost.</summary>
    Loss,

    /// <summary>A message arrives, and will arrive once more.</summary>
    Duplication,

    /// <summary>A message overtakes an older one from the same sender to the same receiver.</summary>
    Reordering,

    /// <summary>A message, or a write, takes far longer than usual; in virtual time, since otherwise there is no usual.</summary>
    Delay,

    /// <summary>The servers fall into two groups that cannot reach each other.</summary>
    Partition,

    /// <summary>Messages from one server to another are lost; the other way is open.</summary>
    OneWayCut,

    /// <summary>A server stops at once, and what it had not made durable may be gone.</summary>
    Crash,

    /// <summary>A disk completes no write for a while.</summary>
    SlowDisk,

    /// <summary>A crash loses a write that was in flight. It has no budget of its own.</summary>
    LostWrite,

    /// <summary>
    /// A server's node is stopped in good order (DisposeAsync), whatever it is in the middle of; another one starts on its disk.
    /// </summary>
    Stop,

    /// <summary>A disk fails a write, with all that follow it, until its node has stopped.</summary>
    DiskFailure,

    /// <summary>A port of a node throws: its transport as it sends, or as it stops listening; its observer.</summary>
    PortFailure,

    /// <summary>A message arrives that no server sent, and that no server can have meant.</summary>
    Stray,

    /// <summary>
    /// A service takes nothing for a while, gives up a wait and begins another, or throws, so that its host stops the node.
    /// </summary>
    ServiceFailure,
}
