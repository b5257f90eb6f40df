using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// The state of the specification: the variables of <c>raft.tla</c> without the history variables, by the same names. Servers and values
/// are numbered from 0, log indexes from 1; index 0 is the empty prefix.
/// </summary>
public abstract class RaftVariables : Specification
{
    /// <summary>state[i] = Follower.</summary>
    internal const int Follower = 0;

    /// <summary>state[i] = Candidate.</summary>
    internal const int Candidate = 1;

    /// <summary>state[i] = Leader.</summary>
    internal const int Leader = 2;

    /// <summary>state[i] = PreCandidate: option PreVote.</summary>
    internal const int PreCandidate = 3;

    /// <summary>mtype = RequestVoteRequest.</summary>
    internal const int RequestVoteRequest = 1;

    /// <summary>mtype = RequestVoteResponse.</summary>
    internal const int RequestVoteResponse = 2;

    /// <summary>mtype = AppendEntriesRequest.</summary>
    internal const int AppendEntriesRequest = 3;

    /// <summary>mtype = AppendEntriesResponse.</summary>
    internal const int AppendEntriesResponse = 4;

    /// <summary>mtype = InstallSnapshotRequest: option Snapshots. It is answered as an AppendEntriesRequest is.</summary>
    internal const int InstallSnapshotRequest = 5;

    /// <summary>mtype = PreVoteRequest: option PreVote.</summary>
    internal const int PreVoteRequest = 6;

    /// <summary>mtype = PreVoteResponse: option PreVote.</summary>
    internal const int PreVoteResponse = 7;

    /// <summary>mtype = TimeoutNowRequest: option LeadershipTransfer. It has no response.</summary>
    internal const int TimeoutNowRequest = 8;

    /// <summary>mtype = ReadIndexRequest: option ReadIndex.</summary>
    internal const int ReadIndexRequest = 9;

    /// <summary>mtype = ReadIndexResponse: option ReadIndex.</summary>
    internal const int ReadIndexResponse = 10;

    // What a variable, or a field of messages, is whose option is off: it has the value 0 and no others.
    private readonly Variable _off;
    private readonly Field _offField;

