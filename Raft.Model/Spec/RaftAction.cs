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

    /// <summary>Option PreVote: server i asks the others whether they would vote for it.</summary>
    BeginPreVote,

    /// <summary>Option PreVote: pre-candidate i asks j.</summary>
    RequestPreVote,

    /// <summary>Receive, option PreVote: a request.</summary>
    HandlePreVoteRequest,

    /// <summary>Receive, option PreVote: an answer.</summary>
    HandlePreVoteResponse,

    /// <summary>
    /// Receive, options LeaderStickiness and PreVote: a server that leads, or has heard from a leader, ignores a vote request or a
    /// pre-vote request.
    /// </summary>
    IgnoreVoteRequest,

    /// <summary>
    /// Options PreVote, LeaderStickiness and LeaseReads: server i has not heard from a leader for the minimum election timeout.
    /// </summary>
    ForgetLeader,

    /// <summary>Option CheckQuorum: leader i checks whether a quorum has answered it, and steps down if not.</summary>
    CheckQuorum,

    /// <summary>Option LeadershipTransfer: leader i begins to transfer its leadership to j.</summary>
    BeginTransfer,

    /// <summary>Option LeadershipTransfer: leader i asks the server that is to lead next to stand for election.</summary>
    SendTimeoutNow,

    /// <summary>Option LeadershipTransfer: leader i gives up the transfer.</summary>
    EndTransfer,

    /// <summary>Receive, option LeadershipTransfer: the server stands for election at once.</summary>
    HandleTimeoutNow,

    /// <summary>Option ReadIndex: leader i begins a round of heartbeats.</summary>
    BeginRound,

    /// <summary>Option ReadIndex: a quorum has answered the round of leader i.</summary>
    ConfirmRound,

    /// <summary>Option ReadIndex: server i asks j for a read index.</summary>
    AskRead,

    /// <summary>Receive, option ReadIndex: a server asks for a read index.</summary>
    HandleReadIndexRequest,

    /// <summary>Option ReadIndex: leader i answers the read of j that its last round confirmed.</summary>
    AnswerRead,

    /// <summary>Receive, option ReadIndex: a read index, or that there is none.</summary>
    HandleReadIndexResponse,

    /// <summary>Option LeaseReads: leader i answers a read of its own within its lease.</summary>
    LeaseRead,

    /// <summary>Option LeaseReads: the lease of leader i ends.</summary>
    ExpireLease,
}
