using BenchmarkDotNet.Attributes;
using DeterministicSimulation;

namespace Raft.Benchmarks;

/// <summary>
/// How many scheduling steps a second the embedded engine takes, with all monitors on; each worker has the same number of schedules to run.
/// </summary>
public class ExplorationSpeed
{
    private const int _schedulesPerWorker = 10_000;

    [Params("replication", "churn", "five-servers")]
    public string Scenario { get; set; } = "replication";

    [Params(1, 2)]
    public int Workers { get; set; }

    [Benchmark]
    public void Explore()
    {
        var scenario = Verification.Scenarios.Scenario.All.Single(one => one.Name == Scenario);
        var report = Explorer.Explore(
            scenario, new ExplorationOptions { Iterations = _schedulesPerWorker * Workers, Workers = Workers });
        RateColumn.Done(report.Steps, Scenario, Workers);
    }
}