    private protected RaftVariables(RaftBounds bounds, RaftOptions options)
        : base(new StateLayout(bounds.IsUnbounded))
    {
        bounds.Validate();
        options.Validate(bounds.IsUnbounded);
        Bounds = bounds;
        Options = options;
        ServerSet = new Scalarset("s", bounds.Servers);
        ValueSet = new Scalarset("v", bounds.Values);

        // A state beyond the constraint is represented too, to check it: its term is one more than is explored, or its log is longer.
        var term = Domain.Number(bounds.MaxTerm + 1);
        var index = Domain.Number(bounds.IsUnbounded ? int.MaxValue : bounds.MaxLog + options.MaxBatch);
        var value = options.NoOp ? Domain.MemberOrNil(ValueSet) : Domain.Member(ValueSet);
        Durable = new DurableVariables(Layout, "", term, index, ServerSet, value, options.Snapshots, LogSource);
        var roles = options.PreVote
            ? Domain.OneOf("Follower", "Candidate", "Leader", "PreCandidate")
            : Domain.OneOf("Follower", "Candidate", "Leader");
        CommitIndex = Layout.Variable("commitIndex", index, ServerSet);
        Role = Layout.Variable("state", roles, ServerSet);
        VotesResponded = Layout.Variable("votesResponded", Domain.SetOf(ServerSet), ServerSet);
        VotesGranted = Layout.Variable("votesGranted", Domain.SetOf(ServerSet), ServerSet);
        NextIndex = Layout.Variable("nextIndex", index, ServerSet, ServerSet);
        MatchIndex = Layout.Variable("matchIndex", index, ServerSet, ServerSet);
        var size = Domain.Number(!options.Snapshots ? 0 : bounds.IsUnbounded && options.Chunks > 0 ? int.MaxValue : options.Chunks);
        ReceivedIndex = Layout.Variable("receivedIndex", options.Chunks > 0 ? index : Domain.Number(0), ServerSet);
        ReceivedTerm = Layout.Variable("receivedTerm", options.Chunks > 0 ? term : Domain.Number(0), ServerSet);
        ReceivedLength = Layout.Variable("receivedLength", size, ServerSet);
        _off = Layout.Variable("off", Domain.Number(0), ServerSet, ServerSet);
        var flag = Domain.OneOf("FALSE", "TRUE");
        var servers = Domain.SetOf(ServerSet);
        var read = Domain.Number(bounds.IsUnbounded ? int.MaxValue : bounds.MaxReads);
        Contact = Optional(options.TracksContact, "contact", flag);
        Heard = Optional(options.CheckQuorum, "heard", servers);
        Transferee = Optional(options.LeadershipTransfer, "transferee", servers);
        AskedToStand = Optional(options.LeadershipTransfer, "askedToStand", flag);
        TransferElection = Optional(options.LeadershipTransfer, "transferElection", flag);
        TimeoutNowSent = Optional(options.LeadershipTransfer && options.LeaseReads, "timeoutNowSent", flag);
        Round = Optional(options.ReadIndex, "round", read);
        RoundInFlight = Optional(options.ReadIndex, "roundInFlight", flag);
        ReadIndex = Optional(options.ReadIndex, "readIndex", index);
        Acked = Optional(options.ReadIndex, "acked", read, ServerSet);
        WaitingRead = Optional(options.ReadIndex, "waitingRead", read, ServerSet);
        RoundRead = Optional(options.ReadIndex, "roundRead", read, ServerSet);
        OwedRead = Optional(options.ReadIndex, "owedRead", read, ServerSet);
        OwedIndex = Optional(options.ReadIndex, "owedIndex", index, ServerSet);
        PendingRead = Optional(options.ReadIndex, "pendingRead", read);
        Lease = Optional(options.LeaseReads, "lease", flag);
        LeaseRound = Optional(options.LeaseReads && !bounds.IsUnbounded, "leaseRound", read);
        LastRead = Optional(options.ReadIndex && !bounds.IsUnbounded, "lastRead", read);
        ReadFloor = Optional(options.ReadIndex && !bounds.IsUnbounded, "readFloor", index);
        FollowerReadFloor = Optional(options.ReadIndex && !bounds.IsUnbounded, "followerReadFloor", index);
        WordsThatInvariantsRead = Layout.Words;

        Writes = Layout.Variable("writes", Domain.Number(options.MaxWrites), ServerSet);
        Older =
        [
            .. Enumerable.Range(0, options.MaxWrites)
                .Select(k => new DurableVariables(Layout, $"older{k}.", term, index, ServerSet, value, options.Snapshots, LogSource)),
        ];
        Restarts = new Budget(Layout, "restarts", bounds.MaxRestarts);
        Duplicates = new Budget(Layout, "duplicates", bounds.MaxDuplicates);
        Drops = new Budget(Layout, "drops", bounds.MaxDrops);
        ClientRequests = new Budget(Layout, "clientRequests", bounds.MaxClientRequests);
        Timeouts = new Budget(Layout, "timeouts", bounds.MaxTimeouts);

        Reads = new Budget(Layout, "reads", options.ReadIndex && !bounds.IsUnbounded ? bounds.MaxReads : null);
        Transfers = new Budget(Layout, "transfers", options.LeadershipTransfer && !bounds.IsUnbounded ? bounds.MaxTransfers : null);

        MessageLayout = new RecordLayout(
            Layout,
            [
                nameof(RequestVoteRequest), nameof(RequestVoteResponse), nameof(AppendEntriesRequest), nameof(AppendEntriesResponse),
                nameof(InstallSnapshotRequest),
                .. options.HasMoreMessages
                    ? [
                        nameof(PreVoteRequest), nameof(PreVoteResponse), nameof(TimeoutNowRequest), nameof(ReadIndexRequest),
                        nameof(ReadIndexResponse),
                    ]
                    : (string[])[],
            ]);
        var message = MessageLayout;
        var mindex = Domain.Number(bounds.MaxLog);
        var mlastTerm = Domain.Number(bounds.MaxTerm);
        MType = message.Type;
        MTerm = message.Field("mterm", Domain.Number(bounds.MaxTerm));
        MSource = message.Field("msource", Domain.Member(ServerSet));
        MDest = message.Field("mdest", Domain.Member(ServerSet));
        MHeld = message.Field("mheld", Domain.Number(options.MaxWrites));
        _offField = message.Field("off", Domain.Number(0));
        MRound = options.ReadIndex ? message.Field("mround", read) : _offField;
        MLastLogTerm = message.Field(RequestVoteRequest, "mlastLogTerm", mlastTerm);
        MLastLogIndex = message.Field(RequestVoteRequest, "mlastLogIndex", mindex);
        MTransfer = OptionalField(options.LeadershipTransfer, RequestVoteRequest, "mtransfer", flag);
        MVoteGranted = message.Field(RequestVoteResponse, "mvoteGranted", flag);
        MPrevLogIndex = message.Field(AppendEntriesRequest, "mprevLogIndex", mindex);
        MPrevLogTerm = message.Field(AppendEntriesRequest, "mprevLogTerm", mlastTerm);
        MCommitIndex = message.Field(AppendEntriesRequest, "mcommitIndex", mindex);
        MEntries = new EntriesField(
            Layout, message, AppendEntriesRequest, Math.Min(options.MaxEntries, bounds.MaxLog), mlastTerm, value, LogSource);
        MSuccess = message.Field(AppendEntriesResponse, "msuccess", flag);
        MMatchIndex = message.Field(AppendEntriesResponse, "mmatchIndex", mindex);
        MRefusedIndex = message.Field(AppendEntriesResponse, "mrefusedIndex", options.FastBackup ? mindex : Domain.Number(0));
        MConflictIndex = message.Field(AppendEntriesResponse, "mconflictIndex", options.FastBackup ? index : Domain.Number(0));
        MConflictTerm = message.Field(AppendEntriesResponse, "mconflictTerm", options.FastBackup ? mlastTerm : Domain.Number(0));
        MMissing = message.Field(AppendEntriesResponse, "mmissing", options.Chunks > 0 ? Domain.Number(size.Max) : Domain.Number(0));
        MSnapshot = new EntriesField(
            Layout, message, InstallSnapshotRequest, options.Snapshots ? bounds.MaxLog : 0, mlastTerm, value, LogSource);
        MOffset = message.Field(InstallSnapshotRequest, "moffset", size);
        MLength = message.Field(InstallSnapshotRequest, "mlength", bounds.IsUnbounded ? size : Domain.Number(Math.Min(1, size.Max)));
        MDone = message.Field(InstallSnapshotRequest, "mdone", options.Chunks > 0 ? flag : Domain.Number(0));
        MPreVoteLogTerm = OptionalField(options.PreVote, PreVoteRequest, "mlastLogTerm", mlastTerm);
        MPreVoteLogIndex = OptionalField(options.PreVote, PreVoteRequest, "mlastLogIndex", mindex);
        MPreVoteGranted = OptionalField(options.PreVote, PreVoteResponse, "mvoteGranted", flag);
        MAskedRead = OptionalField(options.ReadIndex, ReadIndexRequest, "mid", read);
        MAnsweredRead = OptionalField(options.ReadIndex, ReadIndexResponse, "mid", read);
        MReadIndex = OptionalField(options.ReadIndex, ReadIndexResponse, "mreadIndex", mindex);
        Messages = Layout.Bag(message, bounds.MaxMessages + 1, MDest);
    }

