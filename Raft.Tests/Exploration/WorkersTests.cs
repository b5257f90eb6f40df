using DeterministicSimulation;

namespace Raft.Tests.Exploration;

/// <summary>Work on several threads.</summary>
public sealed class WorkersTests
{
    [Fact]
    public void Every_thread_does_its_work_and_the_caller_reports_meanwhile()
    {
        var (begun, reports) = (0, 0);

        Workers.Run("The work", 3, _ => Work(), () => Interlocked.Increment(ref reports), TimeSpan.FromMilliseconds(1));

        Assert.Equal(3, begun);
        Assert.True(reports >= 3);

        void Work()
        {
            Interlocked.Increment(ref begun);
            SpinWait.SpinUntil(() => Volatile.Read(ref reports) >= 3);
        }
    }

    [Fact]
    public void A_failure_ends_the_work_of_the_other_threads_and_is_thrown_with_its_cause()
    {
        var number = 0;

        var failure = Assert.Throws<InvalidOperationException>(() => Workers.Run("The work", 2, Work, () => { }));

        Assert.Equal("The work failed: it is broken", failure.Message);
        Assert.IsType<FormatException>(failure.InnerException);

        void Work(CancellationToken stop)
        {
            if (Interlocked.Increment(ref number) == 1)
            {
                throw new FormatException("it is broken");
            }

            stop.WaitHandle.WaitOne();
            stop.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public void A_caller_that_gives_up_cancels_the_work_and_leaves_a_thread_behind_that_does_not_end()
    {
        using var end = new ManualResetEventSlim();
        CancellationToken token = default;

        Assert.Throws<EndlessScheduleException>(() => Workers.Run(
            "The work",
            1,
            stop =>
            {
                token = stop;
                end.Wait(CancellationToken.None);
            },
            () =>
            {
                if (token.CanBeCanceled)
                {
                    throw new EndlessScheduleException("it does not end");
                }
            },
            TimeSpan.FromMilliseconds(1)));
        Assert.True(token.IsCancellationRequested);
        end.Set();
    }
}
