using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// The state of the specification: the variables of <c>raft.tla</c> without the history variables, by the same names. Servers and values
/// are numbered from 0, log indexes from 1; index 0 is the empty prefix.
/// </summary>
public abstract class RaftVariables : Specification
{
    /// <summary>state[i] = Follower.</summary>
    protected const int Follower = 0;

    /// <summary>state[i] = Candidate.</summary>
    protected const int Candidate = 1;

    /// <summary>state[i] = Leader.</summary>
    protected const int Leader = 2;

    /// <summary>mtype = RequestVoteRequest.</summary>
    protected const int RequestVoteRequest = 1;

    /// <summary>mtype = RequestVoteResponse.</summary>
    protected const int RequestVoteResponse = 2;

    /// <summary>mtype = AppendEntriesRequest.</summary>
    protected const int AppendEntriesRequest = 3;

    /// <summary>mtype = AppendEntriesResponse.</summary>
    protected const int AppendEntriesResponse = 4;

    /// <summary>mtype = InstallSnapshotRequest: option Snapshots. It is answered as an AppendEntriesRequest is.</summary>
    protected const int InstallSnapshotRequest = 5;

    private protected RaftVariables(RaftBounds bounds, RaftOptions options)
    {
        bounds.Validate();
        options.Validate();
        Bounds = bounds;
        Options = options;
        ServerSet = new Scalarset("s", bounds.Servers);
        ValueSet = new Scalarset("v", bounds.Values);

        // A state beyond the constraint is represented too, to check it: its term or log is one more than is explored.
        var term = Domain.Number(bounds.MaxTerm + 1);
        var index = Domain.Number(bounds.MaxLog + 1);
        Durable = new DurableVariables(Layout, "", term, index, ServerSet, ValueSet, options.Snapshots);
        CommitIndex = Layout.Variable("commitIndex", index, ServerSet);
        Role = Layout.Variable("state", Domain.OneOf("Follower", "Candidate", "Leader"), ServerSet);
        VotesResponded = Layout.Variable("votesResponded", Domain.SetOf(ServerSet), ServerSet);
        VotesGranted = Layout.Variable("votesGranted", Domain.SetOf(ServerSet), ServerSet);
        NextIndex = Layout.Variable("nextIndex", index, ServerSet, ServerSet);
        MatchIndex = Layout.Variable("matchIndex", index, ServerSet, ServerSet);
        WordsThatInvariantsRead = Layout.Words;

        Writes = Layout.Variable("writes", Domain.Number(options.MaxWrites), ServerSet);
        Older =
        [
            .. Enumerable.Range(0, options.MaxWrites)
                .Select(k => new DurableVariables(Layout, $"older{k}.", term, index, ServerSet, ValueSet, options.Snapshots)),
        ];
        Restarts = new Budget(Layout, "restarts", bounds.MaxRestarts);
        Duplicates = new Budget(Layout, "duplicates", bounds.MaxDuplicates);
        Drops = new Budget(Layout, "drops", bounds.MaxDrops);
        ClientRequests = new Budget(Layout, "clientRequests", bounds.MaxClientRequests);
        Timeouts = new Budget(Layout, "timeouts", bounds.MaxTimeouts);

        var message = new RecordLayout(
            nameof(RequestVoteRequest), nameof(RequestVoteResponse), nameof(AppendEntriesRequest), nameof(AppendEntriesResponse),
            nameof(InstallSnapshotRequest));
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
        MEntries = new EntriesField(message, AppendEntriesRequest, Math.Min(options.MaxEntries, bounds.MaxLog), mlastTerm, ValueSet);
        MSuccess = message.Field(AppendEntriesResponse, "msuccess", flag);
        MMatchIndex = message.Field(AppendEntriesResponse, "mmatchIndex", mindex);
        MRefusedIndex = message.Field(AppendEntriesResponse, "mrefusedIndex", options.FastBackup ? mindex : Domain.Number(0));
        MConflictIndex = message.Field(AppendEntriesResponse, "mconflictIndex", options.FastBackup ? index : Domain.Number(0));
        MConflictTerm = message.Field(AppendEntriesResponse, "mconflictTerm", options.FastBackup ? mlastTerm : Domain.Number(0));
        MSnapshot = new EntriesField(message, InstallSnapshotRequest, options.Snapshots ? bounds.MaxLog : 0, mlastTerm, ValueSet);
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

    private protected int Servers => Bounds.Servers;

    /// <summary>votedFor[i] = Nil.</summary>
    private protected int Nil => Bounds.Servers;

    private protected Scalarset ServerSet { get; }

    private protected Scalarset ValueSet { get; }

    // Persistent state, kept across a restart. With writes in flight: the state after all of them complete.
    private protected DurableVariables Durable { get; }

    private protected Variable CurrentTerm => Durable.CurrentTerm;

    private protected Variable VotedFor => Durable.VotedFor;

    private protected Variable LogLength => Durable.LogLength;

    private protected Variable LogTerm => Durable.LogTerm;

    private protected Variable LogValue => Durable.LogValue;

    // Volatile.
    private protected Variable CommitIndex { get; }

    private protected Variable Role { get; }

    private protected Variable VotesResponded { get; }

    private protected Variable VotesGranted { get; }

    private protected Variable NextIndex { get; }

    private protected Variable MatchIndex { get; }

    // Option MaxWrites: the number of writes in flight, and the state before each of them. The first is the durable state.
    private protected Variable Writes { get; }

    private protected DurableVariables[] Older { get; }

    private protected Budget Restarts { get; }

    private protected Budget Duplicates { get; }

    private protected Budget Drops { get; }

    private protected Budget ClientRequests { get; }

    private protected Budget Timeouts { get; }

    // Messages: a bag of records.
    private protected Bag Messages { get; }

    private protected Field MType { get; }

    private protected Field MTerm { get; }

    private protected Field MSource { get; }

    private protected Field MDest { get; }

    // Option MaxWrites: the number of its sender's writes that the message still waits for.
    private protected Field MHeld { get; }

    private protected Field MLastLogTerm { get; }

    private protected Field MLastLogIndex { get; }

    private protected Field MVoteGranted { get; }

    private protected Field MPrevLogIndex { get; }

    private protected Field MPrevLogTerm { get; }

    private protected EntriesField MEntries { get; }

    private protected Field MCommitIndex { get; }

    private protected Field MSuccess { get; }

    private protected Field MMatchIndex { get; }

    // Option FastBackup: the mprevLogIndex that was refused, and the conflict.
    private protected Field MRefusedIndex { get; }

    private protected Field MConflictIndex { get; }

    private protected Field MConflictTerm { get; }

    // Option Snapshots: the service's state is the sequence of its commands, so a snapshot is a prefix of the log.
    private protected EntriesField MSnapshot { get; }
}
