using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using Raft.Verification.Parts;

namespace Raft.Tests.Storage.Files;

/// <summary>The storages of this project pass the kit, and storages with bugs do not.</summary>
public sealed class StorageKitTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-kit").FullName;

    public static TheoryData<string> Names => [.. StorageKit.Names];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // What InMemoryStorage is not asked to do: it has no disk that fails, and holds all entries and snapshots in memory.
    private static readonly string[] _leftOutInMemory =
    [
        "entries that are not in memory are read back as they were written",
        "entries are read back while writes are in flight",
        "a write that fails takes all that follow with it, and the next opening finds a prefix",
        "a write that fails takes those with it that wait behind it, and the next opening finds a prefix",
        "a snapshot that is written in parts can be read, and is read by the next opening",
        "a snapshot that was begun is not stored unless a write refers to it",
        "a snapshot that was replaced can be read until it is disposed of",
        "a crash while a snapshot is written leaves the one before",
        "a snapshot that cannot be written fails, and leaves the one before",
    ];

    // The power cannot be cut in a test.
    private static readonly string[] _leftOutOnFiles =
    [
        "a crash after each durable write loses nothing",
        "a crash with writes in flight leaves a prefix with all acknowledged writes",
        "a crash while a snapshot is written leaves the one before",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public Task InMemoryStorage_passes(string check) =>
        PassesAsync(check, new InMemory(null), [.. _leftOutInMemory, "closing waits for the writes in flight"]);

    [Theory]
    [MemberData(nameof(Names))]
    public Task InMemoryStorage_with_a_latency_passes(string check) => PassesAsync(check, new InMemory(new HeldClock()), _leftOutInMemory);

    [Theory]
    [MemberData(nameof(Names))]
    public Task FileStorage_on_files_passes(string check) => PassesAsync(check, new RealFiles(_directory), _leftOutOnFiles);

    [Theory]
    [MemberData(nameof(Names))]
    public Task FileStorage_on_files_without_a_cache_passes(string check) =>
        PassesAsync(check, new RealFiles(_directory) { CacheBytes = 0 }, _leftOutOnFiles);

    [Theory]
    [MemberData(nameof(Names))]
    public Task FileStorage_on_simulated_files_passes(string check) => PassesAsync(check, new OnImage());

    [Theory]
    [MemberData(nameof(Names))]
    public Task FileStorage_on_simulated_files_without_a_cache_passes(string check) =>
        PassesAsync(check, new OnImage { CacheBytes = 0 });

    [Theory]
    [InlineData("a crash after each durable write loses nothing")]
    [InlineData("a crash with writes in flight leaves a prefix with all acknowledged writes")]
    public Task A_disk_that_does_not_flush_does_not_pass(string check) =>
        Assert.ThrowsAsync<StorageKitException>(() => StorageKit.RunAsync(check, new OnImage { Flushes = false }));

    [Fact]
    public async Task A_storage_that_closes_before_its_writes_are_done_does_not_pass()
    {
        var refused = await Assert.ThrowsAsync<StorageKitException>(() => StorageKit.RunAsync(
            "closing waits for the writes in flight", new OnImage { Change = storage => new Careless(storage) { ClosesAtOnce = true } }));
        Assert.Contains("it closed before a write was done", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storage_that_reads_other_entries_back_does_not_pass()
    {
        var refused = await Assert.ThrowsAsync<StorageKitException>(() => StorageKit.RunAsync(
            "entries that are not in memory are read back as they were written",
            new OnImage { CacheBytes = 0, Change = storage => new Careless(storage) { ReadsOthers = true } }));
        Assert.Contains("it reads", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storage_that_reads_wrongly_only_while_it_writes_does_not_pass()
    {
        Func<IRaftStorage, IRaftStorage> change = storage => new Careless(storage) { ReadsMoreInFlight = true };
        await StorageKit.RunAsync(
            "entries that are not in memory are read back as they were written", new OnImage { CacheBytes = 0, Change = change });
        var refused = await Assert.ThrowsAsync<StorageKitException>(() => StorageKit.RunAsync(
            "entries are read back while writes are in flight", new OnImage { CacheBytes = 0, Change = change }));
        Assert.Contains("it reads", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storage_that_confirms_what_waits_behind_a_failed_write_does_not_pass()
    {
        var refused = await Assert.ThrowsAsync<StorageKitException>(() => StorageKit.RunAsync(
            "a write that fails takes those with it that wait behind it, and the next opening finds a prefix",
            new OnImage { Change = storage => new Careless(storage) { ForgetsFailures = true } }));
        Assert.Contains("succeeds, but one before it has failed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_storage_that_is_bound_to_a_thread_does_not_pass() =>
        Assert.ThrowsAsync<InvalidOperationException>(() => StorageKit.RunAsync(
            "writes from several threads take effect in the order of the calls",
            new OnImage { Change = storage => new Careless(storage) { IsBoundToThread = true } }));

    [Fact]
    public async Task A_storage_that_confirms_a_snapshot_that_it_could_not_write_does_not_pass()
    {
        var refused = await Assert.ThrowsAsync<StorageKitException>(() => StorageKit.RunAsync(
            "a snapshot that cannot be written fails, and leaves the one before",
            new OnImage { Change = storage => new Careless(storage) { ForgetsFailures = true } }));
        Assert.Contains("must fail with IOException", refused.Message, StringComparison.Ordinal);
    }

    // Otherwise a test that cannot crash would pass what it has not checked.
    [Theory]
    [InlineData("a crash after each durable write loses nothing")]
    [InlineData("a crash with writes in flight leaves a prefix with all acknowledged writes")]
    [InlineData("a crash while a snapshot is written leaves the one before")]
    public async Task A_check_whose_crash_is_not_possible_is_left_out_and_closes_the_storage(string check)
    {
        var subject = new RealFiles(_directory);
        var leftOut = await Assert.ThrowsAsync<StorageKitLeftOutException>(() => StorageKit.RunAsync(check, subject));
        Assert.Contains("CrashAsync returns false", leftOut.Message, StringComparison.Ordinal);
        await subject.Create().OpenAsync();
    }

    // A check that is left out does not pass: it must be one of those that are expected to be.
    private static async Task PassesAsync(string check, IStorageUnderTest subject, params string[] leftOut)
    {
        if (leftOut.Contains(check))
        {
            await Assert.ThrowsAsync<StorageKitLeftOutException>(() => StorageKit.RunAsync(check, subject));
        }
        else
        {
            await StorageKit.RunAsync(check, subject);
        }
    }

    private sealed class InMemory(HeldClock? clock) : IStorageUnderTest
    {
        private readonly InMemoryStorage _storage = new(clock, clock is null ? TimeSpan.Zero : TimeSpan.FromMilliseconds(1));

        public IRaftStorage Create() => _storage;

        public Task<bool> CrashAsync(IRaftStorage storage)
        {
            _storage.Crash();
            return Task.FromResult(true);
        }

        public bool FailNextWrite() => false;

        public IDisposable? HoldWrites() => clock?.Hold();
    }

    private sealed class RealFiles(string directory) : IStorageUnderTest
    {
        private readonly GatedFiles _files = new(new DirectoryFiles(directory));

        public long CacheBytes { get; init; } = StorageHistory.Options.LogCacheBytes;

        public IRaftStorage Create() => new FileStorage(
            _files, StorageHistory.Options with { PageBytes = 4096, SegmentBytes = 1 << 15, LogCacheBytes = CacheBytes });

        public Task<bool> CrashAsync(IRaftStorage storage) => Task.FromResult(false);

        public bool FailNextWrite() => FailsNext(operation => operation.Kind == FileOperationKind.Flush);

        public bool FailNextSnapshotWrite() => FailsNext(IsOfSnapshot);

        private bool FailsNext(Func<FileOperation, bool> isMeant)
        {
            var hasFailed = 0;
            _files.Fails = operation => isMeant(operation) && Interlocked.Exchange(ref hasFailed, 1) == 0;
            return true;
        }

        public IDisposable? HoldWrites() => _files.Hold();
    }

    private sealed class OnImage : IStorageUnderTest
    {
        private readonly DiskImage _image = new();
        private SimulatedFiles? _files;
        private TaskCompletionSource? _held;
        private bool _fails;
        private bool _failsSnapshot;

        public bool Flushes { get; init; } = true;

        public long CacheBytes { get; init; } = StorageHistory.Options.LogCacheBytes;

        public Func<IRaftStorage, IRaftStorage> Change { get; init; } = storage => storage;

        public IRaftStorage Create()
        {
            _files ??= new SimulatedFiles(_image)
            {
                Gate = async operation =>
                {
                    if (_held is not null && operation.Kind == FileOperationKind.Flush)
                    {
                        await _held.Task;
                    }

                    return FaultOf(operation);
                },
            };
            return Change(new FileStorage(_files, StorageHistory.Options with { LogCacheBytes = CacheBytes }));
        }

        public Task<bool> CrashAsync(IRaftStorage storage)
        {
            var sector = 0;
            _image.Crash(outcomes => sector++ % outcomes);
            _files = null;
            return Task.FromResult(true);
        }

        public bool FailNextWrite()
        {
            _fails = true;
            return true;
        }

        public bool FailNextSnapshotWrite()
        {
            _failsSnapshot = true;
            return true;
        }

        public IDisposable? HoldWrites()
        {
            _held = new TaskCompletionSource();
            return new Release(() =>
            {
                var held = _held;
                _held = null;
                held?.SetResult();
            });
        }

        private FileFault? FaultOf(FileOperation operation)
        {
            if (!Flushes && operation.Kind == FileOperationKind.Flush)
            {
                // It confirms, and loses what was written.
                var file = _image.Open(operation.File);
                file.FailFlush(_ => operation.File.EndsWith(".unfinished", StringComparison.Ordinal) ? 1 : 0);
                return null;
            }

            var fails = _fails && operation.Kind == FileOperationKind.Flush;
            var failsSnapshot = _failsSnapshot && IsOfSnapshot(operation);
            (_fails, _failsSnapshot) = (_fails && !fails, _failsSnapshot && !failsSnapshot);
            return fails || failsSnapshot ? new FileFault(_ => 0) : null;
        }
    }

    private static bool IsOfSnapshot(FileOperation operation) =>
        operation.Kind == FileOperationKind.Write && operation.File.StartsWith("snapshot", StringComparison.Ordinal);

    // A storage with a bug.
    private sealed class Careless(IRaftStorage storage) : IRaftStorage
    {
        private int _thread;
        private int _inFlight;

        public bool ClosesAtOnce { get; init; }

        public bool ReadsOthers { get; init; }

        public bool ReadsMoreInFlight { get; init; }

        public bool ForgetsFailures { get; init; }

        public bool IsBoundToThread { get; init; }

        public async ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
        {
            _thread = Environment.CurrentManagedThreadId;
            var state = await storage.OpenAsync(cancellationToken);
            return (ReadsOthers || ReadsMoreInFlight) && state.Stored is { } stored
                ? state with
                {
                    Stored = new StoredEntries(
                        new CarelessReader(stored.Reader, this), stored.CacheBytes, stored.Count, stored.Size, stored.Terms),
                }
                : state;
        }

        public async Task WriteAsync(RaftWrite write)
        {
            if (IsBoundToThread && Environment.CurrentManagedThreadId != _thread)
            {
                throw new InvalidOperationException("It is bound to another thread.");
            }

            _inFlight++;
            try
            {
                await storage.WriteAsync(write);
            }
            catch (IOException failure) when (ForgetsFailures && failure.InnerException is not null)
            {
                // It follows one that failed.
            }
            finally
            {
                _inFlight--;
            }
        }

        public ISnapshotWriter? NewSnapshot() =>
            ForgetsFailures ? new ForgetfulWriter(storage.NewSnapshot()!) : storage.NewSnapshot();

        public ValueTask CloseAsync() => ClosesAtOnce ? ValueTask.CompletedTask : storage.CloseAsync();

        private sealed class ForgetfulWriter(ISnapshotWriter writer) : ISnapshotWriter
        {
            public long Length => writer.Length;

            public uint Checksum => writer.Checksum;

            public Task AppendAsync(ReadOnlyMemory<byte> bytes) => ForgetAsync(() => writer.AppendAsync(bytes));

            public Task CompleteAsync() => ForgetAsync(writer.CompleteAsync);

            public Task ReadAsync(long offset, Memory<byte> buffer) => writer.ReadAsync(offset, buffer);

            public void Dispose() => writer.Dispose();

            private static async Task ForgetAsync(Func<Task> write)
            {
                try
                {
                    await write();
                }
                catch (Exception failure) when (failure is IOException or InvalidOperationException)
                {
                }
            }
        }

        // It confuses the first two entries, or reads one too many.
        private sealed class CarelessReader(ILogReader reader, Careless storage) : ILogReader
        {
            public EntryList Read(LogIndex first, int limit, long bytes) => reader.Read(
                storage.ReadsOthers && first == new LogIndex(1) ? first.Next : first,
                storage.ReadsMoreInFlight && storage._inFlight > 0 ? limit + 1 : limit,
                bytes);
        }
    }

    // Timers whose callbacks are held back when the test says so, as by a slow disk.
    private sealed class HeldClock : TimeProvider
    {
        private readonly object _gate = new();
        private readonly List<Action> _callbacks = [];
        private bool _holds;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(_ => Run(() => callback(state)), state: null, dueTime, period);

        public Release Hold()
        {
            _holds = true;
            return new Release(() =>
            {
                Action[] held;
                lock (_gate)
                {
                    _holds = false;
                    held = [.. _callbacks];
                    _callbacks.Clear();
                }

                Array.ForEach(held, callback => callback());
            });
        }

        private void Run(Action callback)
        {
            lock (_gate)
            {
                if (_holds)
                {
                    _callbacks.Add(callback);
                    return;
                }
            }

            callback();
        }
    }

    private sealed class Release(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
