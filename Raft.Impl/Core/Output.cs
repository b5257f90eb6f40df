namespace Raft.Impl.Core;

/// <summary>
/// What a server must do after a step. The parts may be done in any order, except that a message waits for the write that it depends on.
/// </summary>
public class Output
{
    // Always lists, even empty ones: then the calls of observers, which look at every step, stay monomorphic.
    private static readonly List<OutgoingMessage> _noMessages = [];
    private static readonly List<Proposal> _noProposals = [];
    private static readonly List<ReadAnswer> _noReads = [];
    private List<OutgoingMessage>? _messages;
    private ProposalResults? _results;
    private List<ReadAnswer>? _reads;

    /// <summary>What to make durable; null if nothing changed. Writes must become durable in the order of their sequence.</summary>
    public RaftWrite? Write { get; internal set; }

    /// <summary>What to send.</summary>
    public IReadOnlyList<OutgoingMessage> Messages => _messages ?? _noMessages;

    /// <summary>What the service must apply, in order: at most one snapshot, then entries.</summary>
    public IReadOnlyList<ApplyMessage> Apply { get; internal set; } = ApplyBatch.Empty;

    /// <summary>What became of the commands that were proposed, in their order.</summary>
    public IReadOnlyList<Proposal> Proposals { get; private set; } = _noProposals;

    /// <summary>The reads that are answered.</summary>
    public IReadOnlyList<ReadAnswer> Reads => _reads ?? _noReads;

    /// <summary>The answer to a request to transfer the leadership; null: there was none.</summary>
    public TransferRefusal? Transfer { get; internal set; }

    /// <summary>Whether a message of the current leader arrived.</summary>
    public bool HeardFromLeader { get; internal set; }

    /// <summary>The round of heartbeats that begins (dissertation §6.4); zero: none does.</summary>
    public long RoundBegun { get; internal set; }

    /// <summary>The round of heartbeats that a majority has answered now; zero: none is.</summary>
    public long RoundConfirmed { get; internal set; }

    /// <summary>
    /// Why the input, a message, was rejected and changed nothing: no server of the cluster can have sent it to this one. Null if it was
    /// accepted.
    /// </summary>
    public string? Rejected { get; internal set; }

    /// <summary>What to do with the election timer.</summary>
    public TimerChange ElectionTimer { get; internal set; }

    /// <summary>What to do with the heartbeat timer.</summary>
    public TimerChange HeartbeatTimer { get; internal set; }

    internal Output()
    {
    }

    /// <summary>
    /// There is nothing to do. What leaves the node is left to others: messages, entries, writes, and what the service applies. The lists
    /// of messages and of results do not leave it (<see cref="Node.IRaftObserver"/>), and are used again.
    /// </summary>
    private protected void Clear()
    {
        _messages?.Clear();
        (_reads, Write, Apply, Proposals, Transfer) = (null, null, ApplyBatch.Empty, _noProposals, null);
        (HeardFromLeader, RoundBegun, RoundConfirmed, Rejected) = (false, 0, 0, null);
        (ElectionTimer, HeartbeatTimer) = (TimerChange.None, TimerChange.None);
    }

    internal void Send(Message message, long after, bool onlyTellsCommit = false) =>
        (_messages ??= new List<OutgoingMessage>(2)).Add(new OutgoingMessage(message, after) { OnlyTellsCommit = onlyTellsCommit });

    // Adds the results of proposals, of which there are none yet.
    internal ProposalResults BeginProposals(Term term, LogIndex lastIndex, int count)
    {
        var results = _results ??= new ProposalResults();
        results.Begin(term, lastIndex, count);
        Proposals = results;
        return results;
    }

    internal void Answer(long read, LogIndex index) => (_reads ??= []).Add(new ReadAnswer(read, index));

    internal void Answer(long read, ReadRefusal refusal) => (_reads ??= []).Add(new ReadAnswer(read, LogIndex.Zero, refusal));
}

