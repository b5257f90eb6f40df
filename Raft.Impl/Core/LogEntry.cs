namespace Raft.Impl.Core;

/// <summary>A log entry (Figure 2, State): a command for the state machine, and the term when the leader received it.</summary>
/// <param name="Term">The term of the leader that made the entry.</param>
/// <param name="Command">The command.</param>
public readonly record struct LogEntry(Term Term, Command Command)
{
    /// <summary>The bytes that an entry counts in addition to its command: its term and its length, in a message or in memory.</summary>
    public const int Overhead = 32;

    /// <summary>The bytes that the entry counts toward limits.</summary>
    public long Size => Command.Length + Overhead;

    /// <summary>The entry in the form <c>command@term</c>.</summary>
    public override string ToString() => $"{Command}@{Term}";
}
