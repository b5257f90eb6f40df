using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// The terms of the entries of a log, as runs of entries of the same term. It takes memory for each term, not for each entry.
/// </summary>
internal sealed class TermRuns
{
    private readonly List<(LogIndex First, Term Term)> _runs = [];

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
    public void Replace(LogIndex first, EntryList entries)
    {
        while (_runs is [.., var last] && last.First >= first)
        {
            _runs.RemoveAt(_runs.Count - 1);
        }

        foreach (var entry in entries.Span)
        {
            if (_runs is not [.., var run] || run.Term != entry.Term)
            {
                _runs.Add((first, entry.Term));
            }

            first = first.Next;
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

    /// <summary>Forgets all.</summary>
    public void Clear() => _runs.Clear();
}
