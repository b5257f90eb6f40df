namespace Raft.Impl.Core;

/// <summary>What a server must do after a step. The parts may be done in any order, but for what a message depends on.</summary>
public sealed class Output
{
    private List<OutgoingMessage>? _messages;

    /// <summary>What to make durable; null where nothing changed. Writes must become durable in the order of their sequence.</summary>
    public RaftWrite? Write { get; internal set; }

    /// <summary>What to send.</summary>
    public IReadOnlyList<OutgoingMessage> Messages => (IReadOnlyList<OutgoingMessage>?)_messages ?? [];

    /// <summary>What to give to the service, in order: at most one snapshot, then entries.</summary>
    public IReadOnlyList<ApplyMessage> Apply { get; internal set; } = [];

    /// <summary>What became of the proposal, where the input was one.</summary>
    public Proposal? Proposal { get; internal set; }

    /// <summary>What to do with the election timer.</summary>
    public TimerChange ElectionTimer { get; internal set; }

    /// <summary>What to do with the heartbeat timer.</summary>
    public TimerChange HeartbeatTimer { get; internal set; }

    internal void Send(Message message, long after) => (_messages ??= []).Add(new OutgoingMessage(message, after));
}

/// <summary>A message to send, and when it may go.</summary>
/// <param name="Message">The message.</param>
/// <param name="After">It may go once the write of this sequence number is durable; zero: at once.</param>
public readonly record struct OutgoingMessage(Message Message, long After);

/// <summary>What to do with a timer.</summary>
public enum TimerChange
{
    /// <summary>Leave it as it is.</summary>
    None,

    /// <summary>Let it run anew, from the start.</summary>
    Restart,

    /// <summary>Stop it.</summary>
    Stop,
}

/// <summary>What became of a proposal: the labs' answer to Start().</summary>
/// <param name="Index">If this server leads: the index at which the command will stand, if it is ever committed. Else zero.</param>
/// <param name="Term">The server's current term.</param>
/// <param name="IsLeader">Whether the server believes that it leads, and so took the command.</param>
public readonly record struct Proposal(LogIndex Index, Term Term, bool IsLeader);

/// <summary>Something for the service: the labs' ApplyMsg.</summary>
/// <param name="Index">The index of the entry, or the last index in the snapshot.</param>
/// <param name="Term">The term of that entry.</param>
public abstract record ApplyMessage(LogIndex Index, Term Term);

/// <summary>A committed entry. Each comes once, in the order of the log.</summary>
/// <param name="Index">The index of the entry.</param>
/// <param name="Term">The term of the entry.</param>
/// <param name="Command">The command to apply.</param>
public sealed record ApplyEntry(LogIndex Index, Term Term, Command Command) : ApplyMessage(Index, Term);

/// <summary>A snapshot that replaces the service's state. It only ever moves the service forward (§7).</summary>
/// <param name="Snapshot">The snapshot.</param>
public sealed record ApplySnapshot(Snapshot Snapshot) : ApplyMessage(Snapshot.LastIndex, Snapshot.LastTerm);
