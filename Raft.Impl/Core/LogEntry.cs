namespace Raft.Impl.Core;

/// <summary>A log entry (Figure 2, State): a command for the state machine, and the term when the leader received it.</summary>
/// <param name="Term">The term of the leader that made the entry.</param>
/// <param name="Command">The command.</param>
public readonly record struct LogEntry(Term Term, Command Command)
{
    /// <summary>What an entry counts beside its command, in bytes: its term and its length, in a message and in memory.</summary>
    public const int Overhead = 32;

    /// <summary>What the entry counts where bytes are limited.</summary>
    public long Size => Command.Length + Overhead;

    /// <summary>The entry in the form <c>command@term</c>.</summary>
    public override string ToString() => $"{Command}@{Term}";
}
