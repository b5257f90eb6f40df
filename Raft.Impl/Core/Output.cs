namespace Raft.Impl.Core;

/// <summary>
/// What a server must do after a step. The parts may be done in any order, except that a message waits for the write that it depends on.
/// </summary>
public class Output
{
    // Always lists, even empty ones: then the calls of observers, which look at every step, stay monomorphic.
    private static readonly List<OutgoingMessage> _noMessages = [];
    private static readonly List<Proposal> _noProposals = [];
    private List<OutgoingMessage>? _messages;

    /// <summary>What to make durable; null if nothing changed. Writes must become durable in the order of their sequence.</summary>
    public RaftWrite? Write { get; internal set; }

    /// <summary>What to send.</summary>
    public IReadOnlyList<OutgoingMessage> Messages => _messages ?? _noMessages;

    /// <summary>What the service must apply, in order: at most one snapshot, then entries.</summary>
    public IReadOnlyList<ApplyMessage> Apply { get; internal set; } = ApplyBatch.Empty;

    /// <summary>What became of the commands that were proposed, in their order.</summary>
    public IReadOnlyList<Proposal> Proposals { get; internal set; } = _noProposals;

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

    internal void Send(Message message, long after) =>
        (_messages ??= new List<OutgoingMessage>(2)).Add(new OutgoingMessage(message, after));
}

/// <summary>A message to send, and when it may be sent.</summary>
/// <param name="Message">The message.</param>
/// <param name="After">It may be sent once the write of this sequence number is durable; zero: at once.</param>
public readonly record struct OutgoingMessage(Message Message, long After);

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
}