    /// <summary>The bounds.</summary>
    public RaftBounds Bounds { get; }

    /// <summary>The extensions of <c>raft.tla</c>.</summary>
    public RaftOptions Options { get; }

    /// <inheritdoc />
    public sealed override int WordsThatInvariantsRead { get; }

    /// <inheritdoc />
    public sealed override IReadOnlyList<Scalarset> SymmetricScalarsets => [ServerSet, ValueSet];

    internal int Servers => Bounds.Servers;

    /// <summary>votedFor[i] = Nil.</summary>
    internal int Nil => Bounds.Servers;

    /// <summary>Option NoOp: the value of an entry without a command. It is no value that a client proposes.</summary>
    internal int NoOp => Bounds.IsUnbounded ? ServerModel.NoOpValue : Bounds.Values;

    internal Scalarset ServerSet { get; }

    internal Scalarset ValueSet { get; }

    // Persistent state, kept across a restart. With writes in flight: the state after all of them complete.
    internal DurableVariables Durable { get; }

    internal Variable CurrentTerm => Durable.CurrentTerm;

    internal Variable VotedFor => Durable.VotedFor;

    internal Variable LogLength => Durable.LogLength;

    // Volatile.
    internal Variable CommitIndex { get; }

    internal Variable Role { get; }

    internal Variable VotesResponded { get; }

    internal Variable VotesGranted { get; }

    internal Variable NextIndex { get; }

    internal Variable MatchIndex { get; }

    // Option Chunks: the last index and term of the snapshot that is arriving, and how much of it has arrived. 0 if none is.
    internal Variable ReceivedIndex { get; }

    internal Variable ReceivedTerm { get; }

    internal Variable ReceivedLength { get; }

    // Options PreVote, LeaderStickiness, LeaseReads: whether the server has heard from a leader within the minimum election timeout.
    internal Variable Contact { get; }

    // Option CheckQuorum: the servers that have answered this leader since its last check.
    internal Variable Heard { get; }

