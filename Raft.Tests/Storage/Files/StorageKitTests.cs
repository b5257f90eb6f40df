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
        "a write that fails takes all that follow with it, and the next opening finds a prefix",
        "a snapshot that is written in parts can be read, and is read by the next opening",
        "a snapshot that was begun is not stored unless a write refers to it",
        "a snapshot that was replaced can be read until it is disposed of",
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
    public Task FileStorage_on_files_passes(string check) => PassesAsync(check, new RealFiles(_directory));

    [Theory]
    [MemberData(nameof(Names))]
    public Task FileStorage_on_files_without_a_cache_passes(string check) =>
        PassesAsync(check, new RealFiles(_directory) { CacheBytes = 0 });

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

        public Task CrashAsync(IRaftStorage storage)
        {
            _storage.Crash();
            return Task.CompletedTask;
        }

        public bool FailNextWrite() => false;

        public IDisposable? HoldWrites() => clock?.Hold();
    }

    // The process ends. Power cannot be cut here.
    private sealed class RealFiles(string directory) : IStorageUnderTest
    {
        private readonly GatedFiles _files = new(new DirectoryFiles(directory));

        public long CacheBytes { get; init; } = StorageHistory.Options.LogCacheBytes;

        public IRaftStorage Create() => new FileStorage(
            _files, StorageHistory.Options with { PageBytes = 4096, SegmentBytes = 1 << 15, LogCacheBytes = CacheBytes });

        public async Task CrashAsync(IRaftStorage storage) => await storage.CloseAsync();

        public bool FailNextWrite()
        {
            var hasFailed = 0;
            _files.Fails = operation => operation.Kind == FileOperationKind.Flush && Interlocked.Exchange(ref hasFailed, 1) == 0;
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

        public Task CrashAsync(IRaftStorage storage)
        {
            var sector = 0;
            _image.Crash(outcomes => sector++ % outcomes);
            _files = null;
            return Task.CompletedTask;
        }

        public bool FailNextWrite()
        {
            _fails = true;
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
            _fails &= !fails;
            return fails ? new FileFault(_ => 0) : null;
        }
    }

    // A storage with a bug.
    private sealed class Careless(IRaftStorage storage) : IRaftStorage
    {
        public bool ClosesAtOnce { get; init; }

        public bool ReadsOthers { get; init; }

        public async ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
        {
            var state = await storage.OpenAsync(cancellationToken);
            return ReadsOthers && state.Stored is { } stored
                ? state with
                {
                    Stored = new StoredEntries(
                        new OneReader(stored.Reader), stored.CacheBytes, stored.Count, stored.Size, stored.Terms),
                }
                : state;
        }

        public Task WriteAsync(RaftWrite write) => storage.WriteAsync(write);

        public ISnapshotWriter? NewSnapshot() => storage.NewSnapshot();

        public ValueTask CloseAsync() => ClosesAtOnce ? ValueTask.CompletedTask : storage.CloseAsync();

        // It confuses the first two entries.
        private sealed class OneReader(ILogReader reader) : ILogReader
        {
            public EntryList Read(LogIndex first, int limit, long bytes) =>
                reader.Read(first == new LogIndex(1) ? first.Next : first, limit, bytes);
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
