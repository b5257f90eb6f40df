namespace Raft.Impl.Core;

/// <summary>
/// The rules that hold for every log: on disk, in memory and in a message. A server accepts only what satisfies them, so that it can store
/// what it accepts, and load what it stored.
/// </summary>
internal static class Soundness
{
    /// <summary>Says what is contradictory in a part of a log; null if it is sound.</summary>
    /// <param name="lastIndex">The index of the entry before the part; zero: the part begins the log.</param>
    /// <param name="lastTerm">The term of that entry; zero for index zero.</param>
    /// <param name="entries">The entries of the part.</param>
    /// <param name="currentTerm">The current term of the server that holds it: no entry has a later term.</param>
    public static string? ContradictionIn(LogIndex lastIndex, Term lastTerm, ReadOnlySpan<LogEntry> entries, Term currentTerm)
    {
        if ((ContradictionIn(lastTerm) ?? ContradictionIn(lastIndex) ?? ContradictionIn(currentTerm)) is { } contradiction)
        {
            return contradiction;
        }

        if ((lastIndex == LogIndex.Zero) != (lastTerm == Term.Zero))
        {
            return $"index {lastIndex} and term {lastTerm} do not go together: "
                + "only what stands before the log has index 0, and only that has term 0";
        }

        if (LogIndex.MaxValue - lastIndex.Value < entries.Length)
        {
            return $"{entries.Length} entries after index {lastIndex} go beyond the last index, {LogIndex.MaxValue}";
        }

        var (index, term) = (lastIndex, lastTerm);
        foreach (var entry in entries)
        {
            index = index.Next;
            if (entry.Term < term || entry.Term == Term.Zero)
            {
                return $"the entry at index {index} has term {entry.Term}, but the one before it has term {term}";
            }

            term = entry.Term;
        }

        return term > currentTerm ? $"the log reaches term {term}, but the current term is {currentTerm}" : null;
    }

    /// <summary>Says why a number is not a term; null if it is one.</summary>
    public static string? ContradictionIn(Term term) =>
        term.Value is >= 0 and <= Term.MaxValue ? null : $"there is no term {term}: terms go from 0 to {Term.MaxValue}";

    /// <summary>Says why a number is not an index; null if it is one.</summary>
    public static string? ContradictionIn(LogIndex index) =>
        index.Value is >= 0 and <= LogIndex.MaxValue ? null : $"there is no index {index}: indexes go from 0 to {LogIndex.MaxValue}";
}
