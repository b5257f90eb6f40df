namespace Raft.Impl.Core;

/// <summary>The state that a server reads from its stable storage when it starts (Figure 2, persistent state, and §7).</summary>
/// <param name="Term">currentTerm.</param>
/// <param name="VotedFor">votedFor; null: none.</param>
/// <param name="Snapshot">The snapshot; <see cref="Snapshot.None"/> if there is none.</param>
/// <param name="Entries">The log entries that follow the snapshot.</param>
public sealed record DurableState(Term Term, ServerId? VotedFor, Snapshot Snapshot, EntryList Entries)
{
    /// <summary>The state of a server that never ran.</summary>
    public static DurableState Initial { get; } = new(Term.Zero, null, Snapshot.None, EntryList.Empty);

    /// <summary>Says what is contradictory in the state; null if it is sound.</summary>
    public string? Contradiction() =>
        VotedFor is { } vote && Term == Term.Zero
            ? $"it holds a vote for {vote} in term 0, in which there is no election"
            : Soundness.ContradictionIn(Snapshot.LastIndex, Snapshot.LastTerm, Entries.Span, Term);
}
