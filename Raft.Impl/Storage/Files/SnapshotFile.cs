using Raft.Impl.Binary;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// The file of a snapshot. It is written under a temporary name; its header comes last, and a write of the log then gives it its name. It
/// stays open until it is disposed of, so it can be read after it was deleted. Thread-safe.
/// </summary>
internal sealed class SnapshotFile : ISnapshotWriter
{
    // The rest is flushed when the snapshot is complete. The log must not wait long for that, on the same disk.
    private const long _flushBytes = 16 << 20;
    private readonly object _gate = new();
    private readonly IFileSystem _files;
    private readonly FileStorageOptions _options;
    private readonly Action<SnapshotFile, Exception?> _abandoned;
    private RunningChecksum _checksum = new();
    private IFile? _file;
    private TaskCompletionSource? _writing;
    private TaskCompletionSource? _released;
    private long _length;
    private long _unflushed;
    private uint? _stored;
    private bool _isComplete;
    private bool _isTaken;
    private bool _hasFailed;

    /// <summary>Begins a file.</summary>
    /// <param name="files">The directory.</param>
    /// <param name="options">Whose file it is.</param>
    /// <param name="number">The number of the snapshot.</param>
    /// <param name="abandoned">Called when the file was deleted, because no write refers to it; with the failure if it was not.</param>
    public SnapshotFile(IFileSystem files, FileStorageOptions options, long number, Action<SnapshotFile, Exception?> abandoned) =>
        (_files, _options, Number, _abandoned) = (files, options, number, abandoned);

    /// <summary>The number of the snapshot.</summary>
    public long Number { get; }

    /// <inheritdoc/>
    public long Length => Interlocked.Read(ref _length);

    /// <inheritdoc/>
    public uint Checksum => _stored ?? _checksum.Value;

    private string FileName => FileHeader.NameOf(FileKind.Snapshot, Number);

    private string UnfinishedName => FileName + StoredLog.Unfinished;

    /// <summary>The file of a stored snapshot.</summary>
    /// <param name="files">The directory.</param>
    /// <param name="file">The open file, which it takes over.</param>
    /// <param name="reference">What the log says of it.</param>
    public static SnapshotFile Of(IFileSystem files, IFile file, SnapshotReference reference) =>
        new(files, new FileStorageOptions { ClusterId = default, ServerId = default }, reference.Number, static (_, _) => { })
        {
            _file = file,
            _length = reference.Length,
            _stored = reference.Checksum,
            _isComplete = true,
            _isTaken = true,
        };

    /// <inheritdoc/>
    public async Task ReadAsync(long offset, Memory<byte> buffer)
    {
        IFile? file;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_released is not null, this);
            file = _file;
        }

        if (buffer.Length > 0)
        {
            await (file ?? throw new EndOfStreamException($"{FileName} is empty.")).ReadAsync(FileHeader.Bytes + offset, buffer);
        }
    }

    /// <inheritdoc/>
    public async Task AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        Begin();
        try
        {
            var file = await CreatedAsync();
            await file.WriteAsync(FileHeader.Bytes + _length, bytes);
            _checksum.Add(bytes.Span);
            Interlocked.Add(ref _length, bytes.Length);
            _unflushed += bytes.Length;
            if (_unflushed >= _flushBytes)
            {
                await file.FlushAsync();
                _unflushed = 0;
            }
        }
        catch
        {
            _hasFailed = true;
            throw;
        }
        finally
        {
            End();
        }
    }

    /// <inheritdoc/>
    public async Task CompleteAsync()
    {
        Begin();
        try
        {
            var header = new FileHeader(
                FileKind.Snapshot, _options.ClusterId, _options.ServerId, Number, FileHeader.Bytes + _length, Sector.Bytes, Checksum);
            var file = await CreatedAsync();
            await file.WriteAsync(0, header.ToArray());
            await file.FlushAsync();
            _isComplete = true;
        }
        catch
        {
            _hasFailed = true;
            throw;
        }
        finally
        {
            End();
        }
    }

    /// <summary>Takes the file for a write of the log. It is not deleted any more if it is disposed of.</summary>
    /// <param name="files">The directory of the log.</param>
    /// <returns>False if it is of another directory, not complete, disposed of, or taken already.</returns>
    public bool TryTake(IFileSystem files)
    {
        lock (_gate)
        {
            var takes = _files == files && _isComplete && !_isTaken && !_hasFailed && _released is null;
            _isTaken |= takes;
            return takes;
        }
    }

    /// <summary>Whether it is the file in a directory that a write has taken, under its number.</summary>
    public bool IsTakenAs(IFileSystem files, long number) => _files == files && Number == number && _isTaken;

    /// <summary>Gives the file its name, and makes that durable. The file is complete.</summary>
    public async Task NameAsync()
    {
        await _files.RenameAsync(UnfinishedName, FileName);
        await _files.FlushNamesAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _ = ReleaseAsync();

    /// <summary>Closes the file, once no call writes it any more; and deletes it, if no write has taken it. Never fails.</summary>
    public async Task ReleaseAsync()
    {
        TaskCompletionSource released;
        Task? writing;
        bool isFirst;
        lock (_gate)
        {
            isFirst = _released is null;
            released = _released ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            writing = _writing?.Task;
        }

        if (!isFirst)
        {
            await released.Task;
            return;
        }

        if (writing is not null)
        {
            await writing;
        }

        _file?.Dispose();
        if (!_isTaken)
        {
            _abandoned(this, await DeleteAsync());
        }

        released.SetResult();
    }

    private async Task<Exception?> DeleteAsync()
    {
        try
        {
            if (_file is not null)
            {
                await _files.DeleteAsync(UnfinishedName);
            }

            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    // It becomes longer with each write: how long a snapshot will be is not known before.
    private async Task<IFile> CreatedAsync() => _file ??= await _files.CreateAsync(UnfinishedName, FileHeader.Bytes);

    private void Begin()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_released is not null, this);
            if (_writing is not null || _isComplete || _hasFailed)
            {
                var why = _writing is not null ? "another call is under way" : _isComplete ? "it is complete" : "it has failed";
                throw new InvalidOperationException($"The snapshot {Number} cannot be written: {why}.");
            }

            _writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void End()
    {
        TaskCompletionSource? written;
        lock (_gate)
        {
            (written, _writing) = (_writing, null);
        }

        written?.SetResult();
    }
}
