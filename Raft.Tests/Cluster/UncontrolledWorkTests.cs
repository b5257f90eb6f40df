namespace Raft.Tests.Cluster;

public sealed class UncontrolledWorkTests
{
    [Fact]
    public void Work_on_the_thread_pool_is_a_violation_that_names_the_method()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            var work = Task.Run(Uncontrolled);

            // Waits in real time, so that the thread starts before the schedule ends.
            ((IAsyncResult)work).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(10));
            await work;
            await cluster.PauseAsync(10);
        });

        Assert.Equal("EscapedWork", result.Violation?.Property);
        Assert.Contains(nameof(Uncontrolled), result.Violation!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_that_is_not_awaited_is_a_violation()
    {
        using var ran = new ManualResetEventSlim();
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            _ = Task.Run(ran.Set);

            // Waits in real time, so that the thread starts before the schedule ends.
            ran.Wait(TimeSpan.FromSeconds(10));
            await cluster.PauseAsync(10);
        });

        Assert.Equal("EscapedWork", result.Violation?.Property);
        Assert.Contains(nameof(ManualResetEventSlim), result.Violation!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_continuation_that_leaves_its_context_is_a_violation_that_names_the_method()
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
    public void A_new_thread_is_a_violation()
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
    public void A_real_timer_is_a_violation()
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
    public void Controlled_code_violates_nothing()
    {
        var result = Runs.Once(async cluster =>
        {
            await cluster.StartAsync();
            await Task.Yield();
            await Task.WhenAll(cluster.PauseAsync(5), cluster.PauseAsync(10));
        });

        Assert.Null(result.Violation);
    }

    private static void Uncontrolled()
    {
    }

    private static async Task LeaveAsync(Task task)
    {
        await task.ConfigureAwait(false);
        await Task.Yield();
    }
}
