using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Storage.Files;

/// <summary>
/// Writes to a <see cref="FileStorage"/> on a simulated disk, with what a crash may leave: the state after a number of writes that are all
/// acknowledged ones, or acknowledged and some that were issued.
/// </summary>
internal sealed class StorageHistory
{
    private readonly StorageImage _model = new();
    private readonly List<DurableState> _states = [DurableState.Initial];
    private readonly List<Task> _tasks = [];
    private TaskCompletionSource? _held;
    private bool _holds;

    public StorageHistory(DiskImage? image = null, FileStorageOptions? options = null)
    {
        Image = image ?? new DiskImage();
        Files = new SimulatedFiles(Image)
        {
            Gate = async operation =>
            {
                Before?.Invoke(operation);
                if (_holds && operation.Kind == FileOperationKind.Flush)
                {
                    _holds = false;
                    _held = new TaskCompletionSource();
                    await _held.Task;
                }

                return Fault?.Invoke(operation);
            },
        };
        Storage = new FileStorage(Files, options ?? Options);
    }

    /// <summary>Small segments: they fill up quickly, and are quickly read.</summary>
    public static FileStorageOptions Options { get; } = new()
    {
        ClusterId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        ServerId = S1,
        PageBytes = 512,
        SegmentBytes = 8 * 512,
    };

    public DiskImage Image { get; }

    public SimulatedFiles Files { get; }

    public FileStorage Storage { get; }

    /// <summary>Called before each operation on a file.</summary>
    public Action<FileOperation>? Before { get; set; }

    /// <summary>Makes operations fail.</summary>
    public Func<FileOperation, FileFault?>? Fault { get; set; }

    /// <summary>The state after each number of writes.</summary>
    public IReadOnlyList<DurableState> States => _states;

    public int Issued => _tasks.Count;

    public int Acknowledged => _tasks.TakeWhile(task => task.IsCompletedSuccessfully).Count();

    public IReadOnlyList<Task> Tasks => _tasks;

    public Task Write(long term = 1, ServerId? vote = null, Snapshot? snapshot = null, long first = 0, params (long Term, int Bytes)[] log)
    {
        var entries = EntryList.Of([.. log.Select((entry, i) => LogEntryOf(first + i, entry.Term, entry.Bytes))]);
        var write = new RaftWrite(
            _tasks.Count + 1, new Term(term), vote, snapshot, first == 0 ? null : new LogSuffix(new LogIndex(first), entries));
        _model.Apply(write);
        _states.Add(_model.Read());

        // The state counts as issued from here on: operations begin inside of the call.
        var placeholder = new TaskCompletionSource();
        _tasks.Add(placeholder.Task);
        var task = Storage.WriteAsync(write);
        _tasks[^1] = task;
        return task;
    }

    /// <summary>Holds the next flush of a file, so that the writes that follow wait for it, until <see cref="Release"/>.</summary>
    public void HoldNextFlush() => _holds = true;

    public void Release() => _held?.TrySetResult();

    /// <summary>What it holds after all writes.</summary>
    public RaftLog Log => _model.Log;

    /// <summary>The index of the last entry.</summary>
    public long LastIndex => _model.Log.LastIndex.Value;

    /// <summary>Begins with the state that the storage held when it was opened.</summary>
    public void StartFrom(DurableState state)
    {
        _model.Apply(new RaftWrite(
            0, state.Term, state.VotedFor, state.Snapshot.LastIndex > LogIndex.Zero ? state.Snapshot : null,
            state.Entries.Count > 0 ? new LogSuffix(state.Snapshot.LastIndex.Next, state.Entries) : null));
        _states[0] = state;
    }

    /// <summary>
    /// Opens the storage, and writes: term and vote, appended entries, entries that replace others, groups of several writes and of
    /// several sectors, snapshots that keep and that discard the log, and enough to fill and to delete segments.
    /// </summary>
    public async Task PlayAsync()
    {
        await Storage.OpenAsync();
        await Write(term: 1, vote: S1);
        HoldNextFlush();
        var first = Write(term: 1, vote: S1, first: 1, log: [(1, -1)]);
        var second = Write(term: 1, vote: S1, first: 2, log: [(1, 300), (1, 0), (1, 700)]);
        var third = Write(term: 2, vote: null);
        Release();
        await first;
        await second;
        await third;
        await Write(term: 3, vote: S2, first: 3, log: [(3, 20)]);
        await Write(term: 3, vote: S2, snapshot: Snapshot(2, 1, 600));
        await Write(term: 3, vote: S2, first: 4, log: [(3, 3400)]);
        HoldNextFlush();
        first = Write(term: 3, vote: S2, first: 5, log: [(3, 10)]);
        second = Write(term: 4, vote: null, first: 5, log: []);
        third = Write(term: 5, vote: S3, snapshot: Snapshot(9, 4, 10), first: 10, log: [(5, 30)]);
        Release();
        await first;
        await second;
        await third;
        await Write(term: 5, vote: S3, first: 11, log: [(5, 1200)]);
        await Write(term: 5, vote: S3, first: 12, log: [(5, 900)]);
        await Write(term: 5, vote: S3, snapshot: Snapshot(12, 5, 0));
        await Write(term: 6, vote: null);
        await Write(term: 6, vote: null, first: 13, log: [(6, 100), (6, 900)]);
        await Write(term: 7, vote: null, first: 15, log: [(7, 1000)]);
        await Write(term: 7, vote: null, first: 14, log: [(7, 900)]);
        await Storage.CloseAsync();
    }

    public static async Task<DurableState> OpenAsync(DiskImage image)
    {
        var storage = new FileStorage(new SimulatedFiles(image), Options);
        var state = await storage.OpenAsync();
        await storage.CloseAsync();
        return state;
    }

    private static Snapshot Snapshot(long index, long term, int bytes) =>
        new(new LogIndex(index), new Term(term), new SnapshotData(Enumerable.Range(0, bytes).Select(i => (byte)(i * 3)).ToArray()));

    private static LogEntry LogEntryOf(long index, long term, int bytes) =>
        bytes < 0 ? LogEntry.NoOp(new Term(term)) : new LogEntry(new Term(term), new Command(Filled(index, term, bytes)));

    private static byte[] Filled(long index, long term, int bytes)
    {
        var filled = new byte[bytes];
        for (var i = 0; i < bytes; i++)
        {
            filled[i] = (byte)(index + (31 * term) + (7 * i));
        }

        return filled;
    }
}
