using BenchmarkDotNet.Attributes;
using Raft.Verification.Exploration;

namespace Raft.Benchmarks;

/// <summary>How many scheduling steps a second the embedded engine takes, with all monitors on; each worker has the same number of schedules to run.</summary>
public class ExplorationSpeed
{
    private const int _schedulesPerWorker = 10_000;

    [Params("replication", "churn", "five-servers")]
    public string Scenario { get; set; } = "replication";

    [Params(1, 2)]
    public int Workers { get; set; }

    [Benchmark]
    public long Explore() => Run(Scenario, Workers).Steps;

    /// <summary>How many steps one run takes: always the same.</summary>
    internal static long Steps(string scenario, int workers) => Run(scenario, workers).Steps;

    private static ScenarioReport Run(string name, int workers)
    {
        var scenario = Verification.Scenarios.Scenario.All.Single(one => one.Name == name);
        return Explorer.Explore(scenario, new ExplorationOptions { Iterations = _schedulesPerWorker * workers, Workers = workers });
    }
}
