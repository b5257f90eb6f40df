using DeterministicSimulation;
using Raft.Verification.Parts;

namespace Raft.Tests.Cluster;

/// <summary>
/// A server crashes in the middle of a call that fails its stream, as it can under Coyote: there, code that waits for a task may run before
/// the call that completes the task continues. Here that code always runs first.
/// </summary>
public sealed class SimulatedStreamsTests : IStrategy
{
    private readonly EmbeddedScheduler _scheduler;
    private readonly SimulatedStreams _streams;

    public SimulatedStreamsTests()
    {
        var choices = new Choices(this);
        _scheduler = new EmbeddedScheduler(choices);
        _streams = new SimulatedStreams(_scheduler, new FaultLedger(FaultBudget.None, choices), servers: 2, server => $"S{server}");
    }

    [Fact]
    public void A_server_that_crashes_when_it_learns_that_its_stream_was_reset_completes_its_read_once()
    {
        var stream = Connected();
        var reading = CrashesAfter(() => stream.ReadAsync(new byte[1]));
        Assert.False(reading.IsCompleted);

        // A draw of 0 tells S1.
        _streams.Crash(2);
        Assert.Equal("The connection was reset.", Reason(reading));
    }

    [Fact]
    public void A_server_that_crashes_when_its_stream_is_refused_completes_its_attempt_once()
    {
        var opening = CrashesAfter(_streams.Connect(1, 2).OpenAsync);
        Run(opening);
        Assert.Equal("The connection was refused.", Reason(opening));
    }

    // As it waits for nothing, the task is complete, or has failed by an exception of the simulation itself.
    private static string Reason(Task<string> task)
    {
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    private SimulatedStream Connected()
    {
        var stream = _streams.Connect(1, 2);
        var (accepting, opening) = InlineContext.Run(() => (_streams.Listen(2).AcceptAsync(), stream.OpenAsync()));
        Run(opening);
        Assert.True(accepting.IsCompletedSuccessfully);
        return stream;
    }

    private void Run(Task task)
    {
        InlineContext.Run(() => _scheduler.Run(task, maxSteps: 10, CancellationToken.None));
        Assert.Null(_scheduler.Violation);
    }

    // S1 crashes once the call has failed. The result is why it has failed.
    private Task<string> CrashesAfter(Func<Task> call) => InlineContext.Run(async () =>
    {
        try
        {
            await call();
            return "It has not failed.";
        }
        catch (IOException exception)
        {
            _streams.Crash(1);
            return exception.Message;
        }
    });

    void IStrategy.Begin(ulong seed)
    {
    }

    int IStrategy.ChooseOperation(EnabledOperations enabled) => 0;

    bool IStrategy.ChooseFault(FaultKind kind) => false;

    int IStrategy.ChooseInteger(int bound) => 0;
}
