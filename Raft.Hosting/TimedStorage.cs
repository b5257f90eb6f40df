using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Hosting;

/// <summary>A storage that knows for how long its oldest write has not become durable. Thread-safe.</summary>
/// <param name="storage">The storage.</param>
/// <param name="clock">The clock of the node.</param>
internal sealed class TimedStorage(IRaftStorage storage, TimeProvider clock) : IRaftStorage
{
    private readonly object _gate = new();

    // Writes become durable in the order in which they begin.
    private readonly Queue<long> _began = new();
    private TimeSpan? _lastWrite;

    /// <summary>How many writes are not durable, how long the oldest of them has taken, and how long the last durable one took.</summary>
    public (int Pending, TimeSpan Oldest, TimeSpan? LastWrite) Read()
    {
        lock (_gate)
        {
            return (_began.Count, _began.TryPeek(out var began) ? clock.GetElapsedTime(began) : TimeSpan.Zero, _lastWrite);
        }
    }

    public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default) => storage.OpenAsync(cancellationToken);

    public async Task WriteAsync(RaftWrite write)
    {
        lock (_gate)
        {
            _began.Enqueue(clock.GetTimestamp());
        }

        await storage.WriteAsync(write);
        lock (_gate)
        {
            _lastWrite = clock.GetElapsedTime(_began.Dequeue());
        }
    }

    public ValueTask CloseAsync() => storage.CloseAsync();
}
