using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Verification.Parts;

namespace Samples;

/// <summary>Stands for a row of a database. A transaction replaces its columns together.</summary>
public sealed class Row
{
    public byte[] State { get; private set; } = DurableStateCodec.Encode(DurableState.Initial);

    public SnapshotData Snapshot { get; private set; }

    public bool IsUsed { get; set; }

    public bool FailsOnce { get; set; }

    public void Replace(byte[] state, SnapshotData snapshot)
    {
        if (FailsOnce)
        {
            FailsOnce = false;
            throw new IOException("The transaction was rolled back.");
        }

        (State, Snapshot) = (state, snapshot);
    }
}

/// <summary>Keeps the whole state of a server in one row. Each write replaces the row.</summary>
public sealed class RowStorage(Row row) : IRaftStorage
{
    private StorageImage? _image;
    private Exception? _failure;

    public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        if (row.IsUsed)
        {
            throw new InvalidOperationException("Another node uses the row.");
        }

        var state = DurableStateCodec.Decode(row.State, row.Snapshot);
        var snapshot = state.Snapshot.LastIndex > LogIndex.Zero ? state.Snapshot : null;
        _image = new StorageImage();
        _image.Apply(new RaftWrite(0, state.Term, state.VotedFor, snapshot, new LogSuffix(state.Snapshot.LastIndex.Next, state.Entries)));
        row.IsUsed = true;
        return ValueTask.FromResult(state);
    }

    // The contract: a write that fails takes all that follow with it.
    public Task WriteAsync(RaftWrite write)
    {
        if (_image is null)
        {
            throw new InvalidOperationException("The storage is not open.");
        }

        if (_failure is not null)
        {
            return Task.FromException(new IOException("An earlier write has failed.", _failure));
        }

        try
        {
            _image.Apply(write);
            var state = _image.Read();
            row.Replace(DurableStateCodec.Encode(state), state.Snapshot.Data);
            return Task.CompletedTask;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            _failure = exception;
            return Task.FromException(exception);
        }
    }

    public ValueTask CloseAsync()
    {
        row.IsUsed &= _image is null;
        _image = null;
        return ValueTask.CompletedTask;
    }
}

public sealed class OwnStorageTests
{
    public static TheoryData<string> Names => [.. StorageKit.Names];

    // What does not apply: the row is never slow, and entries and snapshots are in memory.
    private static readonly string[] _leftOut =
    [
        "closing waits for the writes in flight",
        "entries that are not in memory are read back as they were written",
        "entries are read back while writes are in flight",
        "a snapshot that is written in parts can be read, and is read by the next opening",
        "a snapshot that was begun is not stored unless a write refers to it",
        "a snapshot that was replaced can be read until it is disposed of",
        "a crash while a snapshot is written leaves the one before",
        "a snapshot that cannot be written fails, and leaves the one before",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task RowStorage_passes(string check)
    {
        if (_leftOut.Contains(check))
        {
            await Assert.ThrowsAsync<StorageKitLeftOutException>(() => StorageKit.RunAsync(check, new Subject()));
        }
        else
        {
            await StorageKit.RunAsync(check, new Subject());
        }
    }

    // What the kit needs to know: how a new process opens the storage, how a machine crashes, how a disk fails.
    private sealed class Subject : IStorageUnderTest
    {
        private readonly Row _row = new();

        public IRaftStorage Create() => new RowStorage(_row);

        // What the process has in memory is lost. The database stays, with what it has committed.
        public Task<bool> CrashAsync(IRaftStorage storage)
        {
            _row.IsUsed = false;
            return Task.FromResult(true);
        }

        public bool FailNextWrite() => _row.FailsOnce = true;

        public IDisposable? HoldWrites() => null;
    }
}
