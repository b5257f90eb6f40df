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

    private protected RaftVariables(RaftBounds bounds, RaftOptions options)
        : base(new StateLayout(bounds.IsUnbounded))
    {
        bounds.Validate();
        options.Validate(bounds.IsUnbounded);
        Bounds = bounds;
        Options = options;
        ServerSet = new Scalarset("s", bounds.Servers);
        ValueSet = new Scalarset("v", bounds.Values);

        // A state beyond the constraint is represented too, to check it: its term is one more than is explored, and its log a batch longer.
        var term = Domain.Number(bounds.MaxTerm + 1);
        var index = Domain.Number(bounds.MaxLog + (bounds.IsUnbounded ? 1 : options.MaxBatch));
        Durable = new DurableVariables(Layout, "", term, index, ServerSet, ValueSet, options.Snapshots, LogSource);
        CommitIndex = Layout.Variable("commitIndex", index, ServerSet);
        Role = Layout.Variable("state", Domain.OneOf("Follower", "Candidate", "Leader"), ServerSet);
        VotesResponded = Layout.Variable("votesResponded", Domain.SetOf(ServerSet), ServerSet);
        VotesGranted = Layout.Variable("votesGranted", Domain.SetOf(ServerSet), ServerSet);
        NextIndex = Layout.Variable("nextIndex", index, ServerSet, ServerSet);
        MatchIndex = Layout.Variable("matchIndex", index, ServerSet, ServerSet);
        var size = Domain.Number(!options.Snapshots ? 0 : bounds.IsUnbounded && options.Chunks > 0 ? int.MaxValue : options.Chunks);
        ReceivedIndex = Layout.Variable("receivedIndex", options.Chunks > 0 ? index : Domain.Number(0), ServerSet);
        ReceivedTerm = Layout.Variable("receivedTerm", options.Chunks > 0 ? term : Domain.Number(0), ServerSet);
        ReceivedLength = Layout.Variable("receivedLength", size, ServerSet);
        WordsThatInvariantsRead = Layout.Words;

        Writes = Layout.Variable("writes", Domain.Number(options.MaxWrites), ServerSet);
        Older =
        [
            .. Enumerable.Range(0, options.MaxWrites)
                .Select(k => new DurableVariables(Layout, $"older{k}.", term, index, ServerSet, ValueSet, options.Snapshots, LogSource)),
        ];
        Restarts = new Budget(Layout, "restarts", bounds.MaxRestarts);
        Duplicates = new Budget(Layout, "duplicates", bounds.MaxDuplicates);
        Drops = new Budget(Layout, "drops", bounds.MaxDrops);
        ClientRequests = new Budget(Layout, "clientRequests", bounds.MaxClientRequests);
        Timeouts = new Budget(Layout, "timeouts", bounds.MaxTimeouts);

        MessageLayout = new RecordLayout(
            Layout, nameof(RequestVoteRequest), nameof(RequestVoteResponse), nameof(AppendEntriesRequest), nameof(AppendEntriesResponse),
            nameof(InstallSnapshotRequest));
        var message = MessageLayout;
        var mindex = Domain.Number(bounds.MaxLog);
        var mlastTerm = Domain.Number(bounds.MaxTerm);
        var flag = Domain.OneOf("FALSE", "TRUE");
        MType = message.Type;
        MTerm = message.Field("mterm", Domain.Number(bounds.MaxTerm));
        MSource = message.Field("msource", Domain.Member(ServerSet));
        MDest = message.Field("mdest", Domain.Member(ServerSet));
        MHeld = message.Field("mheld", Domain.Number(options.MaxWrites));
        MLastLogTerm = message.Field(RequestVoteRequest, "mlastLogTerm", mlastTerm);
        MLastLogIndex = message.Field(RequestVoteRequest, "mlastLogIndex", mindex);
        MVoteGranted = message.Field(RequestVoteResponse, "mvoteGranted", flag);
        MPrevLogIndex = message.Field(AppendEntriesRequest, "mprevLogIndex", mindex);
        MPrevLogTerm = message.Field(AppendEntriesRequest, "mprevLogTerm", mlastTerm);
        MCommitIndex = message.Field(AppendEntriesRequest, "mcommitIndex", mindex);
        MEntries = new EntriesField(
            Layout, message, AppendEntriesRequest, Math.Min(options.MaxEntries, bounds.MaxLog), mlastTerm, ValueSet, LogSource);
        MSuccess = message.Field(AppendEntriesResponse, "msuccess", flag);
        MMatchIndex = message.Field(AppendEntriesResponse, "mmatchIndex", mindex);
        MRefusedIndex = message.Field(AppendEntriesResponse, "mrefusedIndex", options.FastBackup ? mindex : Domain.Number(0));
        MConflictIndex = message.Field(AppendEntriesResponse, "mconflictIndex", options.FastBackup ? index : Domain.Number(0));
        MConflictTerm = message.Field(AppendEntriesResponse, "mconflictTerm", options.FastBackup ? mlastTerm : Domain.Number(0));
        MMissing = message.Field(AppendEntriesResponse, "mmissing", options.Chunks > 0 ? Domain.Number(size.Max) : Domain.Number(0));
        MSnapshot = new EntriesField(
            Layout, message, InstallSnapshotRequest, options.Snapshots ? bounds.MaxLog : 0, mlastTerm, ValueSet, LogSource);
        MOffset = message.Field(InstallSnapshotRequest, "moffset", size);
        MLength = message.Field(InstallSnapshotRequest, "mlength", bounds.IsUnbounded ? size : Domain.Number(Math.Min(1, size.Max)));
        MDone = message.Field(InstallSnapshotRequest, "mdone", options.Chunks > 0 ? flag : Domain.Number(0));
        Messages = Layout.Bag(message, bounds.MaxMessages + 1);
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

    // Option MaxWrites: the number of writes in flight, and the state before each of them. The first is the durable state.
    internal Variable Writes { get; }

    internal DurableVariables[] Older { get; }

    internal Budget Restarts { get; }

    internal Budget Duplicates { get; }

    internal Budget Drops { get; }

    internal Budget ClientRequests { get; }

    internal Budget Timeouts { get; }

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

    internal Field MLastLogTerm { get; }

    internal Field MLastLogIndex { get; }

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
}
