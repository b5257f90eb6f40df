using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// Writes the files of a storage, each step durable before the next begins. One operation at a time. After a failure it must not be used
/// any more: what is on the disk is known only after it was read again.
/// </summary>
internal sealed class LogFiles : IDisposable
{
    private const int _chunkBytes = 1 << 20;

    // Larger groups take so long to write that the disk need not be prepared for them.
    private const int _smallGroupBytes = 8192;
    private readonly IFileSystem _files;
    private readonly FileStorageOptions _options;
    private readonly int _pageBytes;
    private readonly uint _epoch;

    // The segments, oldest first; the log ends in the one at _active.
    private readonly List<SegmentContent> _segments;
    private int _active;
    private long _nextGroup;

    // The bytes of a group. One group is written after the other, and nothing reads them after its write: the next group uses them again,
    // unless they are many. After a write that failed, no group follows.
    private byte[] _group = new byte[_smallGroupBytes];

    // The record that begins a segment, if the next group begins one.
    private byte[] _head = [];

    private LogFiles(IFileSystem files, FileStorageOptions options, StoredLog stored)
    {
        _files = files;
        _options = options;
        _segments = [.. stored.Segments];
        _active = stored.Active;
        _nextGroup = stored.NextGroup;
        _epoch = stored.NextEpoch;
        _pageBytes = stored.PageBytes == 0 ? options.PageBytes : stored.PageBytes;
    }

