namespace DeterministicSimulation;

/// <summary>What kind of thing happened in a schedule.</summary>
public enum TraceEventKind
{
    /// <summary>A timer ran out, or a fault was picked.</summary>
    Operation,

    /// <summary>A server started, with what its disk holds.</summary>
    Started,

    /// <summary>A server crashed.</summary>
    Crashed,

    /// <summary>A server took a step: an input went into its state machine.</summary>
    Stepped,

    /// <summary>A server began a write.</summary>
    WriteBegun,

    /// <summary>A write became durable.</summary>
    WriteDurable,

    /// <summary>A server sent a message.</summary>
    Sent,

    /// <summary>A message arrived at a server that runs.</summary>
    Arrived,

    /// <summary>A message was lost.</summary>
    Lost,

    /// <summary>A message was duplicated: one more copy is in flight.</summary>
    Duplicated,

    /// <summary>A message overtook an older one on the same way.</summary>
    Overtook,

    /// <summary>The network was divided; the groups say how.</summary>
    Partitioned,

    /// <summary>The way from one server to another was cut; the groups are these two.</summary>
    Cut,

    /// <summary>Every way is open again.</summary>
    Healed,

    /// <summary>A disk stopped completing writes.</summary>
    DiskStalled,

    /// <summary>A disk resumed completing writes.</summary>
    DiskResumed,

    /// <summary>The scenario says what it did.</summary>
    Noted,
}
