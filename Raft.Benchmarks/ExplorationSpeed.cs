using BenchmarkDotNet.Attributes;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Benchmarks;

/// <summary>
/// How many scheduling steps a second the embedded engine takes, with all monitors on; each worker has the same number of schedules to run.
/// Two workloads show what grows: seven servers, and schedules of some 80,000 steps, with 3,000 entries in each log.
/// </summary>
public class ExplorationSpeed
{
    private const int _proposals = 3_000;
    private const int _steps = 40;

    [Params("replication", "churn", "five-servers", "replication, 7 servers", "replication, 3,000 entries")]
    public string Workload { get; set; } = "replication";

    [Params(true, false)]
    public bool Conformance { get; set; }

    [Params(1, 2)]
    public int Workers { get; set; }

    [Benchmark]
    public void Explore()
    {
        var (scenario, schedules) = Workload switch
        {
            "replication, 7 servers" => (With(Of("replication"), options => options with { Servers = 7 }), 5_000),
            "replication, 3,000 entries" => (
                With(Of("replication"), options => options with { MaxSteps = 10_000_000 }) with { RunAsync = ProposeManyAsync }, 40),
            _ => (Of(Workload), 10_000),
        };
        var report = Explorer.Explore(
            With(scenario, options => options with { Conformance = Conformance }),
            new ExplorationOptions { Iterations = schedules * Workers, Workers = Workers });
        RateColumn.Done<ExplorationSpeed>(report.Steps, Workload, Conformance, Workers);
    }

    private static Scenario Of(string name) => Scenario.All.Single(one => one.Name == name);

    private static Scenario With(Scenario scenario, Func<ClusterOptions, ClusterOptions> change) =>
        scenario with { Options = change(scenario.Options) };

    private static async Task ProposeManyAsync(ICluster cluster)
    {
        await cluster.StartAsync();
        for (var left = _proposals; left > 0; left--)
        {
            await cluster.PauseAsync(1 + cluster.Choose(_steps));
            await cluster.ProposeAsync(cluster.Leader ?? cluster.Servers[cluster.Choose(cluster.Servers.Count)]);
        }
    }
}
