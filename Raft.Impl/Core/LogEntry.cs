namespace Raft.Impl.Core;

/// <summary>A log entry (Figure 2, State): a command for the state machine, and the term when the leader received it.</summary>
/// <param name="Term">The term of the leader that made the entry.</param>
/// <param name="Command">The command; an empty one in a no-op.</param>
public readonly record struct LogEntry(Term Term, Command Command)
{
    /// <summary>The bytes that an entry counts in addition to its command: its term and its length, in a message or in memory.</summary>
    public const int Overhead = 32;

    /// <summary>
    /// Whether it is the entry without a command that a leader appends at the start of its term (§8). The service never gets it.
    /// </summary>
    public bool IsNoOp => Command.IsNoOp;

    /// <summary>The bytes that the entry counts toward limits.</summary>
    public long Size => Command.Length + Overhead;

    /// <summary>The entry without a command that begins a leader's term.</summary>
    public static LogEntry NoOp(Term term) => new(term, Command.NoOp);

    /// <summary>The entry in the form <c>command@term</c>.</summary>
    public override string ToString() => IsNoOp ? $"no-op@{Term}" : $"{Command}@{Term}";
}
