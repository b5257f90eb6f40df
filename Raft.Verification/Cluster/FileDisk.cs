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

    // How many other bits are flipped in copies, when one is flipped.
    private const int _tries = 8;

    private readonly DiskImage _disk = new();
    private readonly SimulatedDisk<FileOperation> _operations;

    // The reads of snapshots take time too. They do not wait for writes, and a crash loses nothing with them.
    private readonly SimulatedDisk<FileOperation> _reads;
    private readonly FaultLedger _faults;
    private readonly Scheduler _scheduler;
    private readonly ServerId _id;
    private StorageImage _image;
    private readonly FileStorageOptions _options;

    // The writes that were begun, and are not known to be durable.
    private readonly Queue<RaftWrite> _begun = new();
    private FileStorage? _storage;
    private bool _isOpen;
    private bool _hadNoRoom;
    private bool _misreads;

    // Reads entries back for the node. The step of the schedule in which it could misread one last, and how many reads of it, the one with
    // a wrong bit included, are left.
    private CheckedReader? _reader;
    private long _readInStep = -1;
    private int _readsLeft;

    // What an earlier incarnation still does has no effect: its operations never end. Under Coyote, a server may crash in the middle of
    // code that does not wait, and the code continues afterwards.
    private int _incarnation;

    public FileDisk(Scheduler scheduler, FaultLedger faults, ServerId id, StorageImage image)
    {
        (_scheduler, _faults, _id, _image) = (scheduler, faults, id, image);
        _operations = new SimulatedDisk<FileOperation>(scheduler, faults, id.Value, id.ToString(), static _ => { });
        _reads = new SimulatedDisk<FileOperation>(scheduler, faults, id.Value, id.ToString(), static _ => { })
        {
            Completes = "a read ends",
        };
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
    public bool HasFailed => _operations.HasFailed || _hadNoRoom || HasRefusedEntry;

    /// <summary>Whether it has no room for new files.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Whether its files are damaged, so that no node may start on them.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Whether it has refused an opening because its files are damaged.</summary>
    public bool HasRefused { get; private set; }

    /// <summary>Called when a read returns a wrong bit while the files are open, with what was read.</summary>
    public Action<string>? Misread { get; set; }

    /// <summary>
    /// Whether the storage has refused to read an entry back since the last opening, because of a wrong bit. Then the node must stop.
    /// </summary>
    public bool HasRefusedEntry => _reader is { HasRefused: true };

    /// <summary>
    /// Gives a reader of entries in place of that of the storage, to test what is found. Null: the storage reads them.
    /// </summary>
    public Func<ILogReader, ILogReader>? ReadsThrough { get; set; }

    /// <summary>Whether a read has returned a wrong bit since the last opening began. Then the node, or its service, may fail.</summary>
    public bool HasMisread { get; private set; }

    /// <summary>Whether the last opening may be refused: the files are damaged, or it has read a wrong bit.</summary>
    public bool MayBeRefused => IsDamaged || HasMisread || HasRefusedEntry;

    /// <inheritdoc/>
    public async ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        _operations.Open();
        (_hadNoRoom, HasMisread, _isOpen) = (false, false, false);
        (_reader, _readsLeft) = (null, 0);
        HasRefused = IsDamaged;
        var incarnation = ++_incarnation;
        _storage = new FileStorage(
            new SimulatedFiles(_disk, _id.ToString())
            {
                Gate = operation => incarnation == _incarnation ? PassAsync(operation) : new TaskCompletionSource<FileFault?>().Task,
                ReadGate = _ => incarnation == _incarnation ? ReadBack() : null,
            },
            _options);
        var state = await _storage.OpenAsync(cancellationToken);
        if (incarnation != _incarnation)
        {
            return state;
        }

        _misreads = false;
        Recover(state);

        // What is not there by now was not written.
        _begun.Clear();
        if (IsDamaged)
        {
            _scheduler.Violate(nameof(Persistence), $"The files of {_id} are damaged, but they are served: {state}.");
        }

        _isOpen = true;
        _reader = state.Stored is { Reader: var reader }
            ? new CheckedReader(ReadsThrough?.Invoke(reader) ?? reader, _image, _scheduler, _id)
            : null;
        return _reader?.In(state) ?? state;
    }

    /// <inheritdoc/>
    public async Task WriteAsync(RaftWrite write)
    {
        _scheduler.EnsureControlled();
        if (_storage is not { } storage)
        {
            throw new InvalidOperationException($"Write {write.Sequence} of {_id} comes from a node that does not use this disk any more.");
        }

        // Even if an operation has failed: the storage may not know yet, and the sectors of a write that fails may be written.
        Begun?.Invoke(write);
        _begun.Enqueue(write);
        await storage.WriteAsync(write);
        if (storage != _storage)
        {
            return;
        }

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
            ReadAllBack();
            await storage.CloseAsync();
            if (storage != _storage)
            {
                return;
            }

            if (_operations.HasFailed && _scheduler.Choices.Number(2) == 0)
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
    public void Stall(bool stalled)
    {
        _operations.Stall(stalled);
        _reads.Stall(stalled);
    }

    /// <inheritdoc/>
    public void BeginFairTime()
    {
        _misreads = false;
        _operations.BeginFairTime();
        _reads.BeginFairTime();
    }

    /// <summary>Leaves no room for new files, or makes room. A disk that is not in use stays as it is: a new one needs room.</summary>
    public void Fill(bool isFull) => IsFull = isFull && (_isOpen || IsFull);

    /// <summary>Flips a bit of its files: on the disk, or only in what the next opening reads.</summary>
    public void Damage()
    {
        var number = _scheduler.Choices.Number;
        if (Filled(_disk).Length == 0 || number(3) == 0)
        {
            _misreads = true;
            return;
        }

        var before = Reading();
        for (var tries = 0; tries < _tries; tries++)
        {
            var copy = _disk.Clone();
            Flip(copy);
            var flipped = ReadingOf(copy);
            if (flipped.Exception?.GetBaseException() is not StorageRefusedException
                && !(flipped.IsCompletedSuccessfully && before.IsCompletedSuccessfully && IsSame(flipped, before)))
            {
                _scheduler.Violate(
                    nameof(Persistence), $"A bit of the files of {_id} was flipped, and they are neither refused nor read as they were.");
            }
        }

        Flip(_disk);
        var reading = Reading();
        if (reading.Exception?.GetBaseException() is StorageRefusedException)
        {
            IsDamaged = true;
        }
        else
        {
            // The bit is in a file that is not used: nothing that is stored may have changed.
            Reread("After a bit of a file that is not used was flipped");
        }
    }

#pragma warning disable CA1849 // They are complete: files without a gate never wait.
    private static bool IsSame(Task<DurableState> one, Task<DurableState> other) => one.Result == other.Result;
#pragma warning restore CA1849

    private static DiskFile[] Filled(DiskImage disk) => [.. disk.Names.Select(disk.Open).Where(file => file.Length > 0)];

    // Mostly in a sector that holds something.
    private void Flip(DiskImage disk)
    {
        var number = _scheduler.Choices.Number;
        var files = Filled(disk);
        var file = files[number(files.Length)];
        int[] used =
        [
            .. Enumerable.Range(0, file.Length / DiskImage.SectorBytes).Where(sector =>
                file.Content.Slice(sector * DiskImage.SectorBytes, DiskImage.SectorBytes).ContainsAnyExcept((byte)0)),
        ];
        file.FlipBit(used.Length > 0 && number(4) > 0
            ? ((long)used[number(used.Length)] * DiskImage.SectorBytes * 8) + number(DiskImage.SectorBytes * 8)
            : number(file.Length * 8));
    }

    /// <summary>
    /// Gives the files up and makes new ones, with which the server may return in a term, as docs/guides/operating.md describes.
    /// </summary>
    /// <returns>What they hold.</returns>
    public StorageImage Return(Term term)
    {
        var files = new SimulatedFiles(_disk, _id.ToString());
        Completed(FileStorage.GiveUpAsync(files, _options));
        if (Reading().Exception?.GetBaseException() is not StorageRefusedException { Problem: var problem }
            || !problem.Contains("given up", StringComparison.Ordinal))
        {
            _scheduler.Violate(nameof(Persistence), $"The files of {_id} are given up, but they can be opened.");
        }

        Completed(FileStorage.ReturnAsync(files, _options, term));
        (IsDamaged, HasRefused) = (false, false);
        _image = new StorageImage();
        if (Reading() is { IsCompletedSuccessfully: true } reading)
        {
#pragma warning disable CA1849 // It is complete: files without a gate never wait.
            _image.Apply(new RaftWrite(1, reading.Result.Term < term ? term : reading.Result.Term, _id, null, null));
#pragma warning restore CA1849
        }

        Reread("After its files were given up");
        return _image;
    }

    // Files without a gate never wait.
    private static void Completed(Task task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("The files were not given up.", task.Exception);
        }
    }

    private Task<DurableState> Reading() => ReadingOf(_disk.Clone());

    private Task<DurableState> ReadingOf(DiskImage disk) =>
        new FileStorage(new SimulatedFiles(disk, _id.ToString()), _options).OpenAsync().AsTask();

    /// <inheritdoc/>
    public int Crash()
    {
        ReadAllBack();
        _operations.Crash();
        _reads.Crash();
        _incarnation++;
        (_storage, _isOpen) = (null, false);
        return LosePower();
    }

    // Reads what a crash leaves, from a copy, so that what is durable is known at once.
    private int LosePower()
    {
        _disk.Crash(_scheduler.Choices.Number);
        return Reread("After a crash");
    }

    private int Reread(string when)
    {
        var reading = Reading();
        if (reading.Exception?.GetBaseException() is { } exception)
        {
            _scheduler.Violate(nameof(Persistence), $"{when}, the files of {_id} are refused: {exception.Message}");
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

    // One file of an opening is misread.
    private bool Misreads()
    {
        if (!_misreads || _scheduler.Choices.Number(2) == 0)
        {
            return false;
        }

        (_misreads, HasMisread) = (false, true);
        return true;
    }

    // A segment is made with its full length. A snapshot becomes longer with each write.
    private static bool NeedsRoom(FileOperation operation) =>
        operation.Kind == FileOperationKind.Create
        || (operation.Kind == FileOperationKind.Write && operation.File.StartsWith("snapshot-", StringComparison.Ordinal));

    private void MakeDurable(RaftWrite write)
    {
        _image.Apply(write);
        Durable?.Invoke(write);
    }

    // What changes nothing takes no time, except for the reads of snapshots once the files are open.
    private async Task<FileFault?> PassAsync(FileOperation operation)
    {
        if (operation.Kind == FileOperationKind.Read)
        {
            var misreads = _isOpen ? await ReadAsync(operation) : Misreads();
            return misreads ? new FileFault(_scheduler.Choices.Number, FlipsBit: true) : null;
        }

        if (operation.Kind is FileOperationKind.Lock or FileOperationKind.List or FileOperationKind.Open)
        {
            return null;
        }

        try
        {
            await _operations.WriteAsync(operation);
            if (IsFull && NeedsRoom(operation))
            {
                _hadNoRoom = true;
                return new FileFault(_scheduler.Choices.Number, IsFull: true);
            }

            return null;
        }
        catch (IOException)
        {
            return new FileFault(_scheduler.Choices.Number);
        }
    }

    // Whether it returns a wrong bit.
    private async Task<bool> ReadAsync(FileOperation operation)
    {
        // A service reads a snapshot as a stream.
        if (_scheduler.ControlsStreams)
        {
            await _reads.WriteAsync(operation);
        }

        if (!_faults.Strikes(FaultKind.Damage))
        {
            return false;
        }

        HasMisread = true;
        Misread?.Invoke("a snapshot");
        return true;
    }

    // The node reads a part of a file to get an entry back. It may return a wrong bit, under Coyote too: it takes no time, no other code
    // runs meanwhile, and whether a monitor reads is known for each thread. A step offers this once, because a replay only knows which
    // faults struck in a step. A group of entries takes two reads, of its first sector and of all of it: mostly the second is wrong.
    private FileFault? ReadBack()
    {
        if (!_isOpen || _reader is null)
        {
            return null;
        }

        if (_readsLeft == 0 && _readInStep != _scheduler.Steps)
        {
            _readInStep = _scheduler.Steps;
            _readsLeft = _faults.Strikes(FaultKind.Damage) ? 2 - (_scheduler.Choices.Number(4) / 3) : 0;
        }

        if (_readsLeft == 0 || --_readsLeft > 0)
        {
            return null;
        }

        _reader.IsMisread = true;
        Misread?.Invoke("an entry");
        return new FileFault(_scheduler.Choices.Number, FlipsBit: true);
    }

    // When the node is done with the files: monitors see the entries of the image, so the files must hold each of them. What a write in
    // flight replaces may be in the files as it was, or as it will be. Under Coyote the node may be in the middle of a read.
    private void ReadAllBack()
    {
        if (!_isOpen || _reader is null || HasFailed || !_scheduler.ControlsStreams || _begun.Any(write => write.Snapshot is not null))
        {
            return;
        }

        var end = _image.Log.LastIndex.Next;
        foreach (var write in _begun)
        {
            end = write.Log is { } log ? LogIndex.Min(end, log.First) : end;
        }

        _reader.Check(end);
    }
}
