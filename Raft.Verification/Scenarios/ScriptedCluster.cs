using DeterministicSimulation;
using ModelChecking.Linearizability;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Verification.Cluster;
using Raft.Verification.Conformance;

namespace Raft.Verification.Scenarios;

/// <summary>A cluster that reports what a scenario does to it.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="report">Called with each step.</param>
internal sealed class ScriptedCluster(ICluster cluster, Action<ScriptStep> report) : ICluster
{
    public IReadOnlyList<ServerId> Servers => cluster.Servers;

    public ServerId? Leader => cluster.Leader;

    public IWorld World => cluster.World;

    public ConformanceMonitor? Conformance => cluster.Conformance;

    public DateTimeOffset UtcNow => cluster.UtcNow;

    public Task StartAsync(Func<ServerId, IService>? service = null) => cluster.StartAsync(service);

    public IService? ServiceOf(ServerId server) => cluster.ServiceOf(server);

    public Task<ReplicationResult?> ReplicateAsync(ServerId server, Command command)
    {
        Report(ScriptAction.Propose, server);
        return cluster.ReplicateAsync(server, command);
    }

    public int BeginCall(int client, RegisterAction action) => cluster.BeginCall(client, action);

    public void EndCall(int call, RegisterAction action) => cluster.EndCall(call, action);

    public int Choose(int bound) => cluster.Choose(bound);

    public Task PauseAsync(int steps) => cluster.PauseAsync(steps);

    public Task UntilAsync(Func<bool> condition, string what) => cluster.UntilAsync(condition, what);

    public bool IsUp(ServerId server) => cluster.IsUp(server);

    public LogIndex Applied(ServerId server) => cluster.Applied(server);

    public LogIndex CommitIndex(ServerId server) => cluster.CommitIndex(server);

    public Task<Proposal?> ProposeAsync(ServerId server)
    {
        Report(ScriptAction.Propose, server);
        return cluster.ProposeAsync(server);
    }

    public ProtocolOptions Protocol => cluster.Protocol;

    public Task<ReadBarrier?> ReadAsync(ServerId server)
    {
        Report(ScriptAction.Read, server);
        return cluster.ReadAsync(server);
    }

    public Task<LeadershipTransferResult?> TransferAsync(ServerId server, ServerId? target = null)
    {
        Report(ScriptAction.Transfer, target is { } named ? [server, named] : [server]);
        return cluster.TransferAsync(server, target);
    }

    public void Crash(ServerId server)
    {
        Report(ScriptAction.Crash, server);
        cluster.Crash(server);
    }

    public void Restart(ServerId server)
    {
        Report(ScriptAction.Start, server);
        cluster.Restart(server);
    }

    public void Partition(params IReadOnlyCollection<ServerId> group)
    {
        Report(ScriptAction.Partition, [.. group]);
        cluster.Partition(group);
    }

    public void Heal()
    {
        Report(ScriptAction.Heal);
        cluster.Heal();
    }

    public void EndFaults()
    {
        Report(ScriptStep.Converge);
        cluster.EndFaults();
    }

    public Task DelayAsync(TimeSpan delay) => cluster.DelayAsync(delay);

    public void BeginRest() => cluster.BeginRest();

    private void Report(string action, params ServerId[] servers) =>
        report(new ScriptStep(action, servers.Length == 0 ? null : [.. servers.Select(server => server.Value)]));
}
