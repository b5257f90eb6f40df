using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Transport;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// The world in virtual time. The choices determine everything that happens. Operations run when they are due; operations that are due at
/// the same time run in any order. Disks are simulated, and monitors check every step.
/// </summary>
internal sealed class SimulatedWorld : IWorld
{
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(100);
    private readonly Scheduler _scheduler;
    private readonly SimulatedCluster _cluster;
    private readonly Specification _specification;
    private readonly FaultLedger _faults;
    private bool _faultsEnded;

    public SimulatedWorld(Scheduler scheduler, SimulatedCluster cluster, Specification specification, FaultLedger faults)
    {
        _scheduler = scheduler;
        _cluster = cluster;
        _specification = specification;
        _faults = faults;
        _scheduler.IsFair = true;

        // Messages that are due at the same time arrive in any order, even those of one link.
        _specification.Cluster.IsOrderly = false;
        Time = new SimulatedClock(scheduler, new OperationContext(scheduler, "time"), 1);
        Random = new SimulatedRandom(scheduler.Choices);
        Time.CreateTimer(_ => specification.Time(scheduler.Now), null, _tick, _tick);
    }

    public IReadOnlyList<ServerId> Servers => _cluster.Servers;

    public ProtocolOptions Protocol => _cluster.Protocol;

    public TimeProvider Time { get; }

    public Random Random { get; }

    public void After(TimeSpan delay, Action action) => _scheduler.AddWork(new Later(action) { Due = _scheduler.Now + delay.Ticks });

    public Task StartAsync(ServerId server, IRaftTransport transport, IService service)
    {
        Server(server).Start(transport, service);
        _cluster.Trace(TraceEventKind.Started, Server(server));
        return Task.CompletedTask;
    }

    public Task CrashAsync(ServerId server)
    {
        var lost = Server(server).Crash();
        _faults.Note(FaultKind.Crash);
        _faults.Note(FaultKind.LostWrite, lost);
        _cluster.TraceCrash(server, lost);
        return Task.CompletedTask;
    }

    public NodeStatus? Status(ServerId server) => Server(server).Status;

    public DurableState Disk(ServerId server) => Server(server).State.Durable.Read();

    public Task<Proposal?> ProposeAsync(ServerId server, Command command) => Server(server).ProposeAsync(command);

    public void SetFaultsEnded(bool ended)
    {
        if (ended && !_faultsEnded)
        {
            _specification.FaultsEnded(_scheduler.Now);
        }
        else if (_faultsEnded && !ended)
        {
            _specification.FaultsResumed();
        }

        _faultsEnded = ended;
    }

    public void Note(string what) => _cluster.Note(what);

    public void Note(TraceEventKind kind, Message message, long number) =>
        _cluster.Network.Note(new(kind, message.From.Value, message.To.Value, message, number));

    private SimulatedServer Server(ServerId id) => _cluster.Simulated[id.Value - 1];

    /// <summary>A delayed action of the scenario's network.</summary>
    private sealed class Later(Action action) : Operation
    {
        public override OperationKind Kind => OperationKind.Delivery;

        public override int Server => 0;

        public override void Run() => action();

        public override string ToString() => "the network runs a delayed action";
    }
}