    /// <summary>Makes the files ready for writing.</summary>
    public static async Task<LogFiles> OpenAsync(IFileSystem files, FileStorageOptions options, StoredLog stored)
    {
        var log = new LogFiles(files, options, stored);
        try
        {
            await log.PrepareAsync(stored);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes the disk ready for a group, which must be appended next: begins a segment if the active one has no room for it. Mostly there
    /// is nothing to do.
    /// </summary>
    /// <param name="before">The state before the group.</param>
    /// <param name="sequence">The number of the last write before it.</param>
    /// <param name="length">The bytes of its records.</param>
    public Task PrepareAsync(LogState before, long sequence, int length)
    {
        var segment = _segments[_active];
        var isFull = segment.Groups > 0 && segment.End + BytesFor(length) > segment.Length;
        return isFull || segment.Groups == 0
            ? BeginSegmentAsync(LogRecord.Of(sequence, before).ToArray(), length, isFull)
            : PrepareAsync(segment, BytesFor(length));
    }

    /// <summary>Appends a group, for which the disk was made ready, and makes it durable.</summary>
    /// <param name="records">The bytes of its records. They must not change until the task completes.</param>
    /// <param name="highestIndex">The highest index of its entries.</param>
    /// <param name="place">The first of its records. It is there once the task completes.</param>
    public Task AppendAsync(ReadOnlyMemory<byte> records, LogIndex highestIndex, out RecordPlace place)
    {
        var segment = _segments[_active];
        var group = Group(_head, records.Span);
        place = new RecordPlace(segment, segment.End, _head.Length > 0 ? 1 : 0);
        _head = [];
        segment.End = segment.PageAfter((long)segment.End + group.Length);
        segment.Groups++;
        segment.HighestIndex = LogIndex.Max(segment.HighestIndex, highestIndex);
        _nextGroup++;
        return segment.File!.WriteAndFlushAsync(place.Offset, group);
    }

    /// <summary>Makes the file of a snapshot durable: it gets its name if it is written already; otherwise it is written.</summary>
    public async Task WriteSnapshotAsync(SnapshotReference reference, SnapshotData data)
    {
        if (data.Content is SnapshotFile file && file.IsTakenAs(_files, reference.Number))
        {
            await file.NameAsync();
            return;
        }

        var header = new FileHeader(
            FileKind.Snapshot, _options.ClusterId, _options.ServerId, reference.Number,
            FileHeader.Bytes + reference.Length, Sector.Bytes, reference.Checksum);
        await MakeAsync(header, data);
    }

    /// <summary>Deletes the segments whose entries a durable snapshot covers, and a snapshot that it replaces.</summary>
    /// <param name="snapshot">The last index of the durable snapshot.</param>
    /// <param name="replaced">The snapshots that are not needed any more.</param>
    public async Task DeleteCoveredAsync(LogIndex snapshot, List<SnapshotReference> replaced)
    {
        foreach (var old in replaced)
        {
            // If a crash brings it back, the next opening deletes it.
            await _files.DeleteAsync(old.FileName);
        }

        while (_active > 0 && _segments[0].HighestIndex <= snapshot)
        {
            // One after the other: a crash must not bring one back without those that follow it.
            Close(_segments[0]);
            await _files.DeleteAsync(_segments[0].Name);
            await _files.FlushNamesAsync();
            _segments.RemoveAt(0);
            _active--;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _segments.ForEach(Close);

    private async Task PrepareAsync(StoredLog stored)
    {
        if (stored.LastGroup is { } last)
        {
            // The process may have ended before the last group was flushed, or because the flush failed; reads return it from memory then.
            // Only writing it again makes the next flush write it.
            using var file = await _files.OpenAsync(last.Segment.Name, FileAccess.ReadWrite);
            await file.WriteAsync(last.Offset, last.Bytes);
            await file.FlushAsync();
        }

        foreach (var name in stored.Obsolete)
        {
            await _files.DeleteAsync(name);
        }

        await _files.FlushNamesAsync();
        while (_segments.Count < 2)
        {
            await AddSegmentAsync(_options.SegmentBytes);
        }

        for (var i = 0; i <= _active; i++)
        {
            _segments[i].File = await _files.OpenAsync(_segments[i].Name, i < _active ? FileAccess.Read : FileAccess.ReadWrite);
        }
    }

    // The segment before it stays open: entries may be read back from it.
    private async Task BeginSegmentAsync(byte[] head, int length, bool isFull)
    {
        _active += isFull ? 1 : 0;
        _head = head;
        length = checked(length + head.Length);
        await FitAsync(length);
        await OpenActiveAsync();
        await PrepareAsync(_segments[_active], BytesFor(length));
    }

    // The active segment holds nothing yet: makes it long enough, and another one ready after it.
    private async Task FitAsync(long length)
    {
        var segment = _segments[_active];
        var needed = (_pageBytes + BytesFor(length) + _pageBytes - 1) / _pageBytes * _pageBytes;
        if (needed > segment.Length)
        {
            if (needed > Array.MaxLength)
            {
                throw new IOException($"A group of {length} bytes does not fit into a segment.");
            }

            // It replaces the file, which must not be open.
            Close(segment);
            _segments[_active] = await MakeSegmentAsync(segment.Number, (int)needed);
        }

        if (_active + 1 == _segments.Count)
        {
            await AddSegmentAsync(_options.SegmentBytes);
        }
    }

    // If small groups are written, the flush of one of them prepares the disk for many.
    private static Task PrepareAsync(SegmentContent segment, long groupBytes)
    {
        var end = segment.PageAfter(segment.End + groupBytes);
        if (end <= segment.Prepared)
        {
            return Task.CompletedTask;
        }

        var length = groupBytes <= _smallGroupBytes ? Math.Min(_chunkBytes, segment.Length - end) : 0;
        segment.Prepared = end + length;
        return length > 0 ? segment.File!.PrepareAsync(end, length) : Task.CompletedTask;
    }

    private async Task OpenActiveAsync() =>
        _segments[_active].File ??= await _files.OpenAsync(_segments[_active].Name, FileAccess.ReadWrite);

    private static void Close(SegmentContent segment)
    {
        segment.File?.Dispose();
        segment.File = null;
    }

    private async Task AddSegmentAsync(int length) =>
        _segments.Add(await MakeSegmentAsync(_segments.Count == 0 ? 1 : _segments[^1].Number + 1, length));

    private async Task<SegmentContent> MakeSegmentAsync(long number, int length)
    {
        var header = new FileHeader(FileKind.Segment, _options.ClusterId, _options.ServerId, number, length, _pageBytes, 0);
        await MakeAsync(header, default);
        return new SegmentContent(number, header.FileName, length, _pageBytes) { End = _pageBytes, Prepared = _pageBytes };
    }

    // A file has its name only once all of it is durable.
    private async Task MakeAsync(FileHeader header, SnapshotData content)
    {
        var unfinished = header.FileName + StoredLog.Unfinished;
        using (var file = await _files.CreateAsync(unfinished, header.FileBytes))
        {
            await file.WriteAsync(0, header.ToArray());
            var checksum = new RunningChecksum();
            for (var written = 0L; written < content.Length; written += _chunkBytes)
            {
                var part = await content.Slice(written, Math.Min(_chunkBytes, content.Length - written)).ReadAllAsync();
                await file.WriteAsync(FileHeader.Bytes + written, part);
                checksum.Add(part.Span);
            }

            if (header.Kind == FileKind.Snapshot && checksum.Value != header.DataChecksum)
            {
                throw new IOException($"The checksum of what was read for {header.FileName} is wrong.");
            }

            await file.FlushAsync();
        }

        await _files.RenameAsync(unfinished, header.FileName);
        await _files.FlushNamesAsync();
    }

    private ReadOnlyMemory<byte> Group(ReadOnlySpan<byte> head, ReadOnlySpan<byte> records)
    {
        var count = (int)Sector.CountFor(checked(head.Length + records.Length));
        var length = count * Sector.Bytes;
        var bytes = length <= _group.Length ? _group : new byte[Math.Max(length, Math.Min(2 * _group.Length, _chunkBytes))];
        if (bytes.Length <= _chunkBytes)
        {
            _group = bytes;
        }

        var group = bytes.AsMemory(0, length);
        Fill(group.Span, head, records);
        return group;
    }

    private void Fill(Span<byte> group, ReadOnlySpan<byte> head, ReadOnlySpan<byte> records)
    {
        group.Clear();
        Lay(head, 0, group);
        Lay(records, head.Length, group);
        var count = group.Length / Sector.Bytes;
        for (var i = 0; i < count; i++)
        {
            new Sector(_epoch, _nextGroup, i, count).WriteTo(group.Slice(i * Sector.Bytes, Sector.Bytes));
        }
    }

    // Copies data into the sectors of a group, from a position among all its data on.
    private static void Lay(ReadOnlySpan<byte> data, int at, Span<byte> group)
    {
        while (data.Length > 0)
        {
            var (sector, offset) = (at / Sector.DataBytes, at % Sector.DataBytes);
            var part = data[..Math.Min(data.Length, Sector.DataBytes - offset)];
            part.CopyTo(group[((sector * Sector.Bytes) + Sector.HeadBytes + offset)..]);
            data = data[part.Length..];
            at += part.Length;
        }
    }

    private static long BytesFor(long dataBytes) => Sector.CountFor(dataBytes) * Sector.Bytes;
}
