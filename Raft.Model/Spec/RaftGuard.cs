namespace Raft.Model.Spec;

/// <summary>
/// The guards of the specification that are counted (<see cref="RuleCoverage"/>): what an action requires, and what decides between the
/// cases of an action. The budgets of the checker are no guards.
/// </summary>
internal enum RaftGuard
{
    [GuardOf(RaftAction.Restart, "a write in flight is lost")]
    LosesWrites,

    [GuardOf(RaftAction.Restart, "no write is in flight")]
    LosesNothing,

    [GuardOf(RaftAction.Timeout, "the server is not the leader")]
    IsNotLeader,

    [GuardOf(RaftAction.Timeout, "it is a follower")]
    FollowerStands,

    [GuardOf(RaftAction.Timeout, "it is a candidate whose election has failed")]
    CandidateStandsAgain,

    [GuardOf(RaftAction.RequestVote, "the server is a candidate")]
    AsksAsCandidate,

    [GuardOf(RaftAction.RequestVote, "the other has not answered yet")]
    AsksOnce,

    [GuardOf(RaftAction.BecomeLeader, "the server is a candidate")]
    WinsAsCandidate,

    [GuardOf(RaftAction.BecomeLeader, "a quorum has voted for it")]
    QuorumVotes,

    [GuardOf(RaftAction.BecomeLeader, "its own vote is durable")]
    OwnVoteIsDurable,

    [GuardOf(RaftAction.ClientRequest, "the server is the leader")]
    AppendsAsLeader,

    [GuardOf(RaftAction.ClientRequest, "one command")]
    OneCommand,

    [GuardOf(RaftAction.ClientRequest, "several commands, in one write")]
    SeveralCommands,

    [GuardOf(RaftAction.AdvanceCommitIndex, "the server is the leader")]
    CommitsAsLeader,

    [GuardOf(RaftAction.AdvanceCommitIndex, "a quorum holds more, and it ends in the leader's term")]
    CommitsMore,

    [GuardOf(RaftAction.AdvanceCommitIndex, "a quorum holds more, but it ends in an earlier term (§5.4.2)")]
    HeldOfEarlierTerm,

    [GuardOf(RaftAction.AdvanceCommitIndex, "no quorum holds more")]
    NoQuorumHoldsMore,

    [GuardOf(RaftAction.AppendEntries, "the server is the leader")]
    SendsAsLeader,

    [GuardOf(RaftAction.AppendEntries, "the receiver is another server")]
    SendsToOther,

    [GuardOf(RaftAction.AppendEntries, "the entry before is not below the snapshot")]
    PrevIsHeld,

    [GuardOf(RaftAction.AppendEntries, "it begins at nextIndex, or is a heartbeat")]
    BeginsAtNext,

    [GuardOf(RaftAction.AppendEntries, "it ends within the log")]
    EndsInLog,

    [GuardOf(RaftAction.AppendEntries, "with entries; nextIndex moves on")]
    SendsAndMoves,

    [GuardOf(RaftAction.AppendEntries, "with entries; nextIndex stays")]
    SendsAndStays,

    [GuardOf(RaftAction.AppendEntries, "a heartbeat that builds on the entry before nextIndex")]
    HeartbeatAtNext,

    [GuardOf(RaftAction.AppendEntries, "a heartbeat that builds on matchIndex")]
    HeartbeatAtMatch,

    [GuardOf(RaftAction.AppendEntries, "a heartbeat that builds on the snapshot")]
    HeartbeatAtSnapshot,

    [GuardOf(RaftAction.HandleRequestVoteRequest, "the request is of a later term")]
    VoteRequestOfLaterTerm,

    [GuardOf(RaftAction.HandleRequestVoteRequest, "granted: the server has not voted in this term")]
    GrantsVote,

    [GuardOf(RaftAction.HandleRequestVoteRequest, "granted again: it has voted for this candidate")]
    GrantsVoteAgain,

    [GuardOf(RaftAction.HandleRequestVoteRequest, "refused: the request is of an earlier term")]
    RefusesEarlierTerm,

    [GuardOf(RaftAction.HandleRequestVoteRequest, "refused: it has voted for another")]
    RefusesSecondVote,

