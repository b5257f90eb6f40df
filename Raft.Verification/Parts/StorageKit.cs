using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Parts;

/// <summary>
/// Checks that any <see cref="IRaftStorage"/> must pass: its contract, crashes after each durable step and with writes in flight, failed
/// and concurrent writes, closing while the disk is slow, and reading entries back, also while writes are in flight. They need no test
/// framework. In xunit, <see cref="Names"/> is the data of a theory that calls <see cref="RunAsync"/>. A check that the storage, or what
/// the test does with its disk, leaves no room for does not pass: it ends with a <see cref="StorageKitLeftOutException"/>, which the test
/// must expect.
/// </summary>
public static partial class StorageKit
{
    // Long enough for what should not happen.
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(100);

    // Long enough for what should happen at once, on a busy machine.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly ServerId _voted = new(2);

    private static readonly Dictionary<string, Func<IStorageUnderTest, Task>> _checks = new(StringComparer.Ordinal)
    {
        ["a new storage holds the initial state"] = NewAsync,
        ["what was written is read by the next opening"] = RoundTripAsync,
        ["a second opening is refused until the storage is closed"] = SecondOpeningAsync,
        ["a write to a storage that is not open is refused"] = NotOpenAsync,
        ["a write that does not fit fails with all that follow, and none before"] = NotFittingAsync,
        ["writes in flight complete in order"] = OrderAsync,
        ["many writes at once become durable"] = ConcurrentAsync,
        ["writes from several threads take effect in the order of the calls"] = ThreadsAsync,
        ["closing waits for the writes in flight"] = ClosingAsync,
        ["entries that are not in memory are read back as they were written"] = ReadBackAsync,
        ["entries are read back while writes are in flight"] = ReadInFlightAsync,
        ["a crash after each durable write loses nothing"] = CrashAfterEachAsync,
        ["a crash with writes in flight leaves a prefix with all acknowledged writes"] = CrashInFlightAsync,
        ["a write that fails takes all that follow with it, and the next opening finds a prefix"] = FailingAsync,
        ["a write that fails takes those with it that wait behind it, and the next opening finds a prefix"] = FailingInFlightAsync,
        ["a snapshot that is written in parts can be read, and is read by the next opening"] = WrittenSnapshotAsync,
        ["a snapshot that was begun is not stored unless a write refers to it"] = AbandonedSnapshotAsync,
        ["a snapshot that was replaced can be read until it is disposed of"] = ReplacedSnapshotAsync,
        ["a crash while a snapshot is written leaves the one before"] = CrashInSnapshotAsync,
        ["a snapshot that cannot be written fails, and leaves the one before"] = FailingSnapshotAsync,
    };

    /// <summary>The names of the checks.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _checks.Keys];

    /// <summary>Runs a check.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="subject">A storage that was never written. Each check needs a new one.</param>
    /// <exception cref="StorageKitException">The storage does not pass.</exception>
    /// <exception cref="StorageKitLeftOutException">The check does not apply to the storage, or needs what its disk cannot do.</exception>
    public static Task RunAsync(string name, IStorageUnderTest subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return _checks[name](subject);
    }

    private static async Task NewAsync(IStorageUnderTest subject) =>
        Equal(DurableState.Initial, await subject.Create().OpenAsync(), "a new storage");

    private static async Task RoundTripAsync(IStorageUnderTest subject)
    {
        var history = new History();
        for (var opening = 0; opening < 3; opening++)
        {
            var storage = subject.Create();
            Equal(history.States[^1], await storage.OpenAsync(), $"opening {opening + 1}");
            for (var i = 0; i < 15; i++)
            {
                await storage.WriteAsync(history.Next());
            }

            await storage.CloseAsync();
        }

        Equal(history.States[^1], await subject.Create().OpenAsync(), "the last opening");
    }

