using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// Where the entries of a log are in its files. It takes memory for each <see cref="Spacing"/> bytes of the files, not for each entry.
/// </summary>
/// <remarks>
/// The entries from one position up to the next are in the same segment, one record after the other, from the record of the first of them
/// on: each truncation of the log and each segment has a position of its own.
/// </remarks>
internal sealed class EntryPositions
{
    /// <summary>How many bytes of a segment, at least, separate two positions that no truncation separates.</summary>
    public const int Spacing = 64 << 10;

    private readonly List<EntryPosition> _positions = [];
    private LogIndex _last;
    private bool _isCut;

    /// <summary>The number of positions.</summary>
    public int Count => _positions.Count;

    /// <summary>Adds a record.</summary>
    /// <param name="log">The new end of the log; null: no change.</param>
    /// <param name="replacesLog">Whether a snapshot replaces the log that was there.</param>
    /// <param name="place">The record.</param>
    public void Add(LogSuffix? log, bool replacesLog, RecordPlace place)
    {
        if (replacesLog)
        {
            Clear();
        }

        if (log is not null)
        {
            Replace(log, place);
        }
    }

    /// <summary>
    /// The position from which on an entry is found, and the index after the last entry that is found there; null if the log lacks it.
    /// </summary>
    public (EntryPosition Position, LogIndex End)? Find(LogIndex index)
    {
        if (_positions.Count == 0 || index < _positions[0].First || index > _last)
        {
            return null;
        }

        var (low, high) = (0, _positions.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _positions[middle].First <= index ? (middle, high) : (low, middle - 1);
        }

        return (_positions[low], low + 1 < _positions.Count ? _positions[low + 1].First : _last.Next);
    }

    /// <summary>Forgets what precedes an index.</summary>
    public void ForgetBefore(LogIndex index)
    {
        var gone = 0;
        while (gone + 1 < _positions.Count && _positions[gone + 1].First <= index)
        {
            gone++;
        }

        _positions.RemoveRange(0, gone);
    }

    private void Clear()
    {
        _positions.Clear();
        (_last, _isCut) = (LogIndex.Zero, false);
    }

    private void Replace(LogSuffix log, RecordPlace place)
    {
        var removed = LogIndex.Zero;
        while (_positions is [.., { First: var first }] && first >= log.First)
        {
            removed = first;
            _positions.RemoveAt(_positions.Count - 1);
        }

        if (log.First <= _last)
        {
            _isCut = true;
            if (removed != log.First && _positions.Count > 0)
            {
                _positions[^1] = _positions[^1] with { Size = null };
            }
        }

        _last = log.First + (log.Entries.Count - 1);
        if (log.Entries.Count == 0)
        {
            return;
        }

        if (_isCut || _positions is not [.., var last] || last.Place.Segment != place.Segment
            || place.Offset - last.Place.Offset >= Spacing)
        {
            _positions.Add(new EntryPosition(log.First, place, log.Entries.Size));
        }
        else
        {
            _positions[^1] = last with { Size = last.Size + log.Entries.Size };
        }

        _isCut = false;
    }
}

/// <summary>Where a part of a log begins.</summary>
/// <param name="First">The index of its first entry.</param>
/// <param name="Place">The record of that entry, which begins with it.</param>
/// <param name="Size">
/// The bytes that the entries up to the next position count toward limits (<see cref="LogEntry.Size"/>); null: not known, because the log
/// was cut among them.
/// </param>
internal readonly record struct EntryPosition(LogIndex First, RecordPlace Place, long? Size);

/// <summary>A record in the files.</summary>
/// <param name="Segment">Its segment.</param>
/// <param name="Offset">Where its group begins.</param>
/// <param name="Record">Its place in the group, from 0 on.</param>
internal readonly record struct RecordPlace(SegmentContent Segment, int Offset, int Record);
