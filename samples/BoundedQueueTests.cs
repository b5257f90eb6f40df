using DeterministicSimulation;

namespace Samples;

/// <summary>
/// A bounded queue in which whoever waits is woken by the other side. It looks right, and passes a test that runs it once: a second waiter
/// replaces the first, which is then never woken. <see cref="IsMended"/> keeps all who wait.
/// </summary>
internal sealed class BoundedQueue<T>(int capacity)
{
    private readonly Queue<T> _items = new();
    private readonly List<TaskCompletionSource> _waiting = [];

    public bool IsMended { get; init; }

    public async Task PutAsync(T item)
    {
        while (_items.Count == capacity)
        {
            await ChangeAsync();
        }

        _items.Enqueue(item);
        Wake();
    }

    public async Task<T> TakeAsync()
    {
        while (_items.Count == 0)
        {
            await ChangeAsync();
        }

        var item = _items.Dequeue();
        Wake();
        return item;
    }

    private Task ChangeAsync()
    {
        if (!IsMended)
        {
            _waiting.Clear();
        }

        _waiting.Add(new TaskCompletionSource());
        return _waiting[^1].Task;
    }

    private void Wake()
    {
        TaskCompletionSource[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (var one in waiting)
        {
            one.SetResult();
        }
    }
}

/// <summary>The same test for Microsoft Coyote's own tool: <c>coyote test</c>.</summary>
public static class UnderCoyote
{
    [Microsoft.Coyote.SystematicTesting.Test]
    public static Task BoundedQueue() => BoundedQueueTests.UseAsync((_, code) => Task.Run(code), isMended: false);
}

public sealed class BoundedQueueTests
{
    [Fact]
    public void The_lost_wake_up_is_found_and_the_shrunk_trace_runs_again()
    {
        var failure = Assert.Throws<SimulationFailedException>(
            () => SimulatedTest.Explore(simulation => UseAsync(simulation.Start, isMended: false)));

        Assert.Equal("Deadlock", failure.Violation.Property);
        Assert.Contains(failure.File, failure.Message, StringComparison.Ordinal);
        var again = Assert.Throws<SimulationFailedException>(
            () => SimulatedTest.Replay(failure.File, simulation => UseAsync(simulation.Start, isMended: false)));
        Assert.Equal(failure.Violation.ToString(), again.Violation.ToString());
        SimulatedTest.Rerun(failure.File, simulation => UseAsync(simulation.Start, isMended: true));
    }

    [Fact]
    public void A_queue_that_keeps_all_who_wait_loses_none() =>
        Assert.Equal(1000, SimulatedTest.Explore(simulation => UseAsync(simulation.Start, isMended: true)).Schedules);

    // How code is started beside its caller is all that the engines differ in.
    internal static async Task UseAsync(Func<string, Func<Task>, Task> start, bool isMended)
    {
        var queue = new BoundedQueue<int>(capacity: 1) { IsMended = isMended };
        var taken = 0;
        await Task.WhenAll((Task[])
        [
            start("producer 1", () => PutAsync(2)),
            start("producer 2", () => PutAsync(2)),
            start("consumer", TakeAsync),
        ]);
        Assert.Equal(4, taken);

        async Task PutAsync(int items)
        {
            for (var item = 0; item < items; item++)
            {
                await Task.Yield();
                await queue.PutAsync(item);
            }
        }

        async Task TakeAsync()
        {
            for (; taken < 4; taken++)
            {
                await Task.Yield();
                await queue.TakeAsync();
            }
        }
    }
}
