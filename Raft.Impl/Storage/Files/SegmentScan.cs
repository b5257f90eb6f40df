using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// Reads the segments of a log, in order, and decides for each sector whether it belongs to the log, was never written, is what is left of
/// an unfinished write, or is damaged. docs/reference/storage-format.md states the rule and why it holds.
/// </summary>
internal sealed class SegmentScan(IFileSystem files, long cacheBytes)
{
    private readonly List<Loose> _unfinished = [];
    private readonly List<StorageRemains> _remains = [];
    private readonly List<SegmentContent> _segments = [];
    private uint _lastEpoch;

    /// <summary>What the records say.</summary>
    public Replay Replay { get; } = new(cacheBytes);

    /// <summary>Where the entries are.</summary>
    public EntryPositions Positions { get; } = new();

    /// <summary>The segments, oldest first.</summary>
    public IReadOnlyList<SegmentContent> Segments => _segments;

    /// <summary>The number of the group that comes next; 0 before the first segment.</summary>
    public long NextGroup { get; private set; }

    /// <summary>The highest epoch of any sector.</summary>
    public uint HighestEpoch { get; private set; }

    /// <summary>The last group, as its file holds it; null: the log is empty.</summary>
    public GroupContent? LastGroup { get; private set; }

    /// <summary>What crashes left in the segments. Call it after the last segment.</summary>
    public IReadOnlyList<StorageRemains> Remains()
    {
        if (_unfinished is [var first, ..])
        {
            _remains.Add(new StorageRemains(
                StorageRemainsKind.UnfinishedWrite,
                _segments[first.Segment].Name,
                first.Offset,
                $"The last write, group {first.Sector.Group}, was not completed: {_unfinished.Count} of {first.Sector.Count} sectors are "
                + "there. It was not acknowledged, and is ignored."));
        }

        return _remains;
    }

    /// <summary>Reads a segment that follows those before.</summary>
    /// <exception cref="StorageRefusedException">It is damaged.</exception>
    public void Read(FileHeader header, byte[] bytes)
    {
        var segment = new SegmentContent(header.Number, header.FileName, bytes.Length, header.PageBytes) { End = header.PageBytes };
        _segments.Add(segment);
        CheckUnused(bytes, FileHeader.Bytes, header.PageBytes, "The page of the header");
        if (NextGroup == 0)
        {
            NextGroup = FirstGroup(segment, bytes);
        }

        var (start, end) = (0, 0);
        while (ReadGroup(segment, bytes) is { } group)
        {
            (start, end) = (segment.End, segment.End + (group.Count * Sector.Bytes));
            segment.End = segment.PageAfter(end);
            foreach (var loose in SectorsIn(bytes, end, segment.End))
            {
                if (loose.Sector.Epoch >= _lastEpoch)
                {
                    throw Damaged(
                        segment.Name, loose.Offset, $"Here is {loose.Sector}, in the page of {group with { Index = group.Count - 1 }}.");
                }

                NoteEarlier(loose);
            }
        }

        if (end > 0)
        {
            LastGroup = new GroupContent(segment, start, bytes[start..end]);
        }

        ReadRest(segment, bytes);
    }

    // What follows the log in a segment: nothing, or what is left of unfinished writes.
    private void ReadRest(SegmentContent segment, byte[] bytes)
    {
        // The next group is in this segment, or in the next one if this had no room for it.
        var mayHoldNextGroup = LastGroup is null ? _segments.Count <= 2 : segment.Number <= LastGroup.Segment.Number + 1;
        segment.Prepared = segment.End;
        foreach (var loose in SectorsIn(bytes, segment.End, bytes.Length))
        {
            segment.Prepared = segment.PageAfter(loose.Offset + Sector.Bytes);
            if (loose.Sector.Epoch < _lastEpoch)
            {
                NoteEarlier(loose);
            }
            else if (mayHoldNextGroup && loose.Sector.Group == NextGroup
                && loose.Offset == segment.End + ((long)loose.Sector.Index * Sector.Bytes)
                && _unfinished.TrueForAll(other => other.Sector.Epoch != loose.Sector.Epoch
                    || (other.Segment, other.Sector.Count) == (loose.Segment, loose.Sector.Count)))
            {
                // An epoch has at most one unfinished write: its last.
                _unfinished.Add(loose);
            }
            else
            {
                throw Damaged(
                    segment.Name, loose.Offset,
                    $"Here is {loose.Sector}, but the log before it ends at byte {segment.End}: group {NextGroup} should be there.");
            }
        }
    }

    // The segments before the first one that is kept were deleted, once the state at its beginning was durable.
    private long FirstGroup(SegmentContent segment, byte[] bytes)
    {
        if (segment.Number == 1)
        {
            Replay.BeginEmpty();
            return 1;
        }

        return Sector.TryRead(bytes.AsSpan(segment.End, Sector.Bytes), out var first) && first.Index == 0
            ? first.Group
            : throw Damaged(segment.Name, segment.End, "The first group of the oldest segment is not there.");
    }

