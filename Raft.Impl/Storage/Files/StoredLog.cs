using System.Globalization;
using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>What the files of a server hold. Reading them changes nothing.</summary>
internal sealed class StoredLog
{
    // A file under this name is not complete yet.
    public const string Unfinished = ".unfinished";

    private readonly IFileSystem _files;
    private readonly long _cacheBytes;
    private readonly SegmentScan _scan;
    private readonly List<string> _obsolete = [];
    private FileHeader? _identity;

    private StoredLog(IFileSystem files, long cacheBytes)
    {
        _files = files;
        _cacheBytes = cacheBytes;
        _scan = new SegmentScan(files, cacheBytes);
        Reader = new EntryReader(files, _scan.Positions);
    }

    /// <summary>The segments, oldest first.</summary>
    public IReadOnlyList<SegmentContent> Segments => _scan.Segments;

    /// <summary>
    /// The place in <see cref="Segments"/> of the one that the log ends in. The others that follow have not been used yet.
    /// </summary>
    public int Active { get; private set; }

    /// <summary>The last group; null: the log is empty.</summary>
    public GroupContent? LastGroup => _scan.LastGroup;

    /// <summary>The number of the group that comes next.</summary>
    public long NextGroup => Math.Max(_scan.NextGroup, 1);

    /// <summary>A higher epoch than any that is stored.</summary>
    public uint NextEpoch => _scan.HighestEpoch + 1;

    /// <summary>The number of the last write.</summary>
    public long Sequence => _scan.Replay.Sequence;

    /// <summary>A higher number than that of any snapshot that is stored.</summary>
    public long NextSnapshot { get; private set; } = 1;

    /// <summary>The state, without the entries.</summary>
    public LogState State => _scan.Replay.State;

    /// <summary>The files that are not needed.</summary>
    public IReadOnlyList<string> Obsolete => _obsolete;

    /// <summary>The file of the snapshot, open; null: no snapshot is stored.</summary>
    public SnapshotFile? SnapshotFile { get; private set; }

    /// <summary>What a node reads. The size of the entries that are not loaded is not known yet.</summary>
    public DurableState Durable { get; private set; } = DurableState.Initial;

    /// <summary>Reads entries back, once the segments are open (<see cref="LogFiles"/>).</summary>
    public EntryReader Reader { get; }

    /// <summary>The terms of all entries after the snapshot.</summary>
    public TermRuns Terms => _scan.Replay.Terms;

    /// <summary>What a user should know of it.</summary>
    public StorageReport Report { get; private set; } = null!;

    /// <summary>The length of a page; 0 if there are no segments.</summary>
    public int PageBytes => Segments is [var first, ..] ? first.PageBytes : 0;

    /// <summary>Reads all files.</summary>
    /// <param name="files">The directory.</param>
    /// <param name="owner">Whose files they must be; null: any server's, of which no entry is loaded.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="StorageRefusedException">They are damaged, or another server's.</exception>
    public static async Task<StoredLog> ReadAsync(IFileSystem files, FileStorageOptions? owner, CancellationToken cancellationToken)
    {
        var stored = new StoredLog(files, owner?.LogCacheBytes ?? 0);
        try
        {
            await stored.ReadAsync(owner, cancellationToken);
            return stored;
        }
        catch
        {
            stored.SnapshotFile?.Dispose();
            throw;
        }
    }

    /// <summary>An exception for a file that is damaged.</summary>
    public static StorageRefusedException Damaged(IFileSystem files, string? name, long? offset, string problem) => new(
        name is null ? files.Location : Path.Combine(files.Location, name),
        offset,
        problem,
        "The files are damaged, and were not changed. Keep this server stopped, and let it return as docs/guides/operating.md describes.");

