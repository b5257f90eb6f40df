using System.Diagnostics;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Transport;
using Raft.Verification.Cluster;

namespace Raft.Verification.RealTime;

/// <summary>
/// Real time: nodes on the thread pool, real timers, and in-memory disks with a short latency. Only the randomness of scenario and network
/// is controlled, so two runs of one seed differ. There are no monitors, but a node that stops because of an error is reported.
/// </summary>
internal sealed class RealTimeWorld : IWorld, IAsyncDisposable
{
    private const int _keptEvents = 20_000;
    private readonly RealTimeServer[] _servers;
    private readonly Queue<(double Seconds, string? What, NetworkEvent<Message>? Message)> _events = new();
    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly TaskCompletionSource<Exception> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RealTimeWorld(int servers, ulong seed, ProtocolOptions protocol)
    {
        Protocol = protocol;
        Servers = [.. Enumerable.Range(1, servers).Select(number => new ServerId(number))];
        Random = new SharedRandom(seed);
        _servers = [.. Servers.Select(id => new RealTimeServer(id, this, exception => _failure.TrySetResult(exception)))];
    }

    public IReadOnlyList<ServerId> Servers { get; }

    public ProtocolOptions Protocol { get; }

    public TimeProvider Time => TimeProvider.System;

    public Random Random { get; }

    /// <summary>Completes as soon as a node stops because of an error.</summary>
    public Task<Exception> Failure => _failure.Task;

    /// <summary>The log so far, or its last part.</summary>
    public IReadOnlyList<TraceEvent> Events
    {
        get
        {
            lock (_events)
            {
                return
                [
                    .. _events.Select(one => (one.Message is { } message
                        ? ClusterEvents.EventOf(message)
                        : new TraceEvent { Kind = TraceEventKind.Noted, What = one.What }) with { Seconds = one.Seconds }),
                ];
            }
        }
    }

    public void After(TimeSpan delay, Action action) => _ = AfterAsync(delay, action);

    public Task StartAsync(ServerId server, IRaftTransport transport, IService service) => Server(server).StartAsync(transport, service);

    public Task CrashAsync(ServerId server) => Server(server).CrashAsync();

    public NodeStatus? Status(ServerId server) => Server(server).Status;

    public DurableState Disk(ServerId server) => Server(server).Disk;

    public Task<Proposal?> ProposeAsync(ServerId server, Command command) => Server(server).ProposeAsync(command);

    public void SetFaultsEnded(bool ended)
    {
        // There are no monitors.
    }

    public void Note(string what) => Note(what, null);

    public void Note(TraceEventKind kind, Message message, long number) =>
        Note(null, new NetworkEvent<Message>(kind, message.From.Value, message.To.Value, message, number));

    /// <summary>Stops all servers.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_servers.Select(server => server.CrashAsync()));

    private void Note(string? what, NetworkEvent<Message>? message)
    {
        lock (_events)
        {
            if (_events.Count == _keptEvents)
            {
                _events.Dequeue();
            }

            _events.Enqueue((Stopwatch.GetElapsedTime(_begun).TotalSeconds, what, message));
        }
    }

    private RealTimeServer Server(ServerId id) => _servers[id.Value - 1];

    private async Task AfterAsync(TimeSpan delay, Action action)
    {
        try
        {
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay);
            }
            else
            {
                await Task.Yield();
            }

            action();
        }
        catch (Exception exception)
        {
            _failure.TrySetResult(exception);
        }
    }

    /// <summary>Random numbers for many threads.</summary>
    private sealed class SharedRandom(ulong seed) : Random((int)SplitMix64.Mix(seed))
    {
        private readonly Lock _gate = new();

        public override int Next(int maxValue)
        {
            lock (_gate)
            {
                return base.Next(maxValue);
            }
        }
    }
}
