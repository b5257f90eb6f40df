using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// Storage in the files of a directory: a log in segments, and snapshots in files of their own. The writes that wait while the disk is busy
/// become durable together, with one flush. docs/reference/storage-format.md describes the files byte by byte. It outlives the nodes that
/// use it one after the other. Thread-safe.
/// </summary>
/// <remarks>
/// A crash leaves at most an unfinished write at the end of the log, which the next opening ignores and reports (<see cref="Report"/>).
/// Files that are damaged anywhere are refused with a <see cref="StorageRefusedException"/>. A write that fails is never tried again: it
/// and all that follow fail until the storage is closed and opened again, which finds out what is durable.
/// </remarks>
public sealed partial class FileStorage : IRaftStorage
{
    /// <summary>The name of the lock that a storage holds while it is open.</summary>
    public const string LockName = "lock";

    /// <summary>The name of the file that marks a directory as given up (<see cref="GiveUpAsync"/>).</summary>
    public const string LostName = "lost";

    private const int _mostPooled = 2;
    private readonly object _gate = new();
    private readonly IFileSystem _files;
    private readonly FileStorageOptions _options;
    private readonly ILogger _logger;

    // The groups that wait for the disk, oldest first. A write joins the last one.
    private readonly List<WriteGroup> _waiting = [];
    private readonly Stack<WriteGroup> _pool = new();

    // Encodes the writes, under the gate.
    private readonly ByteWriter _writer = new();
    private TermRuns _terms = new();
    private EntryReader? _reader;

    // The snapshots that were begun, and that no write refers to.
    private readonly List<SnapshotFile> _begun = [];
    private IDisposable? _lock;
    private LogFiles? _log;
    private LogState _state;
    private long _sequence;
    private long _nextSnapshot;
    private bool _isOpen;
    private bool _isClosing;
    private bool _isWriting;
    private Exception? _failure;
    private TaskCompletionSource? _drained;