    private Sector? ReadGroup(SegmentContent segment, byte[] bytes)
    {
        var start = segment.End;
        if (start == bytes.Length
            || !Sector.TryRead(bytes.AsSpan(start, Sector.Bytes), out var head)
            || head.Group != NextGroup || head.Index != 0 || head.Epoch < _lastEpoch
            || head.Count > (bytes.Length - start) / Sector.Bytes)
        {
            return null;
        }

        if (Sector.ReadGroup(bytes.AsSpan(start), head, out var data) is not null)
        {
            return null;
        }

        // It is in the log. So what was written before in its place, or at the end of the segment before, had been ignored by then.
        foreach (var loose in _unfinished)
        {
            if (loose.Sector.Epoch >= head.Epoch)
            {
                throw Damaged(
                    _segments[loose.Segment].Name, loose.Offset,
                    $"Here is {loose.Sector}, which is incomplete, although group {NextGroup} follows in {segment.Name}.");
            }

            NoteEarlier(loose);
        }

        _unfinished.Clear();
        Apply(segment, data);
        _lastEpoch = head.Epoch;
        HighestEpoch = Math.Max(HighestEpoch, head.Epoch);
        NextGroup++;
        segment.Groups++;
        return head;
    }

    private void Apply(SegmentContent segment, byte[] data)
    {
        try
        {
            var place = new RecordPlace(segment, segment.End, 0);
            foreach (var record in LogRecord.ReadAll(data))
            {
                Replay.Apply(record, isFirst: segment.Groups == 0 && place.Record == 0);
                Positions.Add(record.Log, record is { IsState: false, Snapshot: not null, KeepsLog: false }, place);
                place = place with { Record = place.Record + 1 };
                if (record.Log is { Entries.Count: > 0 } log)
                {
                    segment.HighestIndex = LogIndex.Max(segment.HighestIndex, log.First + (log.Entries.Count - 1));
                }
            }
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(segment.Name, segment.End, $"Group {NextGroup} cannot be read. {exception.Message}");
        }
    }

    // A sector of an earlier epoch than that of the log around it: an unfinished write that an earlier opening ignored.
    private void NoteEarlier(Loose loose)
    {
        var segment = _segments[loose.Segment];
        if (_remains is not [.., { Kind: StorageRemainsKind.EarlierUnfinishedWrite } last] || last.File != segment.Name)
        {
            _remains.Add(new StorageRemains(
                StorageRemainsKind.EarlierUnfinishedWrite,
                segment.Name,
                loose.Offset,
                $"Here is a part of a write that was not completed: {loose.Sector}. The log continues without it."));
        }
    }

    // The sectors in a range that hold anything.
    private IEnumerable<Loose> SectorsIn(byte[] bytes, int from, int to)
    {
        while (from < to && bytes.AsSpan(from..to).IndexOfAnyExcept((byte)0) is >= 0 and var zeros)
        {
            from += zeros / Sector.Bytes * Sector.Bytes;
            if (!Sector.TryRead(bytes.AsSpan(from, Sector.Bytes), out var sector))
            {
                throw Damaged(_segments[^1].Name, from, "The checksum of this sector is wrong, and it is not empty.");
            }

            HighestEpoch = Math.Max(HighestEpoch, sector.Epoch);
            yield return new Loose(_segments.Count - 1, from, sector);
            from += Sector.Bytes;
        }
    }

    private void CheckUnused(byte[] bytes, int from, int to, string what)
    {
        if (bytes.AsSpan(from..to).IndexOfAnyExcept((byte)0) is >= 0 and var zeros)
        {
            throw Damaged(_segments[^1].Name, from + zeros, $"{what} must hold zeros here.");
        }
    }

    private StorageRefusedException Damaged(string name, long offset, string problem) =>
        StoredLog.Damaged(files, name, offset, problem);

    // A sector that does not belong to the log.
    private readonly record struct Loose(int Segment, int Offset, Sector Sector);
}

/// <summary>What is known of a segment.</summary>
/// <param name="number">Its number.</param>
/// <param name="name">The name of its file.</param>
/// <param name="length">Its length in bytes.</param>
/// <param name="pageBytes">The length of a page.</param>
internal sealed class SegmentContent(long number, string name, int length, int pageBytes)
{
    public long Number => number;

    public string Name => name;

    public int Length => length;

    public int PageBytes => pageBytes;

    /// <summary>The file, open for reading; null: it holds no group, or the storage is closed.</summary>
    public IFile? File { get; set; }

    /// <summary>Where the next group begins.</summary>
    public int End { get; set; }

    /// <summary>The end of what was written, or prepared to be written. Zeros follow.</summary>
    public int Prepared { get; set; }

    /// <summary>The number of groups in it.</summary>
    public long Groups { get; set; }

    /// <summary>The highest index of any entry that was written in it.</summary>
    public LogIndex HighestIndex { get; set; }

    /// <summary>Where the page begins that is the first at or after an offset; the end of the segment, if none is.</summary>
    public int PageAfter(long offset) => (int)Math.Min((offset + pageBytes - 1) / pageBytes * pageBytes, length);
}

/// <summary>A group as it stands in its file.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Bytes">Its sectors.</param>
internal sealed record GroupContent(SegmentContent Segment, int Offset, byte[] Bytes);
