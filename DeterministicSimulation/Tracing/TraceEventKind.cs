namespace DeterministicSimulation;

/// <summary>The kind of an event of a schedule.</summary>
public enum TraceEventKind
{
    /// <summary>Waiting code continued. Recorded only if the workload asks for it (<see cref="IWorkload.TracesContinuations"/>).</summary>
    Continued,

    /// <summary>A timer ran out.</summary>
    Timer,

    /// <summary>The strategy picked a fault, or the end of one.</summary>
    Fault,

    /// <summary>A server started, with what its disk holds.</summary>
    Started,

    /// <summary>A server crashed, or its node stopped.</summary>
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

    /// <summary>A message overtook an older one between the same two servers.</summary>
    Overtook,

    /// <summary>The network was partitioned into groups.</summary>
    Partitioned,

    /// <summary>The link from one server to another was cut; the groups are the sender and the receiver.</summary>
    Cut,

    /// <summary>All links are open again.</summary>
    Healed,

    /// <summary>A disk stopped completing writes.</summary>
    DiskStalled,

    /// <summary>A disk resumed completing writes.</summary>
    DiskResumed,

    /// <summary>The workload or the system recorded a note.</summary>
    Noted,
}

/// <summary>Groups of kinds of events.</summary>
public static class TraceEventKinds
{
    /// <summary>Whether an event of this kind is about a message.</summary>
    public static bool IsOfMessage(this TraceEventKind kind) => kind is TraceEventKind.Sent or TraceEventKind.Arrived
        or TraceEventKind.Lost or TraceEventKind.Duplicated or TraceEventKind.Overtook;
}