    private async Task ReadAsync(FileStorageOptions? owner, CancellationToken cancellationToken)
    {
        var names = await _files.ListAsync();
        var segments = Numbers(names, FileKind.Segment);
        var snapshots = Numbers(names, FileKind.Snapshot);
        var unfinished = names.Where(name => name.EndsWith(Unfinished, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        if (segments.Count == 0 && snapshots.Count > 0)
        {
            throw Damaged(_files, null, null, "There are snapshots, but no segment of the log.");
        }

        for (var i = 0; i < segments.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (segments[i] != segments[0] + i)
            {
                throw Damaged(_files, FileHeader.NameOf(FileKind.Segment, segments[0] + i), null, "This segment is missing.");
            }

            var (header, bytes) = await ReadSegmentAsync(segments[i], owner);
            CheckShape(header, bytes.Length);
            _scan.Read(header, bytes);
            Active = _scan.Segments[i].Groups > 0 ? i : Active;
        }

        CheckEnd();
        cancellationToken.ThrowIfCancellationRequested();
        SnapshotFile = await ReadSnapshotAsync(snapshots, owner, cancellationToken);
        Durable = ReadState(SnapshotFile is null ? default : SnapshotData.Of(SnapshotFile));
        List<StorageRemains> remains = [.. _scan.Remains()];
        foreach (var name in unfinished)
        {
            _obsolete.Add(name);
            remains.Add(new StorageRemains(
                StorageRemainsKind.UnfinishedFile, name, null, "This file was not completed. It is deleted when the storage is opened."));
        }

        foreach (var number in snapshots.Where(number => number != State.Snapshot.Number))
        {
            var name = FileHeader.NameOf(FileKind.Snapshot, number);
            _obsolete.Add(name);
            remains.Add(new StorageRemains(
                StorageRemainsKind.UnusedSnapshot, name, null,
                "The log does not refer to this snapshot. It is deleted when the storage is opened."));
        }

        NextSnapshot = Math.Max(State.Snapshot.Number, snapshots is [.., var last] ? last : 0) + 1;
        Report = new StorageReport(
            _identity?.ClusterId, _identity?.Server, State.Term, State.VotedFor,
            State.Snapshot.LastIndex, State.Snapshot.LastTerm, State.LastIndex, Describe(), remains);
    }

    private void CheckShape(FileHeader header, int length)
    {
        var page = header.PageBytes;
        if (!FileStorageOptions.IsPage(page) || length < 2 * page || length % page != 0 || page != (_identity?.PageBytes ?? page))
        {
            throw Damaged(
                _files, header.FileName, 0, $"Its header says that it has {length} bytes in pages of {page} bytes, which cannot be.");
        }
    }

    // The segment after the one that the log ends in always exists: so it shows if the last one is missing.
    private void CheckEnd()
    {
        if (Segments.Count == 0)
        {
            return;
        }

        var used = Segments[Active];
        var unused = Segments.Count - 1 - Active;
        if (used.Groups > 0 && unused == 0)
        {
            throw Damaged(_files, FileHeader.NameOf(FileKind.Segment, used.Number + 1), null, "This segment is missing.");
        }

        if (unused > 2)
        {
            throw Damaged(
                _files, Segments[Active + 1].Name, null,
                $"This segment is empty, but {Segments[^1].Name} was made only after it was in use.");
        }
    }

    private async Task<SnapshotFile?> ReadSnapshotAsync(
        List<long> numbers, FileStorageOptions? owner, CancellationToken cancellationToken)
    {
        var reference = State.Snapshot;
        if (!reference.Exists)
        {
            return null;
        }

        if (!numbers.Contains(reference.Number))
        {
            throw Damaged(_files, reference.FileName, null, $"This snapshot, up to index {reference.LastIndex}, is missing.");
        }

        var file = await _files.OpenAsync(reference.FileName, FileAccess.Read);
        try
        {
            // It is never in memory as a whole.
            CheckLength(file, reference.FileName, long.MaxValue);
            var part = new byte[Math.Min(file.Length, 1 << 20)].AsMemory();
            await file.ReadAsync(0, part);
            var header = CheckHeader(part.Span, file.Length, FileKind.Snapshot, reference.Number, owner);
            if (header.FileBytes != FileHeader.Bytes + reference.Length || header.DataChecksum != reference.Checksum)
            {
                throw Damaged(_files, reference.FileName, 0, "It is not the snapshot that the log refers to.");
            }

            var checksum = new RunningChecksum();
            checksum.Add(part.Span[FileHeader.Bytes..]);
            for (var at = (long)part.Length; at < file.Length; at += part.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                part = part[..(int)Math.Min(part.Length, file.Length - at)];
                await file.ReadAsync(at, part);
                checksum.Add(part.Span);
            }

            return checksum.Value == reference.Checksum
                ? SnapshotFile.Of(_files, file, reference)
                : throw Damaged(_files, reference.FileName, FileHeader.Bytes, "The checksum of the snapshot is wrong.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private DurableState ReadState(SnapshotData data)
    {
        var reference = State.Snapshot;
        string? problem;
        try
        {
            var snapshot = reference.Exists ? new Snapshot(reference.LastIndex, reference.LastTerm, data) : Snapshot.None;
            var (entries, dropped) = (_scan.Replay.Entries, _scan.Replay.Dropped);
            var state = new DurableState(
                State.Term, State.VotedFor, snapshot, entries, new StoredEntries(Reader, _cacheBytes, dropped, size: 0, Terms.Runs));
            problem = state.Contradiction();
            if (problem is null)
            {
                _scan.Positions.ForgetBefore(snapshot.LastIndex.Next);
                return state;
            }
        }
        catch (InvalidDataException exception)
        {
            problem = exception.Message;
        }

        throw Damaged(_files, null, null, $"The log contradicts itself: {problem}.");
    }

    private async Task<(FileHeader Header, byte[] Bytes)> ReadSegmentAsync(long number, FileStorageOptions? owner)
    {
        var name = FileHeader.NameOf(FileKind.Segment, number);
        using var file = await _files.OpenAsync(name, FileAccess.Read);
        CheckLength(file, name, Array.MaxLength);
        var bytes = new byte[file.Length];
        await file.ReadAsync(0, bytes);
        return (CheckHeader(bytes, bytes.Length, FileKind.Segment, number, owner), bytes);
    }

    private void CheckLength(IFile file, string name, long most)
    {
        if (file.Length < FileHeader.Bytes || file.Length > most)
        {
            throw Damaged(_files, name, file.Length, $"It has {file.Length} bytes, which cannot be.");
        }
    }

    private FileHeader CheckHeader(ReadOnlySpan<byte> bytes, long length, FileKind kind, long number, FileStorageOptions? owner)
    {
        var name = FileHeader.NameOf(kind, number);
        var header = FileHeader.Read(bytes[..FileHeader.Bytes], kind, out var problem, out var remedy);
        if (problem is not null && remedy is not null)
        {
            throw new StorageRefusedException(Path.Combine(_files.Location, name), 0, problem, remedy);
        }

        problem ??= header.Number != number ? $"Its header says that it is {header.FileName}."
            : header.FileBytes != length ? $"It has {length} bytes, but its header says {header.FileBytes}."
            : null;
        if (problem is not null)
        {
            throw Damaged(_files, name, 0, problem);
        }

        var (cluster, server) = owner is null
            ? (_identity?.ClusterId ?? header.ClusterId, _identity?.Server ?? header.Server)
            : (owner.ClusterId, owner.ServerId);
        if ((header.ClusterId, header.Server) != (cluster, server))
        {
            throw new StorageRefusedException(
                Path.Combine(_files.Location, name), 0,
                $"It belongs to {header.Server} of cluster {header.ClusterId}, not to {server} of cluster {cluster}.",
                "Give each server a directory of its own, and start it on that one.");
        }

        _identity ??= header;
        return header;
    }

    private List<StoredFile> Describe()
    {
        List<StoredFile> described = [];
        for (var i = 0; i < Segments.Count; i++)
        {
            var segment = Segments[i];
            var use = i > Active ? "ready for use" : i == Active ? "in use" : "full";
            var highest = segment.HighestIndex > LogIndex.Zero ? $", entries up to index {segment.HighestIndex}" : string.Empty;
            var groups = segment.Groups == 1 ? "1 group" : string.Create(CultureInfo.InvariantCulture, $"{segment.Groups:n0} groups");
            described.Add(new StoredFile(
                segment.Name, segment.Length, segment.Groups > 0 ? segment.End : segment.PageBytes, $"{use}: {groups}{highest}"));
        }

        if (State.Snapshot.Exists)
        {
            var length = FileHeader.Bytes + State.Snapshot.Length;
            described.Add(new StoredFile(State.Snapshot.FileName, length, length, Durable.Snapshot.ToString()));
        }

        return described;
    }

    private static List<long> Numbers(IReadOnlyList<string> names, FileKind kind)
    {
        List<long> numbers = [];
        foreach (var name in names)
        {
            if (FileHeader.TryParse(name, kind, out var number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }
}