    [GuardOf(RaftAction.HandleRequestVoteRequest, "refused: the candidate's log is behind (§5.4.1)")]
    RefusesLogBehind,

    [GuardOf(RaftAction.HandleRequestVoteResponse, "the response is of a later term")]
    VoteOfLaterTerm,

    [GuardOf(RaftAction.HandleRequestVoteResponse, "a vote for the candidate")]
    CountsVote,

    [GuardOf(RaftAction.HandleRequestVoteResponse, "a refusal")]
    CountsRefusal,

    [GuardOf(RaftAction.HandleRequestVoteResponse, "the server is no longer a candidate")]
    CountsNothing,

    [GuardOf(RaftAction.RejectAppendEntriesRequest, "the request is of a later term")]
    RejectedOfLaterTerm,

    [GuardOf(RaftAction.RejectAppendEntriesRequest, "the request is of an earlier term")]
    RejectsEarlierTerm,

    [GuardOf(RaftAction.RejectAppendEntriesRequest, "a snapshot of an earlier term")]
    RejectsEarlierSnapshot,

    [GuardOf(RaftAction.RejectAppendEntriesRequest, "the log ends before the entry that the request builds on")]
    RejectsGap,

    [GuardOf(RaftAction.RejectAppendEntriesRequest, "the log has that entry with another term")]
    RejectsConflict,

    [GuardOf(RaftAction.RejectAppendEntriesRequest, "a candidate returns to follower")]
    CandidateRejects,

    [GuardOf(RaftAction.AppendEntriesAlreadyDone, "the request is of a later term")]
    AcceptedOfLaterTerm,

    [GuardOf(RaftAction.AppendEntriesAlreadyDone, "a candidate returns to follower")]
    CandidateAccepts,

    [GuardOf(RaftAction.AppendEntriesAlreadyDone, "a heartbeat: it has no entries")]
    AcceptsHeartbeat,

    [GuardOf(RaftAction.AppendEntriesAlreadyDone, "all its entries are in the log")]
    AllEntriesKnown,

    [GuardOf(RaftAction.AppendEntriesAlreadyDone, "entries are appended at the end")]
    AppendsAtEnd,

    [GuardOf(RaftAction.AppendEntriesAlreadyDone, "conflicting entries are removed first")]
    RemovesConflict,

    [GuardOf(RaftAction.AppendEntriesAlreadyDone, "entries that the snapshot covers are passed over")]
    BelowSnapshot,

    [GuardOf(RaftAction.AppendEntriesAlreadyDone, "commitIndex advances")]
    FollowerCommits,

    [GuardOf(RaftAction.HandleAppendEntriesResponse, "the response is of a later term")]
    AnswerOfLaterTerm,

    [GuardOf(RaftAction.HandleAppendEntriesResponse, "a success: matchIndex advances")]
    MatchAdvances,

    [GuardOf(RaftAction.HandleAppendEntriesResponse, "a success that came late, or of a heartbeat: matchIndex stays")]
    MatchStays,

    [GuardOf(RaftAction.HandleAppendEntriesResponse, "a refusal: nextIndex goes back to the conflict")]
    BacksUp,

    [GuardOf(RaftAction.HandleAppendEntriesResponse, "a refusal: nextIndex goes back to the end of the conflicting term in the log")]
    BacksUpOverTerm,

    [GuardOf(RaftAction.HandleAppendEntriesResponse, "a refusal that came late, or that a chunk is missing: nextIndex stays")]
    RefusalIsOld,

    [GuardOf(RaftAction.HandleAppendEntriesResponse, "a refusal of a message that overtook another is ignored")]
    IgnoresRefusal,

    [GuardOf(RaftAction.HandleAppendEntriesResponse, "a refusal of a message that overtook another: the leader resumes after it")]
    ResumesAfterRefusal,

    [GuardOf(RaftAction.HandleInstallSnapshot, "the request is of a later term")]
    SnapshotOfLaterTerm,

    [GuardOf(RaftAction.HandleInstallSnapshot, "a candidate returns to follower")]
    CandidateInstalls,

