using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Benchmarks.Rates;

/// <summary>A storage that may become slow: then it makes one write after the other, and each takes a time.</summary>
/// <param name="storage">The storage.</param>
internal sealed class SlowStorage(IRaftStorage storage) : IRaftStorage
{
    private Task _last = Task.CompletedTask;
    private long _latency;

    /// <summary>The time that each write takes; zero: as long as the storage takes.</summary>
    public TimeSpan Latency
    {
        get => new(Volatile.Read(ref _latency));
        set => Volatile.Write(ref _latency, value.Ticks);
    }

    /// <inheritdoc/>
    public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default) => storage.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(RaftWrite write) =>
        Latency == TimeSpan.Zero ? storage.WriteAsync(write) : _last = WriteAfterAsync(_last, write);

    /// <inheritdoc/>
    public ISnapshotWriter? NewSnapshot() => storage.NewSnapshot();

    /// <inheritdoc/>
    public ValueTask CloseAsync() => storage.CloseAsync();

    private async Task WriteAfterAsync(Task previous, RaftWrite write)
    {
        await previous;
        await Task.Delay(Latency);
        await storage.WriteAsync(write);
    }
}
