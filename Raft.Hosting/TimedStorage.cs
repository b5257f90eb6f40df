using Microsoft.Extensions.Options;
using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;

namespace Raft.Hosting;

/// <summary>
/// The storage of the server. It knows for how long its oldest write has not become durable, and files that cannot be opened are an error
/// that names the option. Thread-safe.
/// </summary>
/// <param name="storage">The storage.</param>
/// <param name="clock">The clock of the node.</param>
/// <param name="options">Names the directory, for an error.</param>
internal sealed class TimedStorage(IRaftStorage storage, TimeProvider clock, IOptions<RaftHostOptions> options) : IRaftStorage
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

    public async ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await storage.OpenAsync(cancellationToken);
        }
        catch (Exception exception) when (storage is FileStorage && IsOfDirectory(exception))
        {
            throw new IOException(
                $"The files of the server cannot be opened, with the {nameof(RaftHostOptions.DataDirectory)} "
                + $"{options.Value.DataDirectory}: {exception.Message}",
                exception);
        }
    }

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

    // The interface has a default for this member. Without this line, snapshots would be gathered in memory.
    public ISnapshotWriter? NewSnapshot() => storage.NewSnapshot();

    public ValueTask CloseAsync() => storage.CloseAsync();

    // What FileStorage refuses has a message of its own.
    private static bool IsOfDirectory(Exception exception) =>
        exception is UnauthorizedAccessException or (IOException and not StorageRefusedException);
}
