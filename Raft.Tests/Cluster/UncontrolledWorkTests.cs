namespace Raft.Tests.Cluster;

public sealed class EscapeTests
{
    [Fact]
    public void Work_on_the_thread_pool_is_an_error_that_names_the_method_which_waits_for_it_or_runs()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            await Task.Run(Escaped);
        });

        Assert.Equal("EscapedWork", result.Violation?.Property);
        Assert.Contains(nameof(Escaped), result.Violation!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_that_nobody_waits_for_is_noticed_too()
    {
        using var ran = new ManualResetEventSlim();
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            _ = Task.Run(ran.Set);

            // Real time, so that the thread has begun before the schedule ends.
            ran.Wait(TimeSpan.FromSeconds(10));
            await cluster.PauseAsync(10);
        });

        Assert.Equal("EscapedWork", result.Violation?.Property);
        Assert.Contains(nameof(ManualResetEventSlim), result.Violation!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_continuation_that_leaves_its_context_is_an_error_that_names_the_method()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            await LeaveAsync(cluster.PauseAsync(5));
        });

        Assert.Equal("EscapedWork", result.Violation?.Property);
        Assert.Contains(nameof(LeaveAsync), result.Violation!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thread_of_its_own_is_an_error()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => done.SetResult()).Start();
            await done.Task;
        });

        Assert.Equal("EscapedWork", result.Violation?.Property);
    }

    [Fact]
    public void A_real_timer_is_an_error()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            foreach (var server in cluster.Servers)
            {
                cluster.Crash(server);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        });

        Assert.Equal("EscapedWork", result.Violation?.Property);
    }

    [Fact]
    public void Code_that_stays_is_no_error()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            await Task.Yield();
            await Task.WhenAll(cluster.PauseAsync(5), cluster.PauseAsync(10));
        });

        Assert.Null(result.Violation);
    }

    private static void Escaped()
    {
    }

    private static async Task LeaveAsync(Task task)
    {
        await task.ConfigureAwait(false);
        await Task.Yield();
    }
}