    // Option LeadershipTransfer, on leaders: the set of the server that is to lead next, and whether it was asked to; and whether any was
    // asked in this term.
    internal Variable Transferee { get; }

    internal Variable AskedToStand { get; }

    internal Variable TimeoutNowSent { get; }

    // Option LeadershipTransfer, on candidates: whether a leader asked it to stand.
    internal Variable TransferElection { get; }

    // Option ReadIndex, on leaders: the number of the last round, whether it is in flight, commitIndex when it began, and the last round
    // that each server has answered.
    internal Variable Round { get; }

    internal Variable RoundInFlight { get; }

    internal Variable ReadIndex { get; }

    internal Variable Acked { get; }

    // Option ReadIndex, on leaders: the id of the read of each server that waits for the next round, is part of the round in flight, or is
    // to be answered, and with which index. Reads have ids from 1; 0 is none.
    internal Variable WaitingRead { get; }

    internal Variable RoundRead { get; }

    internal Variable OwedRead { get; }

    internal Variable OwedIndex { get; }

    // Option ReadIndex, on others: the id of the read that a leader was asked for; 0 if none was.
    internal Variable PendingRead { get; }

    // Option LeaseReads, on leaders.
    internal Variable Lease { get; }

    // Only for the properties, and in packed layouts: the round whose confirmation gave the lease, the last id of a read, and the greatest
    // commitIndex of any server when the round in flight, or the pending read, began.
    internal Variable LeaseRound { get; }

    internal Variable LastRead { get; }

    internal Variable ReadFloor { get; }

    internal Variable FollowerReadFloor { get; }

    // Option MaxWrites: the number of writes in flight, and the state before each of them. The first is the durable state.
    internal Variable Writes { get; }

    internal DurableVariables[] Older { get; }

    internal Budget Restarts { get; }

    internal Budget Duplicates { get; }

    internal Budget Drops { get; }

    internal Budget ClientRequests { get; }

    internal Budget Timeouts { get; }

    internal Budget Reads { get; }

    internal Budget Transfers { get; }

    // Messages: a bag of records.
    internal Bag Messages { get; }

    internal RecordLayout MessageLayout { get; }

    internal LogSource LogSource { get; } = new();

    internal Field MType { get; }

    internal Field MTerm { get; }

    internal Field MSource { get; }

    internal Field MDest { get; }

    // Option MaxWrites: the number of its sender's writes that the message still waits for.
    internal Field MHeld { get; }

    // Option ReadIndex: the leader's round, in AppendEntriesRequest and InstallSnapshotRequest; in AppendEntriesResponse, the request's.
    internal Field MRound { get; }

    internal Field MLastLogTerm { get; }

    internal Field MLastLogIndex { get; }

    // Option LeadershipTransfer: whether the leader asked for the election.
    internal Field MTransfer { get; }

    internal Field MVoteGranted { get; }

    internal Field MPrevLogIndex { get; }

    internal Field MPrevLogTerm { get; }

    internal EntriesField MEntries { get; }

    internal Field MCommitIndex { get; }

    internal Field MSuccess { get; }

    internal Field MMatchIndex { get; }

    // Option FastBackup: the mprevLogIndex that was refused, and the conflict.
    internal Field MRefusedIndex { get; }

    internal Field MConflictIndex { get; }

    internal Field MConflictTerm { get; }

    // Option Snapshots: the service's state is the sequence of its commands, so a snapshot is a prefix of the log.
    internal EntriesField MSnapshot { get; }

    // Option Chunks: where the chunk begins in the snapshot, how long it is, and whether it is the last one.
    internal Field MOffset { get; }

    internal Field MLength { get; }

    internal Field MDone { get; }

    // Option Chunks: a response that the snapshot is not complete, and how much of it has arrived, plus 1.
    internal Field MMissing { get; }

    // Option PreVote.
    internal Field MPreVoteLogTerm { get; }

    internal Field MPreVoteLogIndex { get; }

    internal Field MPreVoteGranted { get; }

    // Option ReadIndex: the id of the read, in a request and in its response, and the read index; 0 if the read fails.
    internal Field MAskedRead { get; }

    internal Field MAnsweredRead { get; }

    internal Field MReadIndex { get; }

    private protected bool IsOn(Variable variable) => variable != _off;

    private Variable Optional(bool isOn, string name, Domain domain, Scalarset? columns = null) =>
        isOn ? Layout.Variable(name, domain, ServerSet, columns) : _off;

    private Field OptionalField(bool isOn, int type, string name, Domain domain) =>
        isOn ? MessageLayout.Field(type, name, domain) : _offField;
}
