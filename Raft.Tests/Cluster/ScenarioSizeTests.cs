using DeterministicSimulation;
using Raft.Tests.Cli;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Cluster;

/// <summary>The number of servers that a scenario can have, and the limits that end a scenario that does not end by itself.</summary>
[Collection(nameof(InProcess))]
public sealed class ScenarioSizeTests
{
    public static TheoryData<string> Scenarios => [.. Scenario.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void With_one_to_nine_servers_a_scenario_runs_to_its_end_or_is_refused(string name)
    {
        var scenario = Scenario.All.First(one => one.Name == name);
        for (var servers = 1; servers <= 9; servers++)
        {
            var (status, output, errors) = InProcess.Run(
                "explore", name, "--servers", $"{servers}", "--iterations", "20", "--workers", "1");

            if (servers < scenario.MinServers)
            {
                Assert.Contains(
                    $"{name} needs at least {scenario.MinServers} servers; --servers says {servers}", errors, StringComparison.Ordinal);
                Assert.Equal(2, status);
            }
            else if (servers > ClusterOptions.MaxServers)
            {
                Assert.Contains($"{name} has at most 7 servers; --servers says {servers}", errors, StringComparison.Ordinal);
                Assert.Equal(2, status);
            }
            else
            {
                Assert.Equal((0, string.Empty), (status, errors));
                Assert.Contains("20 schedules", output, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_default_size_of_a_scenario_is_a_size_that_it_can_have() =>
        Assert.All(Scenario.All, scenario => Assert.InRange(scenario.Options.Servers, scenario.MinServers, scenario.MaxServers));

    [Fact]
    public void A_scenario_that_calls_the_cluster_for_ever_within_one_step_is_a_violation()
    {
        var spinning = Spinning(async cluster =>
        {
            await cluster.StartAsync();
            while (cluster.Servers.Count(cluster.IsUp) < 4)
            {
            }
        });

        var result = Schedule.Run(spinning, spinning.Options, Runs.Chooser(), seed: 1);

        Assert.Equal("Scenario", result.Violation?.Property);
        Assert.Contains("within one step", result.Violation!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schedule_that_never_ends_is_ended_by_the_time_limit_and_by_cancellation()
    {
        var endless = Spinning(async cluster =>
        {
            await cluster.StartAsync();
            while (true)
            {
                await cluster.PauseAsync(1);
            }
        }) with
        { Options = new ClusterOptions { MaxSteps = long.MaxValue } };

        var report = Explorer.Explore(endless, new ExplorationOptions { Time = TimeSpan.FromMilliseconds(100), Workers = 2 });
        Assert.Null(report.Violation);
        Assert.InRange(report.Time, TimeSpan.Zero, TimeSpan.FromSeconds(20));

        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        report = Explorer.Explore(endless, new ExplorationOptions { Iterations = 1 }, stop: stop.Token);
        Assert.Equal(0, report.Schedules);
    }

    private static Scenario Spinning(Func<ICluster, Task> run) => new("spinning", "a test", new ClusterOptions(), run);
}
