namespace Raft.Impl.Core;

/// <summary>A log entry (Figure 2, State): a command for the state machine, and the term when the leader received it.</summary>
/// <param name="Term">The term of the leader that made the entry.</param>
/// <param name="Command">The command.</param>
public sealed record LogEntry(Term Term, Command Command)
{
    /// <summary>The entry in the form <c>command@term</c>.</summary>
    public override string ToString() => $"{Command}@{Term}";
}