    private static async Task SecondOpeningAsync(IStorageUnderTest subject)
    {
        var first = subject.Create();
        await first.OpenAsync();
        await ThrowsAsync<InvalidOperationException>(async () => await subject.Create().OpenAsync(), "a second opening");
        await first.CloseAsync();
        await subject.Create().OpenAsync();
    }

    private static async Task NotOpenAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        await storage.CloseAsync();
        await ThrowsAsync<InvalidOperationException>(() => storage.WriteAsync(history.Next()), "a write to a closed storage");
        Equal(DurableState.Initial, await subject.Create().OpenAsync(), "after the refused write");
    }

    private static async Task NotFittingAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        var before = storage.WriteAsync(history.Next());
        var gap = new LogSuffix(new LogIndex(100), EntryList.Of(LogEntry.NoOp(new Term(1))));
        await ThrowsAsync<InvalidDataException>(
            () => storage.WriteAsync(new RaftWrite(2, new Term(1), null, null, gap)), "a gap in the log");
        await ThrowsAsync<IOException>(() => storage.WriteAsync(new RaftWrite(3, new Term(9), null, null, null)), "what follows");
        await before;
        await storage.CloseAsync();
        Equal(history.States[1], await subject.Create().OpenAsync(), "after a write that does not fit");
    }

    private static async Task OrderAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        Task[] writes = [.. Enumerable.Range(0, 30).Select(_ => storage.WriteAsync(history.Next()))];
        for (var i = 0; i < writes.Length; i++)
        {
            await writes[i];
            Require(writes.Take(i).All(write => write.IsCompletedSuccessfully), $"write {i + 1} completed before one that precedes it");
        }
    }

    private static async Task ConcurrentAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        Task[] writes = [.. Enumerable.Range(0, 500).Select(_ => storage.WriteAsync(history.Next()))];
        await Task.WhenAll(writes);
        await storage.CloseAsync();
        Equal(history.States[^1], await subject.Create().OpenAsync(), "after 500 writes");
    }

    // One call at a time, as a node calls; but the threads of the pool run its loop in turn.
    private static async Task ThreadsAsync(IStorageUnderTest subject)
    {
        const int threads = 4;
        const int writesOfThread = 50;
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        var gate = new object();
        List<Task> writes = [];
        using var start = new Barrier(threads);

        // They wait for each other, so each has a thread of its own.
        await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        await Task.WhenAll(writes);
        await storage.CloseAsync();
        Equal(history.States[^1], await subject.Create().OpenAsync(), $"after {threads * writesOfThread} writes from {threads} threads");

        void Write()
        {
            start.SignalAndWait();
            for (var i = 0; i < writesOfThread; i++)
            {
                lock (gate)
                {
                    writes.Add(storage.WriteAsync(history.Next()));
                }
            }
        }
    }

    private static async Task ClosingAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        using var held = subject.HoldWrites() ?? throw new StorageKitLeftOutException("HoldWrites returns null: its disk is never slow.");
        Task[] writes = [.. Enumerable.Range(0, 20).Select(_ => storage.WriteAsync(history.Next()))];
        var closing = storage.CloseAsync().AsTask();
        await Task.Delay(_moment);
        Require(!writes[0].IsCompleted, "a write completed while the disk was held");
        Require(!closing.IsCompleted, "it closed before a write was done");
        held.Dispose();
        await closing;
        Require(writes.All(write => write.IsCompleted), "it closed before a write was done");
        await Task.WhenAll(writes);
        Equal(history.States[^1], await subject.Create().OpenAsync(), "after closing");
    }

    private static async Task ReadBackAsync(IStorageUnderTest subject)
    {
        var history = new History();
        for (var opening = 0; opening < 3; opening++)
        {
            var storage = subject.Create();
            var state = await storage.OpenAsync();
            var reader = ReaderOf(state);
            Equal(history.States[^1], state, $"opening {opening + 1}");
            CheckReader(reader, history.Log);
            for (var i = 0; i < 15; i++)
            {
                await storage.WriteAsync(history.Next());
                CheckReader(reader, history.Log);
            }

            await storage.CloseAsync();
        }
    }

    // A node reads while it writes, entries that are durable and that no write in flight replaces.
    private static async Task ReadInFlightAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        var reader = ReaderOf(await storage.OpenAsync());
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 15; i++)
            {
                await storage.WriteAsync(history.Next());
            }

            var durable = history.Log.LastIndex;
            using var held = subject.HoldWrites();
            List<Task> writes = [];
            for (var i = 0; i < 10; i++)
            {
                writes.Add(storage.WriteAsync(history.Next()));

                // The new end of the log replaces the last entries, and may be shorter than it was in between.
                durable = LogIndex.Min(durable, history.FirstReplaced.Previous);
                durable = LogIndex.Min(durable, history.Log.LastIndex);
                var (log, last) = (history.Log, durable);
                var reading = Task.Run(() => CheckReader(reader, log, last));
                await Task.WhenAny(reading, Task.Delay(_patience));
                Require(reading.IsCompleted, "it does not read an entry that is durable until a write in flight completes");
                await reading;
            }

            held?.Dispose();
            await Task.WhenAll(writes);
            CheckReader(reader, history.Log);
        }
    }

    private static ILogReader ReaderOf(DurableState state) => state.Stored?.Reader
        ?? throw new StorageKitLeftOutException("It loads all entries: the state that OpenAsync returns has no StoredEntries.");

    private static void CheckReader(ILogReader reader, RaftLog log) => CheckReader(reader, log, log.LastIndex);

    // All entries up to one that is durable, from each of them on and within each limit.
    private static void CheckReader(ILogReader reader, RaftLog log, LogIndex last)
    {
        for (var first = log.FirstIndex; first <= last; first = first.Next)
        {
            foreach (var (most, bytes) in ((int, long)[])[(1, long.MaxValue), (3, long.MaxValue), (100, 1), (100, 100), (100, 10_000)])
            {
                var limit = (int)Math.Min(most, last.Next - first);
                var read = reader.Read(first, limit, bytes);
                var what = $"of at most {limit} entries and {bytes} bytes from index {first} on";
                Require(read.Count >= 1 && read.Count <= limit, $"{what}, it reads {read.Count}");
                Require(read.Count == 1 || read.Size <= bytes, $"{what}, it reads {read.Size} bytes");
                for (var i = 0; i < read.Count; i++)
                {
                    Require(first + i <= last && read[i] == log[first + i], $"{what}, it reads another entry at index {first + i}");
                }
            }
        }
    }

    private static async Task CrashAfterEachAsync(IStorageUnderTest subject)
    {
        var history = new History();
        for (var crash = 0; crash < 25; crash++)
        {
            var storage = subject.Create();
            Equal(history.States[^1], await storage.OpenAsync(), $"after {crash} writes and as many crashes");
            await storage.WriteAsync(history.Next());
            await CrashAsync(subject, storage);
        }

        Equal(history.States[^1], await subject.Create().OpenAsync(), "after the last crash");
    }

    private static async Task CrashInFlightAsync(IStorageUnderTest subject)
    {
        var history = new History();
        for (var inFlight = 1; inFlight <= 10; inFlight++)
        {
            var storage = subject.Create();
            await storage.OpenAsync();
            var first = history.States.Count - 1;
            Task[] writes = [.. Enumerable.Range(0, inFlight).Select(_ => storage.WriteAsync(history.Next()))];
            await writes[0];
            await CrashAsync(subject, storage);
            var acknowledged = first + writes.TakeWhile(write => write.IsCompletedSuccessfully).Count();
            await ContinueAsync(subject, history, acknowledged);
        }
    }

    private static async Task FailingAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        await storage.WriteAsync(history.Next());
        if (!subject.FailNextWrite())
        {
            throw NeverFails();
        }

        await ThrowsAsync<IOException>(() => storage.WriteAsync(history.Next()), "the write that fails");
        await ThrowsAsync<IOException>(() => storage.WriteAsync(history.Next()), "the write that follows");
        await storage.CloseAsync();
        await ContinueAsync(subject, history, 1);
    }

    private static async Task FailingInFlightAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        await storage.WriteAsync(history.Next());

        // Only behind a slow disk do writes wait. Without one, those that follow are as concurrent as the storage makes them.
        using var held = subject.HoldWrites();
        List<Task> writes = [.. Enumerable.Range(0, 3).Select(_ => WriteAsync())];
        if (!subject.FailNextWrite())
        {
            held?.Dispose();
            throw NeverFails();
        }

        writes.AddRange(Enumerable.Range(0, 7).Select(_ => WriteAsync()));
        held?.Dispose();
        var failures = 0;
        for (var i = 0; i < writes.Count; i++)
        {
            await Task.WhenAny(writes[i], Task.Delay(_patience));
            Require(writes[i].IsCompleted, $"write {i + 2} neither completes nor fails");
            if (!writes[i].IsCompletedSuccessfully)
            {
                failures++;
                await ThrowsAsync<IOException>(() => writes[i], $"write {i + 2}");
            }

            Require(failures == 0 || !writes[i].IsCompletedSuccessfully, $"write {i + 2} succeeds, but one before it has failed");
        }

        Require(failures > 0, "a write that fails must fail");
        await ThrowsAsync<IOException>(WriteAsync, "the write that follows");
        await storage.CloseAsync();
        await ContinueAsync(subject, history, 1 + writes.Count - failures);

        // A call that throws has failed.
        async Task WriteAsync() => await storage.WriteAsync(history.Next());
    }

    private static async Task WrittenSnapshotAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        await storage.WriteAsync(history.Next());
        var snapshot = storage.NewSnapshot() ?? throw InMemoryOnly();
        byte[] bytes = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * 5))];
        foreach (var part in bytes.Chunk(1111))
        {
            await snapshot.AppendAsync(part);
            var last = new byte[part.Length];
            await snapshot.ReadAsync(snapshot.Length - part.Length, last);
            Require(last.AsSpan().SequenceEqual(part), $"the part that ends at byte {snapshot.Length} is read as other bytes");
        }

        await snapshot.CompleteAsync();
        var data = SnapshotData.Of(snapshot);
        Require(data == SnapshotData.Of(bytes), "its length or its checksum is not that of the bytes that were written");
        await storage.WriteAsync(history.Compact(data));
        await storage.CloseAsync();
        var state = await subject.Create().OpenAsync();
        Equal(history.States[^1], state, "after a snapshot in parts");
        Require((await state.Snapshot.Data.ReadAllAsync()).Span.SequenceEqual(bytes), "the snapshot has other bytes than were written");
    }

    private static async Task AbandonedSnapshotAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        await storage.WriteAsync(history.Next());
        var first = storage.NewSnapshot() ?? throw InMemoryOnly();
        await first.AppendAsync(new byte[100]);
        first.Dispose();
        await ThrowsAsync<ObjectDisposedException>(() => first.AppendAsync(new byte[100]), "a part after the end");
        var second = storage.NewSnapshot()!;
        await second.AppendAsync(new byte[100]);
        await second.CompleteAsync();
        await storage.CloseAsync();
        await ThrowsAsync<InvalidOperationException>(
            () => Task.FromResult(storage.NewSnapshot()), "a snapshot that is begun in a closed storage");
        Equal(history.States[^1], await subject.Create().OpenAsync(), "after two snapshots that no write refers to");
    }

    private static async Task ReplacedSnapshotAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        await storage.WriteAsync(history.Next());
        var older = await SnapshotAsync(storage, 700);
        await storage.WriteAsync(history.Compact(older));
        await storage.WriteAsync(history.Compact(await SnapshotAsync(storage, 800)));
        Require((await older.ReadAllAsync()).Length == 700, "the snapshot that was replaced cannot be read");
    }

    private static async Task CrashInSnapshotAsync(IStorageUnderTest subject)
    {
        var history = new History();
        var storage = subject.Create();
        await storage.OpenAsync();
        await storage.WriteAsync(history.Next());
        await storage.WriteAsync(history.Compact(await SnapshotAsync(storage, 700)));
        for (var parts = 0; parts < 4; parts++)
        {
            var snapshot = storage.NewSnapshot()!;
            for (var part = 0; part < parts; part++)
            {
                await snapshot.AppendAsync(new byte[300]);
            }

            if (parts == 3)
            {
                await snapshot.CompleteAsync();
            }

            await CrashAsync(subject, storage);
            storage = subject.Create();
            Equal(history.States[^1], await storage.OpenAsync(), $"after a crash with {parts} parts of a snapshot");
        }
    }

    private static async Task FailingSnapshotAsync(IStorageUnderTest subject)
    {
        var (storage, history) = (subject.Create(), new History());
        await storage.OpenAsync();
        await storage.WriteAsync(history.Next());
        await storage.WriteAsync(history.Compact(await SnapshotAsync(storage, 700)));
        using (var snapshot = storage.NewSnapshot()!)
        {
            await snapshot.AppendAsync(new byte[300]);
            if (!subject.FailNextSnapshotWrite())
            {
                throw new StorageKitLeftOutException("FailNextSnapshotWrite returns false: its snapshots never fail.");
            }

            // It may gather parts before it writes them.
            await ThrowsAsync<IOException>(
                async () =>
                {
                    await snapshot.AppendAsync(new byte[300]);
                    await snapshot.CompleteAsync();
                },
                "a part of a snapshot that cannot be written, or its end,");
        }

        // The node stops, as for a write that fails.
        await storage.CloseAsync();
        storage = subject.Create();
        Equal(history.States[^1], await storage.OpenAsync(), "after a snapshot that could not be written");
        await storage.WriteAsync(history.Compact(await SnapshotAsync(storage, 800)));
        await storage.CloseAsync();
        Equal(history.States[^1], await subject.Create().OpenAsync(), "after the snapshot that follows");
    }

    private static async Task<SnapshotData> SnapshotAsync(IRaftStorage storage, int bytes)
    {
        var snapshot = storage.NewSnapshot() ?? throw InMemoryOnly();
        await snapshot.AppendAsync(new byte[bytes]);
        await snapshot.CompleteAsync();
        return SnapshotData.Of(snapshot);
    }

    private static StorageKitLeftOutException InMemoryOnly() =>
        new("It takes snapshots in memory only: NewSnapshot returns null.");

    private static StorageKitLeftOutException NeverFails() => new("FailNextWrite returns false: its disk never fails.");

    private static async Task CrashAsync(IStorageUnderTest subject, IRaftStorage storage)
    {
        if (!await subject.CrashAsync(storage))
        {
            await storage.CloseAsync();
            throw new StorageKitLeftOutException("CrashAsync returns false: its machine never crashes.");
        }
    }

    // Opens the storage, and forgets the writes that were lost.
    private static async Task ContinueAsync(IStorageUnderTest subject, History history, int acknowledged)
    {
        var storage = subject.Create();
        var state = await storage.OpenAsync();
        var kept = Enumerable.Range(acknowledged, history.States.Count - acknowledged).FirstOrDefault(i => history.States[i] == state, -1);
        // Entries that are not in memory are read, to be compared, while the storage is open.
        await storage.CloseAsync();
        Require(kept >= 0, $"{acknowledged} writes were acknowledged, but the storage holds {state}");
        history.ForgetAfter(kept);
    }

    private static void Equal(DurableState expected, DurableState actual, string when) =>
        Require(expected == actual, $"{when}: it holds {actual}, not {expected}");

    private static async Task ThrowsAsync<T>(Func<Task> action, string what)
        where T : Exception
    {
        try
        {
            await action();
        }
        catch (T)
        {
            return;
        }

        Require(false, $"{what} must fail with {typeof(T).Name}");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new StorageKitException(otherwise);
        }
    }
}
