using System.Collections.Immutable;
using DeterministicSimulation;
using ModelChecking.Linearizability;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Verification.Conformance;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// A cluster under the embedded engine: the real nodes, on a simulated network, on simulated disks, with simulated clocks.
/// </summary>
internal sealed partial class SimulatedCluster : ICluster, IReceiver<Message>
{
    /// <summary>The name of the operation that ends the stall of a disk.</summary>
    public const string ResumeDisk = "resume the disk of";

    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(100);
    private readonly Scheduler _scheduler;
    private readonly ClusterOptions _options;
    private readonly Specification _specification;
    private readonly FaultLedger _faults;
    private readonly SimulatedNetwork<Message> _network;
    private SimulatedStreams? _streams;
    private readonly SimulatedServer[] _servers;
    private readonly ServerId[] _ids;

    // The faults that were offered before, by kind and server.
    private readonly Fault?[,] _breaks;
    private int _commands;
    private bool _emptyWasProposed;
    private DrawnLimits? _limits;
    private bool _faultsEnded;
    private SimulatedClock? _time;
    private SimulatedWorld? _world;

    public SimulatedCluster(Scheduler scheduler, ClusterOptions options, IReadOnlyList<SpecificationMonitor> monitors, FaultLedger faults)
    {
        Conformance = monitors.OfType<ConformanceMonitor>().SingleOrDefault();
        _scheduler = scheduler;
        _options = options;
        _faults = faults;
        _ids = [.. Enumerable.Range(1, options.Servers).Select(number => new ServerId(number))];
        ImmutableArray<ServerState> states = [.. _ids.Select(id => new ServerState(id, new()))];
        _specification = new Specification(states, monitors, Violate);
        _specification.Cluster.Clock = () => scheduler.Now;
        _specification.Cluster.IsOrderly = options is { DrawsLimits: false, BytesPerSecond: 0, Faults.Reorderings: 0 };
        _breaks = new Fault?[FaultCounts.Kinds.Count, options.Servers];
        _network = new SimulatedNetwork<Message>(scheduler, faults, options.Servers, this);
        if (_specification.WatchesNetwork)
        {
            _network.Watch(_specification.Network);
        }

        _servers =
        [
            .. states.Select(state => new SimulatedServer(state.Id, _ids, scheduler, _network, faults, state, _specification, options)),
        ];
        foreach (var server in _servers)
        {
            server.Stopped = reason => OnStopped(server, reason);
            if (server.Files is { } files)
            {
                files.Misread = what => Note($"fault: a read of {what} returns a wrong bit", server);
            }
        }
    }

    public IReadOnlyList<ServerId> Servers => _ids;

    public ServerId? Leader => State.Leader?.Id;

    public IWorld World => _world ??= new SimulatedWorld(_scheduler, this, _specification, _faults);

    public ConformanceMonitor? Conformance { get; }

    public ClusterState State => _specification.Cluster;

    public IReadOnlyList<SimulatedServer> Simulated => _servers;

    public SimulatedNetwork<Message> Network => _network;

    /// <summary>True time, in ticks.</summary>
    public long Now => _scheduler.Now;

    /// <summary>Called for each event that a scenario or a fault causes, with its server if it has one; null to skip it.</summary>
    public Action<TraceEvent, SimulatedServer?>? Traced { get; set; }

    public int Choose(int bound)
    {
        _scheduler.CountCall();
        return _scheduler.Choices.Number(bound);
    }

    public Task PauseAsync(int steps) => _scheduler.PauseAsync(steps);

    public Task UntilAsync(Func<bool> condition, string what)
    {
        _scheduler.CountCall();
        return _scheduler.UntilAsync(condition, what);
    }

    public DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch.AddTicks(_scheduler.Now);

    public IService? ServiceOf(ServerId server) => Server(server).Service;

    public Task<ReplicationResult?> ReplicateAsync(ServerId server, Command command) => Server(server).ReplicateAsync(command);

    public int BeginCall(int client, RegisterAction action)
    {
        Note($"client {client} calls {action}");
        return _specification.Called(client, action);
    }

