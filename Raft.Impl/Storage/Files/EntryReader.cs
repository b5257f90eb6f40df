using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// Reads durable entries back from the segments. The group that was read last is kept, because its entries are read one part after the
/// other. Thread-safe: the node reads while the storage writes.
/// </summary>
internal sealed class EntryReader(IFileSystem files, EntryPositions positions) : ILogReader
{
    private readonly object _gate = new();
    private Group? _last;

    /// <summary>A write is durable: its entries can be read from now on.</summary>
    /// <param name="log">The new end of the log; null: no change.</param>
    /// <param name="replacesLog">Whether a snapshot replaced the log that was there.</param>
    /// <param name="place">The record of the write.</param>
    public void Add(LogSuffix? log, bool replacesLog, RecordPlace place)
    {
        lock (_gate)
        {
            positions.Add(log, replacesLog, place);
        }
    }

    /// <summary>The entries before an index are not read any more: their segments may be deleted.</summary>
    public void ForgetBefore(LogIndex index)
    {
        lock (_gate)
        {
            positions.ForgetBefore(index);
            _last = null;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="StorageRefusedException">The entries are damaged.</exception>
    public EntryList Read(LogIndex first, int limit, long bytes)
    {
        lock (_gate)
        {
            var entries = new List<LogEntry>(Math.Min(limit, 1024));
            while (entries.Count < limit && bytes > 0 && positions.Find(first + entries.Count) is var (position, end))
            {
                bytes -= ReadPart(position, end, first, entries, limit, bytes);
            }

            return entries.Count > 0
                ? EntryList.Owning(entries.ToArray())
                : throw StoredLog.Damaged(files, null, null, $"No segment holds the entry at index {first}, which was durable.");
        }
    }

    /// <summary>The bytes that entries count toward limits: those from an index on, and before another.</summary>
    public long SizeOf(LogIndex first, LogIndex end)
    {
        var size = 0L;
        while (first < end)
        {
            (EntryPosition Position, LogIndex End)? found;
            lock (_gate)
            {
                found = positions.Find(first);
            }

            if (found is ({ Size: { } known } position, var next) && position.First == first && next <= end)
            {
                size += known;
                first = next;
            }
            else
            {
                var entries = Read(first, (int)Math.Min(end - first, 1024), 1 << 20);
                size += entries.Size;
                first += entries.Count;
            }
        }

        return size;
    }

    // Adds the entries of one position, as many as both limits allow, but at least one. Returns their bytes.
    private long ReadPart(EntryPosition position, LogIndex end, LogIndex first, List<LogEntry> entries, int limit, long bytes)
    {
        var (segment, offset, record) = position.Place;
        var (size, next) = (0L, position.First);
        while (true)
        {
            var group = ReadGroup(segment, offset);
            for (; record < group.Logs.Length; record++)
            {
                if (group.Logs[record] is not { } log)
                {
                    continue;
                }

                if (log.First != next)
                {
                    throw StoredLog.Damaged(
                        files, segment.Name, offset, $"Here are entries from index {log.First} on, but those from {next} on were written.");
                }

                for (var i = (int)Math.Clamp(first + entries.Count - log.First, 0, log.Entries.Count); i < log.Entries.Count; i++)
                {
                    var entry = log.Entries[i];
                    size += entry.Size;
                    if (log.First + i == end || entries.Count == limit || (size > bytes && entries.Count > 0))
                    {
                        // What does not fit ends the reading.
                        return log.First + i == end ? size - entry.Size : bytes;
                    }

                    entries.Add(entry);
                }

                next = log.First + log.Entries.Count;
                if (next == end || entries.Count == limit)
                {
                    return size;
                }
            }

            (offset, record) = (segment.PageAfter(group.End), 0);
        }
    }

    private Group ReadGroup(SegmentContent segment, int offset)
    {
        if (_last is { } last && last.Segment == segment && last.Offset == offset)
        {
            return last;
        }

        var file = segment.File ?? throw new IOException($"{segment.Name} is closed.");
        var first = new byte[Sector.Bytes];
        file.Read(offset, first);
        if (!Sector.TryRead(first, out var head) || head.Index != 0 || head.Count > (segment.Length - offset) / Sector.Bytes)
        {
            throw Damaged(segment, offset);
        }

        var bytes = new byte[head.Count * Sector.Bytes];
        file.Read(offset, bytes);
        if (Sector.ReadGroup(bytes, head, out var data) is { } wrong)
        {
            throw Damaged(segment, offset + (wrong * Sector.Bytes));
        }

        try
        {
            return _last = new Group(segment, offset, offset + bytes.Length, [.. LogRecord.ReadAll(data).Select(record => record.Log)]);
        }
        catch (InvalidDataException exception)
        {
            throw StoredLog.Damaged(files, segment.Name, offset, $"This group cannot be read. {exception.Message}");
        }
    }

    private StorageRefusedException Damaged(SegmentContent segment, int offset) =>
        StoredLog.Damaged(files, segment.Name, offset, "This sector was durable, but is not as it was written.");

    private sealed record Group(SegmentContent Segment, int Offset, int End, LogSuffix?[] Logs);
}
