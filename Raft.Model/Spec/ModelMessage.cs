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

    /// <summary>The index before the entries: mlastLogIndex, mprevLogIndex; mmatchIndex, mreadIndex; 0 of a snapshot.</summary>
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

    /// <summary>mround, of requests with entries or snapshots and of their responses.</summary>
    public int Round { get; init; }

    /// <summary>mtransfer, of a vote request.</summary>
    public bool Transfer { get; init; }

    /// <summary>mid: the read, of a request for a read index and of its response.</summary>
    public int Id { get; init; }

    /// <summary>The fields in which this message differs from another, with the values of both; null if there are none.</summary>
    /// <param name="other">The other message.</param>
    /// <param name="whose">Whose the other message is, for the text.</param>
    public string? DifferenceFrom(in ModelMessage other, string whose)
    {
        var differences = new List<string>();
        foreach (var ((name, mine), (_, others)) in Fields().Zip(other.Fields()))
        {
            if (mine != others)
            {
                differences.Add($"{name} is {mine}, but {whose} is {others}");
            }
        }

        return differences.Count == 0 ? null : string.Join("; ", differences);
    }

    private (string Name, int Value)[] Fields() =>
    [
        ("mtype", (int)Type), ("mterm", Term), ("msource", Source), ("mdest", Dest), ("the index", Index),
        ("the term at the index", IndexTerm),
        ("the number of entries", Entries), ("mcommitIndex", CommitIndex), ("mvoteGranted or msuccess", Success ? 1 : 0),
        ("mrefusedIndex", RefusedIndex), ("mconflictIndex", ConflictIndex), ("mconflictTerm", ConflictTerm), ("mmissing", Missing),
        ("moffset", Offset), ("mlength", Length), ("mdone", Done ? 1 : 0), ("mround", Round), ("mtransfer", Transfer ? 1 : 0), ("mid", Id),
    ];
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

    /// <summary>PreVoteRequest.</summary>
    PreVoteRequest,

    /// <summary>PreVoteResponse.</summary>
    PreVoteResponse,

    /// <summary>TimeoutNowRequest.</summary>
    TimeoutNowRequest,

    /// <summary>ReadIndexRequest.</summary>
    ReadIndexRequest,

    /// <summary>ReadIndexResponse.</summary>
    ReadIndexResponse,
}
