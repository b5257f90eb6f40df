namespace Raft.Model.Spec;

/// <summary>
/// The actions of the specification. Those of <c>raft.tla</c> have its names; its Receive is counted separately for each operator that
/// handles a message, under the operator's name.
/// </summary>
public enum RaftAction
{
    /// <summary>Server i loses what is not durable.</summary>
    Restart,

    /// <summary>Server i stands for election.</summary>
    Timeout,

    /// <summary>Candidate i asks j for its vote.</summary>
    RequestVote,

    /// <summary>Candidate i has a quorum.</summary>
    BecomeLeader,

    /// <summary>A client asks leader i to append value v.</summary>
    ClientRequest,

    /// <summary>Leader i sees what a quorum holds.</summary>
    AdvanceCommitIndex,

    /// <summary>Leader i sends entries to j.</summary>
    AppendEntries,

    /// <summary>Receive: a message of a later term. With atomic receive, this is part of handling it.</summary>
    UpdateTerm,

    /// <summary>Receive: a vote request.</summary>
    HandleRequestVoteRequest,

    /// <summary>Receive: a vote, given or refused.</summary>
    HandleRequestVoteResponse,

    /// <summary>Receive: entries that do not fit, or come from an old leader, are refused.</summary>
    RejectAppendEntriesRequest,

    /// <summary>Receive: a candidate hears of the leader of its term. With atomic receive, this is part of handling the entries.</summary>
    ReturnToFollowerState,

    /// <summary>
    /// Receive: the entries are in the log, and the server answers. With atomic receive, they are appended in the same step.
    /// </summary>
    AppendEntriesAlreadyDone,

    /// <summary>Receive: a conflicting entry is removed.</summary>
    ConflictAppendEntriesRequest,

    /// <summary>Receive: an entry is appended.</summary>
    NoConflictAppendEntriesRequest,

    /// <summary>Receive: an answer to entries.</summary>
    HandleAppendEntriesResponse,

    /// <summary>Receive: an answer to a request of an earlier term.</summary>
    DropStaleResponse,

    /// <summary>Receive, option Snapshots: a snapshot.</summary>
    HandleInstallSnapshot,

    /// <summary>The network duplicates a message.</summary>
    DuplicateMessage,

    /// <summary>The network loses a message.</summary>
    DropMessage,

    /// <summary>Option MaxWrites: the oldest write of server i is durable.</summary>
    CompleteWrite,

    /// <summary>Option Snapshots: server i replaces its log up to an index by a snapshot.</summary>
    TakeSnapshot,

    /// <summary>Option Snapshots: leader i sends its snapshot to j.</summary>
    InstallSnapshot,
}