    public void EndCall(int call, RegisterAction action)
    {
        Note($"{action} returns");
        _specification.Returned(call, action);
    }

    public Task StartAsync(Func<ServerId, IService>? service = null)
    {
        _limits = DrawnLimits.Of(_options, _scheduler.Choices);
        _network.BytesPerSecond = _limits.BytesPerSecond;
        _streams = _limits.Streams
            ? new SimulatedStreams(_scheduler, _faults, _ids.Length, server => _ids[server - 1].ToString())
            : null;
        var transport = _streams is null ? null : new StreamTransport(_scheduler, _streams, _network, _ids);
        foreach (var server in _servers)
        {
            server.Prepare(_limits, _streams, transport);
            server.NewService = service;
            server.Start();
        }

        _scheduler.BeginTime(_options.Time);
        OfferFaults();
        return Task.CompletedTask;
    }

    public Task<Proposal?> ProposeAsync(ServerId server) => Server(server).ProposeAsync(NextCommand());

    public ProtocolOptions Protocol => _limits?.Protocol ?? _options.Protocol;

    public Task<ReadBarrier?> ReadAsync(ServerId server) => Server(server).ReadAsync();

    public Task<LeadershipTransferResult?> TransferAsync(ServerId server, ServerId? target = null) =>
        Server(server).TransferAsync(target);

    public bool IsUp(ServerId server)
    {
        _scheduler.CountCall();
        return Server(server).IsUp;
    }

    public LogIndex Applied(ServerId server) => Server(server).Applied;

    public LogIndex CommitIndex(ServerId server) => Server(server).State.Core?.CommitIndex ?? LogIndex.Zero;

    public void Crash(ServerId server)
    {
        if (IsUp(server))
        {
            _faults.Note(FaultKind.Crash);
            CrashNow(server);
        }
    }

    public void Restart(ServerId server)
    {
        if (IsUp(server) || Server(server).Files is { HasRefused: true })
        {
            return;
        }

        Damage(Server(server));
        Server(server).Start();
        Trace(TraceEventKind.Started, Server(server));
        OfferFaults();
    }

    public void Partition(params IReadOnlyCollection<ServerId> group)
    {
        _scheduler.CountCall();
        _faults.Note(FaultKind.Partition);
        Divide(group.Contains);
    }

    public void Heal()
    {
        _scheduler.CountCall();
        Trace(TraceEventKind.Healed);
        _network.Heal();
        _streams?.Heal();
        OfferFaults();
    }

    public void EndFaults()
    {
        if (_faultsEnded)
        {
            return;
        }

        _faultsEnded = true;
        _scheduler.Choices.FaultsEnded();
        _faults.End();
        _scheduler.Faults.Clear();
        Heal();
        _scheduler.IsFair = true;
        foreach (var server in _servers)
        {
            server.FailPort(null);
            server.ResumeService();
            server.Files?.Fill(false);
            server.Disk.BeginFairTime();
            if (server.Disk.IsStalled)
            {
                Stall(server, false);
            }

            if (!server.IsUp)
            {
                Restart(server.Id);
            }
        }

        _scheduler.Faults.Clear();
        _network.BeginFairTime();
        _streams?.BeginFairTime();
        _specification.FaultsEnded(_scheduler.Now);
        _time = new SimulatedClock(_scheduler, new OperationContext(_scheduler, "time"), 1);
        _time.CreateTimer(_ => PassTime(), null, _tick, _tick);
    }

    public async Task DelayAsync(TimeSpan delay)
    {
        var done = new TaskCompletionSource("a while");
        using var timer = (_time ?? throw new InvalidOperationException("Time is not fair yet: end the faults first.")).CreateTimer(
            _ => done.SetResult(), null, delay, Timeout.InfiniteTimeSpan);
        await done.Task;
    }

    public void BeginRest()
    {
        Note("the cluster is at rest");
        _specification.Rest(_scheduler.Now);
    }

