using Raft.Verification.Cluster;

namespace Raft.Tests.Cluster;

public sealed class DeadlockTests
{
    [Fact]
    public void A_run_in_which_nothing_can_happen_is_a_deadlock_that_names_what_each_method_waits_for()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            foreach (var server in cluster.Servers)
            {
                cluster.Crash(server);
            }

            await WaitForeverAsync(cluster);
        });

        Assert.Equal("Deadlock", result.Violation?.Property);
        Assert.Contains($"{nameof(WaitForeverAsync)} > pigs to fly", result.Violation!.Message, StringComparison.Ordinal);
        Assert.Contains("S1 is down", result.Violation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_that_no_code_completes_is_a_deadlock_that_names_the_method_that_awaits_it()
    {
        var result = Runs.Once(async cluster => await AwaitNothingAsync());

        Assert.Equal("Deadlock", result.Violation?.Property);
        Assert.Contains(
            $"{nameof(AwaitNothingAsync)} > a task that no code completes", result.Violation!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_never_ends_violates_termination()
    {
        var result = Runs.Once(
            async cluster =>
            {
                await cluster.StartAsync();
                await WaitForeverAsync(cluster);
            },
            new ClusterOptions { MaxSteps = 500 });

        Assert.Equal(("Termination", 500), (result.Violation?.Property, result.Violation?.Step));
        Assert.Contains("pigs to fly", result.Violation!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scenario_that_fails_is_a_violation_with_its_reason()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            throw new InvalidOperationException("the sky is falling");
        });

        Assert.Equal("Scenario", result.Violation?.Property);
        Assert.Contains("the sky is falling", result.Violation!.Message, StringComparison.Ordinal);
    }

    private static async Task WaitForeverAsync(ICluster cluster) => await cluster.UntilAsync(() => false, "pigs to fly");

    private static async Task AwaitNothingAsync() => await new TaskCompletionSource().Task;
}