    /// <summary>Makes a storage.</summary>
    /// <param name="files">The directory: <see cref="DirectoryFiles"/>, except in tests.</param>
    /// <param name="options">Whose files they are, and their sizes.</param>
    /// <param name="logger">Gets what a crash left behind, when the storage is opened.</param>
    /// <exception cref="ArgumentNullException">The directory or the options are null.</exception>
    /// <exception cref="ArgumentException">A size is out of its range.</exception>
    public FileStorage(IFileSystem files, FileStorageOptions options, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_files, _options, _logger) = (files, options, logger ?? NullLogger.Instance);
    }

    /// <summary>What the files held at the last opening; null before it.</summary>
    public StorageReport? Report { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="StorageRefusedException">
    /// The files are damaged, or are those of another server or another version, or were given up. Nothing was changed.
    /// </exception>
    /// <exception cref="IOException">The disk failed, or has no room for the first files.</exception>
    public async ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_isOpen)
            {
                throw new InvalidOperationException("Another node uses this storage; dispose of that node first.");
            }

            (_isOpen, _isClosing, _failure) = (true, false, null);
        }

        IDisposable? held = null;
        LogFiles? log = null;
        StoredLog? stored = null;
        try
        {
            held = await LockAsync(_files);
            await LostFiles.RefuseAsync(_files);
            stored = await StoredLog.ReadAsync(_files, _options, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            log = await LogFiles.OpenAsync(_files, _options, stored);
            var durable = WithSize(stored.Durable, stored.Reader);
            foreach (var remains in stored.Report.Remains)
            {
                LogRemains(_logger, remains.File, remains.Offset ?? 0, remains.Explanation);
            }

            lock (_gate)
            {
                (_lock, _log, _state) = (held, log, stored.State);
                (_sequence, _nextSnapshot, Report) = (stored.Sequence, stored.NextSnapshot, stored.Report);
                (_terms, _reader) = (stored.Terms, stored.Reader);
            }

            return durable;
        }
        catch
        {
            log?.Dispose();
            stored?.SnapshotFile?.Dispose();
            held?.Dispose();
            lock (_gate)
            {
                _isOpen = false;
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public ISnapshotWriter NewSnapshot()
    {
        lock (_gate)
        {
            if (_log is null || _isClosing)
            {
                throw new InvalidOperationException("A snapshot cannot be begun: the storage is not open.");
            }

            var begun = new SnapshotFile(_files, _options, _nextSnapshot++, OnAbandoned);
            _begun.Add(begun);
            return begun;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The write is null.</exception>
    /// <exception cref="ArgumentException">
    /// The write holds a negative term or index, a command of term 0, or a snapshot of which a part is missing.
    /// </exception>
    /// <exception cref="InvalidOperationException">The storage is not open.</exception>
    public Task WriteAsync(RaftWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Task durable;
        LogFiles log;
        lock (_gate)
        {
            if (_log is null || _isClosing)
            {
                throw new InvalidOperationException($"Write {write.Sequence} comes from a node that does not use this storage any more.");
            }

            if (_failure is not null)
            {
                return Task.FromException(Follows(write.Sequence, _failure));
            }

            try
            {
                durable = Take(write);
            }
            catch (InvalidDataException exception)
            {
                _failure = exception;
                return Task.FromException(exception);
            }
            catch (Exception exception)
            {
                // Its number may be used already, so no other write can follow.
                _failure = exception;
                throw;
            }

            if (_isWriting)
            {
                return durable;
            }

            _isWriting = true;
            log = _log;
        }

        _ = WriteGroupsAsync(log);
        return durable;
    }

    /// <inheritdoc/>
    public async ValueTask CloseAsync()
    {
        Task? drained = null;
        lock (_gate)
        {
            if (_log is null)
            {
                return;
            }

            _isClosing = true;
            if (_isWriting)
            {
                _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                drained = _drained.Task;
            }
        }

        if (drained is not null)
        {
            await drained;
        }

        SnapshotFile[] begun;
        lock (_gate)
        {
            begun = [.. _begun];
        }

        foreach (var snapshot in begun)
        {
            await snapshot.ReleaseAsync();
        }

        lock (_gate)
        {
            _log?.Dispose();
            _lock?.Dispose();
            (_log, _lock, _isOpen) = (null, null, false);
        }
    }

    /// <summary>
    /// Gives up the files of a server that has lost entries or votes: marks the directory, so that no storage opens it until <see
    /// cref="ReturnAsync"/>. A server that lost without knowing could vote twice in a term, or elect a leader without an entry that it
    /// had confirmed. docs/guides/operating.md describes how it returns. Files that are there stay as they are.
    /// </summary>
    /// <param name="files">The directory. It may be empty.</param>
    /// <param name="options">Whose files they are.</param>
    /// <exception cref="ArgumentNullException">The directory or the options are null.</exception>
    /// <exception cref="InvalidOperationException">A node uses the directory.</exception>
    /// <exception cref="StorageRefusedException">A file names another server or cluster. Nothing was changed.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static Task GiveUpAsync(IFileSystem files, FileStorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        return LostFiles.GiveUpAsync(files, options);
    }

    /// <summary>
    /// Makes new files for a server whose files were given up: an empty log, in a term in which the server has used its vote. That is the
    /// given term, or the one after the last that could be read in the old files, if that is later. It deletes the old files. A crash in
    /// the middle leaves the directory given up.
    /// </summary>
    /// <param name="files">The directory.</param>
    /// <param name="options">Whose files they are.</param>
    /// <param name="term">
    /// The term of a leader that was elected after the server had stopped for the last time, and has committed an entry of that term.
    /// All other servers must be in that term.
    /// </param>
    /// <param name="cancellationToken">Cancels it. Then the directory is still given up.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ArgumentNullException">The directory or the options are null.</exception>
    /// <exception cref="ArgumentException">There is no such term, or a size in the options is out of its range.</exception>
    /// <exception cref="InvalidOperationException">A node uses the directory, or it was not given up.</exception>
    /// <exception cref="StorageRefusedException">The marker is damaged, or another server's.</exception>
    /// <exception cref="IOException">The disk failed, or has no room for the first files.</exception>
    public static Task ReturnAsync(IFileSystem files, FileStorageOptions options, Term term, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (term == Term.Zero || Soundness.ContradictionIn(term) is not null)
        {
            throw new ArgumentException($"No server leads term {term}.", nameof(term));
        }

        return LostFiles.ReturnAsync(files, options, term, cancellationToken);
    }

    /// <summary>The name of its tasks in reports.</summary>
    public override string ToString() => $"the storage in {_files.Location}";

    /// <summary>Takes the lock of a directory.</summary>
    /// <exception cref="InvalidOperationException">Another node uses it.</exception>
    internal static async Task<IDisposable> LockAsync(IFileSystem files) =>
        await files.TryLockAsync(LockName)
        ?? throw new InvalidOperationException($"Another node uses the directory {files.Location}; stop that node first.");

    private static DurableState WithSize(DurableState durable, EntryReader reader)
    {
        var stored = durable.Stored!;
        var first = durable.Snapshot.LastIndex.Next;
        var size = reader.SizeOf(first, first + stored.Count);
        return durable with { Stored = new StoredEntries(reader, stored.CacheBytes, stored.Count, size, stored.Terms) };
    }

    // Numbers a write, applies it to what later writes must fit, and adds it to a group.
    private Task Take(RaftWrite write)
    {
        var before = _state;
        var keepsLog = write.Snapshot is { } newer && TermAt(newer.LastIndex) == newer.LastTerm;
        WriteRules.Check(write, before.Snapshot.LastIndex, before.Snapshot.LastTerm, before.LastIndex, keepsLog);
        var (reference, last) = (before.Snapshot, before.LastIndex);
        if (write.Snapshot is { } snapshot)
        {
            reference = ReferenceTo(snapshot);
            last = keepsLog ? last : snapshot.LastIndex;
            if (keepsLog)
            {
                _terms.ForgetBefore(snapshot.LastIndex);
            }
            else
            {
                _terms.Clear();
            }
        }

        if (write.Log is { } suffix)
        {
            _terms.Replace(suffix.First, suffix.Entries.Span);
            last = suffix.First + (suffix.Entries.Count - 1);
        }

        _state = new LogState(write.Term, write.VotedFor, reference, last);
        var record = new LogRecord(
            ++_sequence, IsState: false, write.Term, write.VotedFor, write.Snapshot is null ? null : reference, keepsLog, write.Log,
            LastIndex: default);
        var bytes = record.Write(_writer);
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        GroupFor(bytes.Length).Add(
            new PendingWrite(
                write.Sequence, _sequence, before, reference, write.Snapshot?.Data, write.Log,
                ReplacesLog: write.Snapshot is not null && !keepsLog, durable),
            bytes);
        return durable.Task;
    }

    private WriteGroup GroupFor(int bytes)
    {
        if (_waiting is [.., var last] && last.Records.Length + bytes <= _options.MaxGroupBytes)
        {
            return last;
        }

        _waiting.Add(_pool.TryPop(out var pooled) ? pooled : new WriteGroup());
        return _waiting[^1];
    }

    // A snapshot that was written here only gets its name. Any other is copied.
    private SnapshotReference ReferenceTo(Snapshot snapshot)
    {
        var (data, number) = (snapshot.Data, 0L);
        if (data.IsPart)
        {
            throw new ArgumentException($"The {snapshot} is only a part of a stored one.", nameof(snapshot));
        }

        if (data.Content is SnapshotFile file && file.TryTake(_files))
        {
            _begun.Remove(file);
            number = file.Number;
        }

        return new SnapshotReference(
            number > 0 ? number : _nextSnapshot++, snapshot.LastIndex, snapshot.LastTerm, data.Length, data.Checksum);
    }

    // If it could not be deleted, what follows fails, as after any failure of the disk.
    private void OnAbandoned(SnapshotFile snapshot, Exception? failure)
    {
        lock (_gate)
        {
            _begun.Remove(snapshot);
            _failure ??= failure;
        }
    }

    private Term? TermAt(LogIndex index) =>
        index == _state.Snapshot.LastIndex ? _state.Snapshot.LastTerm
        : index > _state.Snapshot.LastIndex && index <= _state.LastIndex ? _terms.TermAt(index)
        : null;

    // The loop that writes: one group after the other, so that at most one is not durable.
    private async Task WriteGroupsAsync(LogFiles log)
    {
        WriteGroup? group = null;
        while ((group = NextGroup(group)) is not null)
        {
            try
            {
                if (group.HasSnapshot)
                {
                    await WriteSnapshotsAsync(log, group);
                }

                await log.PrepareAsync(group.Before, group.Writes[0].Sequence - 1, group.Records.Length);
                await log.AppendAsync(group.Records, group.HighestIndex, out var place);
                NotePlaces(group, place);
            }
            catch (Exception exception)
            {
                Fail(group, exception);
                continue;
            }

            Complete(group);
            if (group.HasSnapshot)
            {
                await DeleteCoveredAsync(log, group);
            }
        }
    }

    // The group before is done: a later one uses its object.
    private WriteGroup? NextGroup(WriteGroup? before)
    {
        before?.Clear();
        TaskCompletionSource? drained;
        lock (_gate)
        {
            // Mostly one group fills while another is written. There are more only while the disk lags behind.
            if (before is not null && _pool.Count < _mostPooled)
            {
                _pool.Push(before);
            }

            if (_waiting is [var next, ..])
            {
                _waiting.RemoveAt(0);
                return next;
            }

            _isWriting = false;
            (drained, _drained) = (_drained, null);
        }

        drained?.SetResult();
        return null;
    }

    private static async Task WriteSnapshotsAsync(LogFiles log, WriteGroup group)
    {
        foreach (var write in group.Writes)
        {
            if (write.SnapshotData is { } data)
            {
                await log.WriteSnapshotAsync(write.Snapshot, data);
            }
        }
    }

    private void NotePlaces(WriteGroup group, RecordPlace first)
    {
        for (var i = 0; i < group.Writes.Count; i++)
        {
            _reader!.Add(group.Writes[i].Log, group.Writes[i].ReplacesLog, first with { Record = first.Record + i });
        }
    }

    private static void Complete(WriteGroup group)
    {
        for (var i = 0; i < group.Writes.Count; i++)
        {
            group.Writes[i].Completion.SetResult();
        }
    }

    // The writes are durable already. If this fails, those that follow fail.
    private async Task DeleteCoveredAsync(LogFiles log, WriteGroup group)
    {
        var replaced = group.Writes
            .Where(write => write.SnapshotData is not null && write.Before.Snapshot.Exists)
            .Select(write => write.Before.Snapshot)
            .ToList();
        try
        {
            var snapshot = group.Writes[^1].Snapshot.LastIndex;
            _reader!.ForgetBefore(snapshot.Next);
            await log.DeleteCoveredAsync(snapshot, replaced);
        }
        catch (Exception exception)
        {
            Fail(null, exception);
        }
    }

    // Fails what was to be written, and all that waits.
    private void Fail(WriteGroup? group, Exception exception)
    {
        WriteGroup[] waiting;
        lock (_gate)
        {
            _failure ??= exception;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        var isFirst = true;
        foreach (var write in waiting.Prepend(group).OfType<WriteGroup>().SelectMany(one => one.Writes))
        {
            write.Completion.SetException(isFirst ? exception : Follows(write.Number, exception));
            isFirst = false;
        }
    }

    private static IOException Follows(long write, Exception failure) =>
        new($"Write {write} follows one that failed: {failure.Message}", failure);

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{File}, byte {Offset}: {Explanation}")]
    private static partial void LogRemains(ILogger logger, string file, long offset, string explanation);
}