    // A unique command. If limits are drawn, its size varies: it may be empty, larger than a message of the tight limits can carry, or one
    // byte larger than is allowed.
    private Command NextCommand()
    {
        var name = $"c{++_commands}";
        var size = _limits is { } limits && _options.DrawsLimits
            ? _scheduler.Choices.Number(16) switch
            {
                1 => 0,
                2 => 16,
                3 => 60,
                4 when limits.Core.MaxMessageBytes < 1000 => limits.Core.MaxMessageBytes + 1,
                _ => name.Length,
            }
            : name.Length;
        if (size == 0 && !_emptyWasProposed)
        {
            _emptyWasProposed = true;
            return default;
        }

        return Command.FromText(name.PadRight(size, '.'));
    }

    private void OnStopped(SimulatedServer server, string reason)
    {
        Traced?.Invoke(new TraceEvent { Kind = TraceEventKind.Crashed, Reason = reason }, server);
        if (_faultsEnded)
        {
            Restart(server.Id);
        }
        else
        {
            OfferFaults();
        }
    }

    private void PassTime()
    {
        _specification.Time(_scheduler.Now);
        foreach (var server in _servers)
        {
            server.PassTime(_scheduler.Now);
        }

        if (Damaged is { } damaged)
        {
            Operate(damaged);
        }

        _scheduler.StateChanged();
    }

    private void Violate(string property, ViolationMessage message) =>
        _scheduler.Violate(property, message, () => message.Subjects, message.Supersedes);

    bool IReceiver<Message>.IsUp(int server) => _servers[server - 1].IsUp;

    void IReceiver<Message>.Receive(int server, Message message) => _servers[server - 1].Receive(message);

    string IReceiver<Message>.NameOf(int server) => _ids[server - 1].ToString();

    private SimulatedServer Server(ServerId id) => _servers[id.Value - 1];

    private void CrashNow(ServerId server)
    {
        var lost = Server(server).Crash();
        _faults.Note(FaultKind.LostWrite, lost);
        TraceCrash(server, lost);
        OfferFaults();
    }

    private void Divide(Func<ServerId, bool> isInside)
    {
        ServerId[][] groups = [[.. _ids.Where(isInside)], [.. _ids.Where(id => !isInside(id))]];
        Trace(TraceEventKind.Partitioned, Array.ConvertAll(groups, group => Array.ConvertAll(group, id => id.Value)));
        foreach (var from in _ids)
        {
            foreach (var to in _ids)
            {
                if (isInside(from) != isInside(to))
                {
                    Cut(from, to);
                }
            }
        }

        OfferFaults();
    }

    private void Cut(ServerId from, ServerId to)
    {
        _network.SetCut(from.Value, to.Value, true);
        _streams?.Cut(from.Value, to.Value);
    }

    /// <summary>Delivers a message that no server sent.</summary>
    public void SendStray(SimulatedServer server, Message stray)
    {
        _specification.Strayed(stray);
        Note($"a stray arrives: {stray}", server);
        server.Receive(stray);
    }

    private void ResumeService(SimulatedServer server)
    {
        Note("the service resumes", server);
        server.ResumeService();
        OfferFaults();
    }

    private void Stall(SimulatedServer server, bool stalled)
    {
        Trace(stalled ? TraceEventKind.DiskStalled : TraceEventKind.DiskResumed, server);
        server.Disk.Stall(stalled);
        OfferFaults();
    }

    /// <summary>Records an event of a server, or of the cluster.</summary>
    public void Trace(TraceEventKind kind, SimulatedServer? server = null) => Traced?.Invoke(new TraceEvent { Kind = kind }, server);

    /// <summary>Records that a server crashes.</summary>
    public void TraceCrash(ServerId server, int lostWrites) =>
        Traced?.Invoke(new TraceEvent { Kind = TraceEventKind.Crashed, LostWrites = lostWrites }, Server(server));

    /// <summary>Records a note.</summary>
    public void Note(string what, SimulatedServer? server = null) =>
        Traced?.Invoke(new TraceEvent { Kind = TraceEventKind.Noted, What = what }, server);

    private void Trace(TraceEventKind kind, IReadOnlyList<IReadOnlyList<int>> groups) =>
        Traced?.Invoke(new TraceEvent { Kind = kind, Groups = groups }, null);
}
