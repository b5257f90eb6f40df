namespace Raft.Impl.Core;

/// <summary>
/// Something for the service: a committed entry, or a snapshot that replaces the service's state. Each entry comes once, in the order of
/// the log. A snapshot only ever moves the service forward (§7). The labs' ApplyMsg.
/// </summary>
/// <remarks>
/// A struct: as objects, the messages of three servers would be nearly half of the bytes that a proposal allocates.
/// </remarks>
public readonly record struct ApplyMessage
{
    private readonly LogEntry _entry;

    /// <summary>A committed entry.</summary>
    /// <param name="index">The index of the entry.</param>
    /// <param name="entry">The entry.</param>
    public ApplyMessage(LogIndex index, LogEntry entry) => (Index, _entry) = (index, entry);

    /// <summary>A snapshot that replaces the service's state.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <exception cref="ArgumentNullException">The snapshot is null.</exception>
    public ApplyMessage(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        (Index, _entry, Snapshot) = (snapshot.LastIndex, new LogEntry(snapshot.LastTerm, default), snapshot);
    }

    /// <summary>The index of the entry, or the last index in the snapshot.</summary>
    public LogIndex Index { get; }

    /// <summary>The term of that entry.</summary>
    public Term Term => _entry.Term;

    /// <summary>
    /// Whether it is a leader's entry without a command (<see cref="LogEntry.IsNoOp"/>). The node does not give it to the service.
    /// </summary>
    public bool IsNoOp => _entry.IsNoOp;

    /// <summary>The command to apply; an empty one in a snapshot's message.</summary>
    public Command Command => _entry.Command;

    /// <summary>The snapshot whose state the service takes; null if the message is an entry.</summary>
    public Snapshot? Snapshot { get; }

    /// <summary>The message in words.</summary>
    public override string ToString() => Snapshot is null ? $"entry {Index}, {_entry}" : $"a {Snapshot}";
}
