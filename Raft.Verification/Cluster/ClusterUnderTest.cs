using DeterministicSimulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>A cluster with its scenario and its monitors, for one schedule.</summary>
internal sealed class ClusterUnderTest : SystemUnderTest
{
    private readonly Func<ICluster, Task> _scenario;

    /// <summary>Creates a cluster, without starting it.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="simulation">The world of the schedule.</param>
    /// <param name="monitors">The monitors that check the cluster.</param>
    public ClusterUnderTest(
        Func<ICluster, Task> scenario, Simulation simulation, IReadOnlyList<SpecificationMonitor> monitors)
    {
        _scenario = scenario;
        Cluster = new SimulatedCluster(simulation.Scheduler, (ClusterOptions)simulation.Options, monitors, simulation.Faults);
        if (simulation.States is { } states)
        {
            foreach (var server in Cluster.Simulated)
            {
                server.Stepped += (_, _, _) => states.Note(AbstractState.Of(Cluster.State));
            }
        }

        if (simulation.Log is { } log)
        {
            ClusterEvents.Record(Cluster, log);
        }
    }

    /// <summary>The cluster.</summary>
    public SimulatedCluster Cluster { get; }

    /// <inheritdoc/>
    public override Task RunAsync() => _scenario(Cluster);

    /// <inheritdoc/>
    public override long ModelSteps => Cluster.Conformance?.Steps ?? 0;

    /// <inheritdoc/>
    public override IReadOnlyList<long> ModelCoverage => Cluster.Conformance?.Coverage.Counts ?? [];

    /// <inheritdoc/>
    public override ulong AddTo(ulong digest)
    {
        using var observed = StoredBytes.BeginObserving();
        foreach (var server in Cluster.Simulated)
        {
            digest = RaftDigest.Add(digest, server.State.Durable);
            if (server.State.Core is { } core)
            {
                digest = RaftDigest.Add(digest, core);
            }
        }

        return digest;
    }

    /// <inheritdoc/>
    public override (string Property, string Message)? Judge(Exception failure) =>
        failure is PropertyFailure broken ? (broken.Property, broken.Message) : null;

    /// <inheritdoc/>
    public override string Describe() => string.Concat(Cluster.Simulated.Select(server => $"{Environment.NewLine}  {server.Describe()}"));
}