    [GuardOf(RaftAction.HandleInstallSnapshot, "the snapshot is not newer than commitIndex")]
    SnapshotIsOld,

    [GuardOf(RaftAction.HandleInstallSnapshot, "the chunk is the next one, and not the last")]
    StoresChunk,

    [GuardOf(RaftAction.HandleInstallSnapshot, "the chunk is empty, or does not continue what has arrived")]
    MissesChunk,

    [GuardOf(RaftAction.HandleInstallSnapshot, "complete: the log has its last entry, and keeps those after it")]
    KeepsLog,

    [GuardOf(RaftAction.HandleInstallSnapshot, "complete: it replaces the log")]
    ReplacesLog,

    [GuardOf(RaftAction.CompleteWrite, "a write is in flight")]
    WriteIsInFlight,

    [GuardOf(RaftAction.CompleteWrite, "a message waited for it")]
    ReleasesMessages,

    [GuardOf(RaftAction.TakeSnapshot, "it covers more than the last one")]
    SnapshotCoversMore,

    [GuardOf(RaftAction.TakeSnapshot, "it covers only what is committed")]
    SnapshotIsCommitted,

    [GuardOf(RaftAction.InstallSnapshot, "the server is the leader")]
    SendsSnapshotAsLeader,

    [GuardOf(RaftAction.InstallSnapshot, "the receiver is another server")]
    SendsSnapshotToOther,

    [GuardOf(RaftAction.InstallSnapshot, "the leader has a snapshot that covers as much")]
    SnapshotIsTaken,

    [GuardOf(RaftAction.InstallSnapshot, "the follower is not known to hold as much")]
    SnapshotIsNeeded,

    [GuardOf(RaftAction.InstallSnapshot, "nextIndex stays, or is within the snapshot")]
    NextIsInSnapshot,

    [GuardOf(RaftAction.InstallSnapshot, "the first chunk")]
    FirstChunk,

    [GuardOf(RaftAction.InstallSnapshot, "a later chunk")]
    LaterChunk,

    [GuardOf(RaftAction.InstallSnapshot, "without content: the leader asks what has arrived")]
    AsksForProgress,

    [GuardOf(RaftAction.InstallSnapshot, "of an older snapshot than the leader's last one")]
    OlderSnapshot,

    [GuardOf(RaftAction.InstallSnapshot, "nextIndex moves to the entry after the snapshot")]
    MovesBehindSnapshot,

    [GuardOf(RaftAction.Timeout, "option PreVote: a quorum would vote for it")]
    QuorumWouldVote,

    [GuardOf(RaftAction.Timeout, "option LeaseReads: it has not heard from a leader")]
    StandsWithoutContact,

    [GuardOf(RaftAction.BecomeLeader, "option NoOp: it appends an entry without a command")]
    AppendsNoOp,

    [GuardOf(RaftAction.ClientRequest, "no transfer is under way")]
    AppendsWithoutTransfer,

    [GuardOf(RaftAction.HandleRequestVoteRequest, "granted: a pre-candidate returns to follower")]
    PreCandidateVotes,

    [GuardOf(RaftAction.BeginPreVote, "the server is not the leader")]
    AsksBeforeElection,

    [GuardOf(RaftAction.BeginPreVote, "option LeaseReads: it has not heard from a leader")]
    AsksWithoutContact,

    [GuardOf(RaftAction.RequestPreVote, "the server is a pre-candidate")]
    AsksAsPreCandidate,

    [GuardOf(RaftAction.HandlePreVoteRequest, "granted")]
    WouldVote,

    [GuardOf(RaftAction.HandlePreVoteRequest, "refused: the request is of an earlier term")]
    PreVoteOfEarlierTerm,

    [GuardOf(RaftAction.HandlePreVoteRequest, "refused: the server is the leader")]
    LeadsAlready,

    [GuardOf(RaftAction.HandlePreVoteRequest, "refused: the log of the pre-candidate is behind (§5.4.1)")]
    PreVoteLogBehind,

    [GuardOf(RaftAction.HandlePreVoteResponse, "a server would vote for the pre-candidate")]
    CountsPreVote,

