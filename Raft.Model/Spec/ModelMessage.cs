namespace Raft.Model.Spec;

/// <summary>
/// A message of the specification, unpacked. Fields that a type of message does not have are 0. The entries are separate
/// (<see cref="ServerModel.Entry(ulong, int)"/>).
/// </summary>
public readonly record struct ModelMessage
{
    /// <summary>mtype.</summary>
    public ModelMessageType Type { get; init; }

    /// <summary>mterm.</summary>
    public int Term { get; init; }

    /// <summary>msource, from 0.</summary>
    public int Source { get; init; }

    /// <summary>mdest, from 0.</summary>
    public int Dest { get; init; }

    /// <summary>The index before the entries: mlastLogIndex, mprevLogIndex; mmatchIndex of a response; 0 of a snapshot.</summary>
    public int Index { get; init; }

    /// <summary>The term of that entry: mlastLogTerm, mprevLogTerm; 0 of others.</summary>
    public int IndexTerm { get; init; }

    /// <summary>The number of entries; of a snapshot: its last index.</summary>
    public int Entries { get; init; }

    /// <summary>mcommitIndex.</summary>
    public int CommitIndex { get; init; }

    /// <summary>mvoteGranted or msuccess.</summary>
    public bool Success { get; init; }

    /// <summary>mrefusedIndex.</summary>
    public int RefusedIndex { get; init; }

    /// <summary>mconflictIndex.</summary>
    public int ConflictIndex { get; init; }

    /// <summary>mconflictTerm.</summary>
    public int ConflictTerm { get; init; }

    /// <summary>mmissing.</summary>
    public int Missing { get; init; }

    /// <summary>moffset.</summary>
    public int Offset { get; init; }

    /// <summary>mlength.</summary>
    public int Length { get; init; }

    /// <summary>mdone.</summary>
    public bool Done { get; init; }
}

/// <summary>The types of messages: mtype.</summary>
public enum ModelMessageType
{
    /// <summary>No message.</summary>
    None,

    /// <summary>RequestVoteRequest.</summary>
    RequestVoteRequest,

    /// <summary>RequestVoteResponse.</summary>
    RequestVoteResponse,

    /// <summary>AppendEntriesRequest.</summary>
    AppendEntriesRequest,

    /// <summary>AppendEntriesResponse; it answers a snapshot too.</summary>
    AppendEntriesResponse,

    /// <summary>InstallSnapshotRequest.</summary>
    InstallSnapshotRequest,
}
