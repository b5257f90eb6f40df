using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// A disk with files, on which a <see cref="FileStorage"/> stores the writes of a node. Each change of a file is an operation of the
/// schedule. A crash keeps any subset of what was not flushed, and what can be read after it must be all acknowledged writes and a prefix
/// of the others.
/// </summary>
internal sealed class FileDisk : IServerDisk
{
    // A few groups fill a segment.
    private const int _segmentBytes = 16 * DiskImage.SectorBytes;

    private readonly DiskImage _disk = new();
    private readonly SimulatedDisk<FileOperation> _operations;
    private readonly Scheduler _scheduler;
    private readonly ServerId _id;
    private readonly StorageImage _image;
    private readonly FileStorageOptions _options;

    // The writes that were begun, and are not known to be durable.
    private readonly Queue<RaftWrite> _begun = new();
    private FileStorage? _storage;
    private bool _isOpen;

    // What an earlier incarnation still does has no effect: its operations never end.
    private int _incarnation;

    public FileDisk(Scheduler scheduler, FaultLedger faults, ServerId id, StorageImage image)
    {
        (_scheduler, _id, _image) = (scheduler, id, image);
        _operations = new SimulatedDisk<FileOperation>(scheduler, faults, id.Value, id.ToString(), static _ => { });
        _options = new FileStorageOptions
        {
            ClusterId = Guid.Empty,
            ServerId = id,
            PageBytes = DiskImage.SectorBytes,
            SegmentBytes = _segmentBytes,

            // The first server holds no entry in memory that it can read back, others hold a few.
            LogCacheBytes = (id.Value - 1) * 2 * LogEntry.Overhead,
        };
    }

    /// <inheritdoc/>
    public Action<RaftWrite>? Durable { get; set; }

    /// <inheritdoc/>
    public Action<RaftWrite>? Begun { get; set; }

    /// <inheritdoc/>
    public int InFlight => _begun.Count;

    /// <inheritdoc/>
    public bool IsStalled => _operations.IsStalled;

    /// <inheritdoc/>
    public bool HasFailed => _operations.HasFailed;

    /// <inheritdoc/>
    public async ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        _operations.Open();
        var incarnation = ++_incarnation;
        _storage = new FileStorage(
            new SimulatedFiles(_disk, _id.ToString())
            {
                Gate = operation => incarnation == _incarnation ? PassAsync(operation) : new TaskCompletionSource<FileFault?>().Task,
            },
            _options);
        var state = await _storage.OpenAsync(cancellationToken);
        Recover(state);
        _isOpen = true;
        return CheckedReader.In(state, _image, _scheduler, _id);
    }

    /// <inheritdoc/>
    public async Task WriteAsync(RaftWrite write)
    {
        _scheduler.EnsureControlled();
        if (_storage is not { } storage)
        {
            throw new InvalidOperationException($"Write {write.Sequence} of {_id} comes from a node that does not use this disk any more.");
        }

        if (!HasFailed)
        {
            Begun?.Invoke(write);
            _begun.Enqueue(write);
        }

        await storage.WriteAsync(write);

        // It is durable with all before it, whichever is reported first.
        while (_begun.TryPeek(out var oldest) && oldest.Sequence <= write.Sequence)
        {
            MakeDurable(_begun.Dequeue());
        }
    }

    /// <inheritdoc/>
    public ISnapshotWriter? NewSnapshot()
    {
        _scheduler.EnsureControlled();
        return (_storage ?? throw new InvalidOperationException($"The disk of {_id} is not open.")).NewSnapshot();
    }

    /// <inheritdoc/>
    public async ValueTask CloseAsync()
    {
        if (_storage is { } storage)
        {
            await storage.CloseAsync();
            if (HasFailed)
            {
                // The machine is started again too.
                LosePower();
            }
        }

        (_storage, _isOpen) = (null, false);
    }

    /// <inheritdoc/>
    public void FailNext()
    {
        // A node whose storage cannot be opened does not start, and there is nothing to explore.
        if (_isOpen)
        {
            _operations.FailNext();
        }
    }

    /// <inheritdoc/>
    public void Stall(bool stalled) => _operations.Stall(stalled);

    /// <inheritdoc/>
    public void BeginFairTime() => _operations.BeginFairTime();

    /// <inheritdoc/>
    public int Crash()
    {
        _operations.Crash();
        _incarnation++;
        (_storage, _isOpen) = (null, false);
        return LosePower();
    }

    // Reads what a crash leaves, from a copy, so that what is durable is known at once.
    private int LosePower()
    {
        _disk.Crash(_scheduler.Choices.Number);
        var reading = new FileStorage(new SimulatedFiles(_disk.Clone(), _id.ToString()), _options).OpenAsync().AsTask();
        if (reading.Exception?.GetBaseException() is { } exception)
        {
            _scheduler.Violate(nameof(Persistence), $"After a crash, the files of {_id} are refused: {exception.Message}");
        }
        else if (reading.IsCompletedSuccessfully)
        {
#pragma warning disable CA1849 // It is complete: files without a gate never wait.
            Recover(reading.Result);
#pragma warning restore CA1849
        }

        var lost = _begun.Count;
        _begun.Clear();
        return lost;
    }

    private void Recover(DurableState state)
    {
        while (_image.Read() != state && _begun.TryDequeue(out var next))
        {
            MakeDurable(next);
        }

        if (_image.Read() is var stored && stored != state)
        {
            _scheduler.Violate(
                nameof(Persistence),
                $"The files of {_id} hold {state}, which is not {stored}, what was acknowledged and a prefix of the other writes.");
        }
    }

    private void MakeDurable(RaftWrite write)
    {
        _image.Apply(write);
        Durable?.Invoke(write);
    }

    // What changes nothing takes no time.
    private async Task<FileFault?> PassAsync(FileOperation operation)
    {
        if (operation.Kind is FileOperationKind.Lock or FileOperationKind.List or FileOperationKind.Open or FileOperationKind.Read)
        {
            return null;
        }

        try
        {
            await _operations.WriteAsync(operation);
            return null;
        }
        catch (IOException)
        {
            return new FileFault(_scheduler.Choices.Number);
        }
    }
}