    [GuardOf(RaftAction.HandlePreVoteResponse, "a refusal, or the server is no longer a pre-candidate")]
    CountsNoPreVote,

    [GuardOf(RaftAction.IgnoreVoteRequest, "a vote request: the server has heard from a leader")]
    IgnoresWithContact,

    [GuardOf(RaftAction.IgnoreVoteRequest, "a vote request: the server is the leader")]
    IgnoresAsLeader,

    [GuardOf(RaftAction.IgnoreVoteRequest, "a pre-vote request")]
    IgnoresPreVote,

    [GuardOf(RaftAction.ForgetLeader, "it has heard from a leader")]
    HasContact,

    [GuardOf(RaftAction.CheckQuorum, "the server is the leader")]
    ChecksAsLeader,

    [GuardOf(RaftAction.CheckQuorum, "a quorum has answered")]
    QuorumHasAnswered,

    [GuardOf(RaftAction.CheckQuorum, "no quorum has answered: the leader steps down")]
    QuorumIsSilent,

    [GuardOf(RaftAction.BeginTransfer, "the server is the leader")]
    TransfersAsLeader,

    [GuardOf(RaftAction.BeginTransfer, "no transfer is under way")]
    OneTransfer,

    [GuardOf(RaftAction.SendTimeoutNow, "a transfer is under way")]
    TransferIsUnderWay,

    [GuardOf(RaftAction.SendTimeoutNow, "it has not asked the server to stand yet")]
    AsksToStandOnce,

    [GuardOf(RaftAction.SendTimeoutNow, "the server to lead next holds the leader's log")]
    TransfereeHoldsLog,

    [GuardOf(RaftAction.EndTransfer, "a transfer is under way")]
    EndsTransfer,

    [GuardOf(RaftAction.HandleTimeoutNow, "the server stands for election")]
    StandsAtOnce,

    [GuardOf(RaftAction.HandleTimeoutNow, "the request is of an earlier term, or the server's vote is not durable yet")]
    DoesNotStand,

    [GuardOf(RaftAction.BeginRound, "the server is the leader")]
    BeginsAsLeader,

    [GuardOf(RaftAction.BeginRound, "no round is in flight")]
    OneRound,

    [GuardOf(RaftAction.BeginRound, "an entry of its term is committed")]
    KnowsCommitted,

    [GuardOf(RaftAction.ConfirmRound, "a round is in flight")]
    RoundIsInFlight,

    [GuardOf(RaftAction.ConfirmRound, "a quorum has answered it")]
    QuorumAnswersRound,

    [GuardOf(RaftAction.AskRead, "the server is not the leader")]
    AsksAsFollower,

    [GuardOf(RaftAction.AskRead, "no other read is pending")]
    OnePendingRead,

    [GuardOf(RaftAction.HandleReadIndexRequest, "the read waits for the next round")]
    ReadWaits,

    [GuardOf(RaftAction.HandleReadIndexRequest, "the read is part of the round in flight already")]
    ReadIsInRound,

    [GuardOf(RaftAction.HandleReadIndexRequest, "refused: the server is not the leader of that term, or has no entry of it")]
    RefusesRead,

    [GuardOf(RaftAction.AnswerRead, "the leader owes an answer")]
    OwesAnswer,

    [GuardOf(RaftAction.HandleReadIndexResponse, "the pending read is done, or has failed")]
    EndsRead,

    [GuardOf(RaftAction.HandleReadIndexResponse, "the response is not of the pending read")]
    ReadIsNotPending,

    [GuardOf(RaftAction.LeaseRead, "the server leads and has a lease")]
    HasLease,

    [GuardOf(RaftAction.LeaseRead, "an entry of its term is committed")]
    LeaseKnowsCommitted,

    [GuardOf(RaftAction.ExpireLease, "the server has a lease")]
    LosesLease,
}

/// <summary>The action that a guard is of, and what it says.</summary>
/// <param name="action">The action.</param>
/// <param name="text">What holds if the guard does.</param>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class GuardOfAttribute(RaftAction action, string text) : Attribute
{
    /// <summary>The action.</summary>
    public RaftAction Action => action;

    /// <summary>What holds if the guard does.</summary>
    public string Text => text;
}
