using Raft.Impl.Core;
using Raft.Impl.Storage;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>
/// Checks Raft.Impl's in-memory storage: after each completed write, it holds the state that the core had when it began the write.
/// </summary>
internal sealed class LoneStorage
{
    private const string _property = "StorageContract";
    private readonly InMemoryStorage _storage;
    private readonly ManualTimeProvider _clock;
    private readonly TimeSpan _latency;
    private readonly Queue<(RaftWrite Write, long Begun, Task Done, DurableState State)> _pending = new();
    private DurableState _durable = DurableState.Initial;
    private Task? _closing;

    public LoneStorage(ManualTimeProvider clock, TimeSpan latency, DurableState stored)
    {
        _clock = clock;
        _latency = latency;
        _storage = new InMemoryStorage(clock, latency);
        if (stored != DurableState.Initial)
        {
            _ = _storage.OpenAsync().AsTask();
            _ = _storage.WriteAsync(
                new RaftWrite(
                    1,
                    stored.Term,
                    stored.VotedFor,
                    stored.Snapshot,
                    new LogSuffix(stored.Snapshot.LastIndex.Next, stored.Entries)));
            clock.Advance(latency);
            _storage.Crash();
            _durable = stored;
        }
    }

    /// <summary>How many writes are in flight.</summary>
    public int InFlight => _pending.Count;

    /// <summary>The number of the last write that is durable since the storage was opened; zero if none is.</summary>
    public long LastDurable { get; private set; }

    /// <summary>What it holds, and what it holds after each write in flight but the last; empty if none is in flight.</summary>
    public DurableState[] Images => _pending.Count == 0 ? [] : [_durable, .. _pending.SkipLast(1).Select(one => one.State)];

    /// <summary>Opens the storage for a node and reads the state through its encoded form, as from a file.</summary>
    public DurableState Open()
    {
        var opening = _storage.OpenAsync().AsTask();
        Unless(opening.IsCompletedSuccessfully, _property, $"The storage does not open.");
        var state = opening.Result;
        LastDurable = 0;
        LookAt(state, "reads");
        LookThatItIsTaken();
        var decoded = DurableStateCodec.Decode(DurableStateCodec.Encode(state), state.Snapshot.Data);
        Unless(
            decoded == state && Fields.HashOf(decoded) == Fields.HashOf(state),
            "Encoding",
            $"A durable state is not what it was after decoding: {Fields.Difference(state, decoded)}.");
        return decoded;
    }

    /// <summary>Begins a write of a core.</summary>
    public void Write(RaftWrite write, RaftCore core)
    {
        var state = new DurableState(core.CurrentTerm, core.VotedFor, core.Log.Snapshot, core.Log.Entries.ToList());
        _pending.Enqueue((write, _clock.Now, _storage.WriteAsync(write), state));
    }

    /// <summary>Checks the writes that have become durable.</summary>
    /// <returns>The last such write, or zero.</returns>
    public long Complete()
    {
        var last = 0L;
        while (_pending.TryPeek(out var oldest) && oldest.Done.IsCompleted)
        {
            _pending.Dequeue();
            Unless(
                oldest.Done.IsCompletedSuccessfully,
                _property,
                $"The storage fails {oldest.Write}: {oldest.Done.Exception?.InnerException?.Message}");
            var took = TimeSpan.FromTicks(_clock.Now - oldest.Begun);
            Unless(
                took > _latency - TimeSpan.FromMilliseconds(1),
                _property,
                $"{oldest.Write} is durable after {took.TotalMilliseconds} ms, but its latency is {_latency.TotalMilliseconds} ms.");
            (last, _durable) = (oldest.Write.Sequence, oldest.State);
            LastDurable = last;
        }

        if (last > 0)
        {
            LookAt(_storage.Read(), "holds");
        }

        foreach (var (write, begun, done, _) in _pending)
        {
            Unless(!done.IsCompleted, _property, $"{write} is durable before the one in front of it.");
            Unless(
                begun + _latency.Ticks > _clock.Now,
                _property,
                $"{write} is not durable after its latency, {_latency.TotalMilliseconds} ms.");
        }

        return last;
    }

    /// <summary>The machine crashes: writes in flight are lost.</summary>
    public void Crash()
    {
        var lost = _storage.Crash();
        Unless(lost == _pending.Count, _property, $"A crash loses {_pending.Count} writes in flight, but says {lost}.");
        foreach (var (write, _, done, _) in _pending)
        {
            Unless(done.Exception?.InnerException is IOException, _property, $"{write} was lost in a crash, but is {done.Status}.");
        }

        _pending.Clear();
        LookAt(_storage.Read(), "holds");
    }

    /// <summary>Begins to close the storage. No other node can open it until its writes are done.</summary>
    public void BeginClose()
    {
        _closing = _storage.CloseAsync().AsTask();
        UnlessFails<InvalidOperationException>(
            () => _storage.WriteAsync(new RaftWrite(1, Term.Zero, null, null, null)),
            _property,
            "a write to a storage that is closing");
        if (_pending.Count > 0)
        {
            Unless(!_closing.IsCompleted, _property, $"The storage is given back, though {_pending.Count} writes are in flight.");
            LookThatItIsTaken();
        }
    }

    /// <summary>Waits until the storage is closed. If it has been opened again since, it stays open.</summary>
    public async Task EndCloseAsync(bool isTakenAnew)
    {
        if (_closing is not { } closing)
        {
            return;
        }

        _closing = null;
        await closing;
        if (isTakenAnew)
        {
            LookThatItIsTaken();
        }
    }

    /// <summary>Begins a write that does not fit what is stored. It must fail, and so must all later ones.</summary>
    public void Fail(RaftCore core)
    {
        _clock.Advance(_latency);
        Complete();
        var gap = new LogSuffix(
            _durable.Snapshot.LastIndex + _durable.Entries.Count + 2,
            EntryList.Of(new LogEntry(core.CurrentTerm, default)));
        var bad = _storage.WriteAsync(new RaftWrite(1, core.CurrentTerm, null, null, gap));
        var next = _storage.WriteAsync(new RaftWrite(2, core.CurrentTerm.Next, null, null, null));
        _clock.Advance(_latency);
        Unless(bad.Exception?.InnerException is InvalidDataException, _property, $"A write that leaves a gap in the log is {bad.Status}.");
        Unless(next.Exception?.InnerException is IOException, _property, $"A write that follows one that failed is {next.Status}.");
        LookAt(_storage.Read(), "holds");
    }

    private void LookAt(DurableState state, string verb) =>
        Unless(
            Fields.HashOf(state) == Fields.HashOf(_durable),
            _property,
            $"The storage {verb} {Fields.Difference(state, _durable)}, which was written.");

    private void LookThatItIsTaken() =>
        UnlessFails<InvalidOperationException>(() => _storage.OpenAsync().AsTask(), _property, "a second node that opens the storage");
}
