using Raft.Verification.Exploration.Strategies;
using Raft.Verification.Simulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class SwarmWalkTests
{
    private const int _schedules = 300;

    [Fact]
    public void In_some_schedules_a_server_is_much_slower_than_the_others_and_in_most_it_is_not()
    {
        var threads = Threads.Apart(400, 400);
        var slow = Enumerable.Range(0, _schedules).Count(seed => threads.Run(new SwarmWalk(), (ulong)seed, steps: 400).Count(thread => thread == 'a') < 60);

        Assert.InRange(slow, _schedules / 20, _schedules / 4);
    }

    [Fact]
    public void Time_is_virtual_in_half_of_the_schedules()
    {
        var strategy = new SwarmWalk();
        var isVirtual = Enumerable.Range(0, _schedules).Count(seed =>
        {
            strategy.Begin((ulong)seed);
            return strategy.ChooseTime() == 0;
        });

        Assert.InRange(isVirtual, 0.4 * _schedules, 0.6 * _schedules);
    }

    [Fact]
    public void Timers_run_out_in_the_order_of_their_deadlines_in_most_schedules()
    {
        Timer[] timers = [new(due: 30), new(due: 10), new(due: 20)];
        var strategy = new SwarmWalk();
        var inOrder = Enumerable.Range(0, _schedules).Count(seed =>
        {
            strategy.Begin((ulong)seed);
            return Enumerable.Range(0, 20).All(_ => strategy.ChooseOperation(new EnabledOperations([], timers, [])) == 1);
        });

        Assert.InRange(inOrder, 0.6 * _schedules, 0.9 * _schedules);
    }

    private sealed class Timer : Operation
    {
        public Timer(long due) => Due = due;

        public override OperationKind Kind => OperationKind.Timer;

        public override int Server => 1;

        internal override void Run()
        {
        }
    }
}