/// <summary>A message to send, and when it may be sent.</summary>
/// <param name="Message">The message.</param>
/// <param name="After">It may be sent once the write of this sequence number is durable; zero: at once.</param>
public readonly record struct OutgoingMessage(Message Message, long After)
{
    /// <summary>
    /// Whether it only tells a follower what is committed. It may wait for a moment: the next entries tell the follower too.
    /// </summary>
    public bool OnlyTellsCommit { get; init; }
}

/// <summary>What to do with a timer.</summary>
public enum TimerChange
{
    /// <summary>Leave it as it is.</summary>
    None,

    /// <summary>Restart it.</summary>
    Restart,

    /// <summary>Stop it.</summary>
    Stop,
}

/// <summary>What became of a proposal: the labs' answer to Start().</summary>
/// <param name="Index">If the server took the command: the index at which it will stand, if it is ever committed. Otherwise zero.</param>
/// <param name="Term">The server's current term.</param>
/// <param name="Refusal">Why the server did not take the command.</param>
public readonly record struct Proposal(LogIndex Index, Term Term, ProposalRefusal Refusal = ProposalRefusal.None)
{
    /// <summary>Whether the server leads, as far as it knows.</summary>
    public bool IsLeader => Refusal != ProposalRefusal.NotLeader;

    /// <summary>
    /// Whether the server took the command. Then it leads, as far as it knows. The command is not committed yet, and may never be.
    /// </summary>
    public bool IsTaken => Refusal == ProposalRefusal.None;
}

/// <summary>Why a server did not take a command. A command that is not taken is never in a log.</summary>
public enum ProposalRefusal
{
    /// <summary>It took the command.</summary>
    None,

    /// <summary>The server does not lead.</summary>
    NotLeader,

    /// <summary>
    /// The backlog is full: of entries that are not committed or not applied (<see cref="CoreOptions.MaxUncommittedBytes"/>), or of
    /// proposals that are not in the log yet. There may be room later.
    /// </summary>
    Backlog,

    /// <summary>The command is larger than a message may be (<see cref="CoreOptions.MaxMessageBytes"/>).</summary>
    TooLarge,

    /// <summary>The leader transfers its leadership (dissertation §3.10). Another server may take the command soon.</summary>
    Transferring,
}

/// <summary>The answer to a <see cref="Read"/>.</summary>
/// <param name="Id">The read.</param>
/// <param name="Index">The service answers the read once it has applied the log up to this index. Zero if the read is refused.</param>
/// <param name="Refusal">Why the read has no index.</param>
public readonly record struct ReadAnswer(long Id, LogIndex Index, ReadRefusal Refusal = ReadRefusal.None);

/// <summary>Why a read has no index. The client may try again, at another server or later.</summary>
public enum ReadRefusal
{
    /// <summary>It has one.</summary>
    None,

    /// <summary>The servers have no reads of this kind (<see cref="ProtocolOptions.ReadIndex"/>).</summary>
    NotEnabled,

    /// <summary>The server knows no leader.</summary>
    NoLeader,

    /// <summary>
    /// The leader has no entry of its term, so it does not know what is committed. Without <see cref="ProtocolOptions.NoOp"/>, that lasts
    /// until it takes a command.
    /// </summary>
    NothingCommitted,

    /// <summary>The server no longer leads, or no longer follows the leader that it asked.</summary>
    LeaderChanged,

    /// <summary>Too many reads wait at the node.</summary>
    Backlog,
}

/// <summary>Why a server does not transfer its leadership.</summary>
public enum TransferRefusal
{
    /// <summary>It does.</summary>
    None,

    /// <summary>The servers have no transfers (<see cref="ProtocolOptions.LeadershipTransfer"/>).</summary>
    NotEnabled,

    /// <summary>The server does not lead.</summary>
    NotLeader,

    /// <summary>Another transfer is under way.</summary>
    UnderWay,

    /// <summary>The cluster has no other member.</summary>
    NoOtherMember,
}
