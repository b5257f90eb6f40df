namespace Raft.Impl.Core;

/// <summary>What a server finds on its stable storage when it starts (Figure 2, persistent state, and §7).</summary>
/// <param name="Term">currentTerm.</param>
/// <param name="VotedFor">votedFor; null: none.</param>
/// <param name="Snapshot">The snapshot; <see cref="Snapshot.None"/> where there is none.</param>
/// <param name="Entries">The log entries that follow the snapshot.</param>
public sealed record DurableState(Term Term, ServerId? VotedFor, Snapshot Snapshot, EntryList Entries)
{
    /// <summary>The state of a server that never ran.</summary>
    public static DurableState Initial { get; } = new(Term.Zero, null, Snapshot.None, EntryList.Empty);

    /// <summary>Says what is contradictory in the state; null where it is sound.</summary>
    public string? Contradiction()
    {
        if (Term < Term.Zero || Snapshot.LastIndex < LogIndex.Zero || Snapshot.LastTerm < Term.Zero)
        {
            return $"a term or index is negative (term {Term}, {Snapshot})";
        }

        if (VotedFor is { } vote && Term == Term.Zero)
        {
            return $"it holds a vote for {vote} in term 0, in which there is no election";
        }

        if ((Snapshot.LastIndex == LogIndex.Zero) != (Snapshot.LastTerm == Term.Zero))
        {
            return $"the snapshot's last index and term do not go together ({Snapshot})";
        }

        var index = Snapshot.LastIndex;
        var term = Snapshot.LastTerm;
        foreach (var entry in Entries)
        {
            index = index.Next;
            if (entry.Term < term || entry.Term == Term.Zero)
            {
                return $"the entry at index {index} has term {entry.Term}, but the one before it has term {term}";
            }

            term = entry.Term;
        }

        return term > Term ? $"the log reaches term {term}, but the current term is {Term}" : null;
    }
}
