namespace Raft.Impl.Core;

/// <summary>
/// The terms of the entries of a log, as runs of entries of the same term. It takes memory for each term, not for each entry.
/// </summary>
internal sealed class TermRuns
{
    private readonly List<(LogIndex First, Term Term)> _runs = [];

    /// <summary>The runs, oldest first: the index of the first entry of each, and their term.</summary>
    public IReadOnlyList<(LogIndex First, Term Term)> Runs => _runs;

    /// <summary>The term of the entry at an index, which the log must hold.</summary>
    public Term TermAt(LogIndex index)
    {
        var (low, high) = (0, _runs.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _runs[middle].First <= index ? (middle, high) : (low, middle - 1);
        }

        return _runs[low].Term;
    }

    /// <summary>Replaces the end of the log.</summary>
    /// <param name="first">The index of the first new entry.</param>
    /// <param name="entries">The entries.</param>
    public void Replace(LogIndex first, ReadOnlySpan<LogEntry> entries)
    {
        ForgetFrom(first);
        foreach (ref readonly var entry in entries)
        {
            Add(first, entry.Term);
            first = first.Next;
        }
    }

    /// <summary>Adds the entry after the last one.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="term">Its term.</param>
    public void Add(LogIndex index, Term term)
    {
        if (_runs is not [.., var run] || run.Term != term)
        {
            _runs.Add((index, term));
        }
    }

    /// <summary>Forgets what precedes an index.</summary>
    public void ForgetBefore(LogIndex index)
    {
        var gone = 0;
        while (gone + 1 < _runs.Count && _runs[gone + 1].First <= index)
        {
            gone++;
        }

        _runs.RemoveRange(0, gone);
    }

    /// <summary>Forgets the entry at an index, and all that follow it.</summary>
    public void ForgetFrom(LogIndex index)
    {
        while (_runs is [.., var last] && last.First >= index)
        {
            _runs.RemoveAt(_runs.Count - 1);
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _runs.Clear();

    /// <summary>A copy that shares nothing that can change.</summary>
    public TermRuns Clone() => Of(_runs);

    /// <summary>Runs, oldest first.</summary>
    public static TermRuns Of(IEnumerable<(LogIndex First, Term Term)> runs)
    {
        var terms = new TermRuns();
        terms._runs.AddRange(runs);
        return terms;
    }
}
