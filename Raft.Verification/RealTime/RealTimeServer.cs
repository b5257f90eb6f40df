using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using Raft.Impl.Transport;
using Raft.Verification.Cluster;

namespace Raft.Verification.RealTime;

/// <summary>A server on real time: its disk, and its incarnations, one after the other.</summary>
internal sealed class RealTimeServer(ServerId id, IWorld world, Action<Exception> failed)
{
    private static readonly TimeSpan _writeLatency = TimeSpan.FromMilliseconds(1);
    private readonly InMemoryStorage _disk = new(TimeProvider.System, _writeLatency);
    private volatile Life? _life;

    public NodeStatus? Status => _life?.Node.Status;

    /// <summary>The durable state.</summary>
    public DurableState Disk => _disk.Read();

    public async Task StartAsync(IRaftTransport transport, IService service)
    {
        if (_life is not null)
        {
            throw new InvalidOperationException($"{id} runs already.");
        }

        var storage = new StorageOfLife(_disk);
        var options = new RaftNodeOptions { Id = id, Members = world.Servers, Protocol = world.Protocol };
        var node = await RaftNode.StartAsync(options, new RaftNodeDependencies
        {
            Storage = storage,
            Transport = transport,
            TimeProvider = world.Time,
            Random = world.Random,
        });
        _life = new Life(node, storage, ServeAsync(node, storage, service));
    }

    /// <summary>Crashes it: writes that are not durable yet are lost.</summary>
    public async Task CrashAsync()
    {
        if (_life is { } life)
        {
            _life = null;
            life.Storage.Crash();
            await life.Node.DisposeAsync();
            await life.Serving;
        }
    }

    public async Task<Proposal?> ProposeAsync(Command command)
    {
        try
        {
            return _life is { } life ? await life.Node.ProposeAsync(command) : null;
        }
        catch (ObjectDisposedException)
        {
            // It has crashed, or stopped because of an error, which is reported.
            return null;
        }
    }

    private async Task ServeAsync(RaftNode node, StorageOfLife storage, IService service)
    {
        try
        {
            await new Serving(node, service).ServeAsync();
            await node.Completion;
        }
        catch (Exception) when (storage.HasCrashed)
        {
            // It stopped because its writes were lost.
        }
        catch (Exception exception)
        {
            failed(new InvalidOperationException($"{id} stopped because of an error: {exception.GetBaseException().Message}", exception));
        }
    }

    private sealed record Life(RaftNode Node, StorageOfLife Storage, Task Serving);

    /// <summary>The disk of one incarnation. Writes after its crash are lost.</summary>
    private sealed class StorageOfLife(InMemoryStorage disk) : IRaftStorage
    {
        private readonly Lock _gate = new();

        public bool HasCrashed { get; private set; }

        public void Crash()
        {
            lock (_gate)
            {
                HasCrashed = true;
                disk.Crash();
            }
        }

        public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default) => disk.OpenAsync(cancellationToken);

        public Task WriteAsync(RaftWrite write)
        {
            lock (_gate)
            {
                return HasCrashed ? Task.FromException(new IOException($"Write {write.Sequence} comes after a crash.")) : disk.WriteAsync(
                    write);
            }
        }

        public ValueTask CloseAsync()
        {
            lock (_gate)
            {
                return HasCrashed ? ValueTask.CompletedTask : disk.CloseAsync();
            }
        }
    }
}
