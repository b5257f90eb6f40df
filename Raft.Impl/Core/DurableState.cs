namespace Raft.Impl.Core;

/// <summary>
/// The state that a server reads from its stable storage when it starts (Figure 2, persistent state, and §7). Two states are equal if they
/// hold the same, whether it is loaded or not.
/// </summary>
/// <param name="Term">currentTerm.</param>
/// <param name="VotedFor">votedFor; null: none.</param>
/// <param name="Snapshot">The snapshot; <see cref="Snapshot.None"/> if there is none.</param>
/// <param name="Entries">The log entries that follow the snapshot, except those that are not loaded: these come first.</param>
/// <param name="Stored">
/// The entries that are not loaded, and how to read entries back; null: all are loaded, and the server must keep them in memory.
/// </param>
public sealed record DurableState(Term Term, ServerId? VotedFor, Snapshot Snapshot, EntryList Entries, StoredEntries? Stored = null)
{
    /// <summary>The state of a server that never ran.</summary>
    public static DurableState Initial { get; } = new(Term.Zero, null, Snapshot.None, EntryList.Empty);

    /// <summary>The index of the last entry; the snapshot's last index if no entry follows it.</summary>
    public LogIndex LastIndex => LastStored + Entries.Count;

    private LogIndex LastStored => Snapshot.LastIndex + (Stored?.Count ?? 0);

    /// <summary>Says what is contradictory in the state; null if it is sound.</summary>
    public string? Contradiction() =>
        VotedFor is { } vote && Term == Term.Zero
            ? $"it holds a vote for {vote} in term 0, in which there is no election"
            : ContradictionInStored(out var lastTerm) ?? Soundness.ContradictionIn(LastStored, lastTerm, Entries.Span, Term);

    /// <inheritdoc/>
    /// <exception cref="IOException">Entries that are not loaded cannot be read.</exception>
    public bool Equals(DurableState? other) =>
        other is not null
        && Term == other.Term
        && VotedFor == other.VotedFor
        && LastIndex == other.LastIndex
        && Snapshot.Equals(other.Snapshot)
        && new RaftLog(this).Equals(new RaftLog(other));

    /// <inheritdoc/>
    public override int GetHashCode() => (((Term.GetHashCode() * 31) + VotedFor.GetHashCode()) * 31) + LastIndex.GetHashCode();

    /// <summary>In words.</summary>
    public override string ToString() =>
        $"term {Term}, vote {VotedFor?.ToString() ?? "none"}, {Snapshot}, entries {Snapshot.LastIndex.Next} to {LastIndex}";

    private string? ContradictionInStored(out Term lastTerm)
    {
        lastTerm = Snapshot.LastTerm;
        if (Stored is not { Count: > 0 } stored)
        {
            return null;
        }

        var runs = stored.Terms;
        for (var i = 0; i < runs.Count && runs[i].First <= LastStored; i++)
        {
            var (first, term) = runs[i];
            if (term < lastTerm || term == Term.Zero || (i > 0 && first <= runs[i - 1].First))
            {
                return $"the entry at index {first} has term {term}, but the one before it has term {lastTerm}";
            }

            lastTerm = term;
        }

        return runs is [var oldest, ..] && oldest.First <= Snapshot.LastIndex.Next
            ? null
            : $"the terms of the entries from index {Snapshot.LastIndex.Next} on are not known";
    }
}
