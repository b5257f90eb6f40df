using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

public sealed class SwarmWalkTests
{
    private const int _schedules = 300;
    private const int _typical = 1_000;
    private const int _max = 1_000_000;

    [Fact]
    public void In_some_schedules_a_server_is_much_slower_than_the_others_and_in_most_it_is_not()
    {
        var threads = Threads.Apart(400, 400);
        var slow = Enumerable.Range(0, _schedules)
            .Count(seed => threads.Run(new SwarmWalk(), (ulong)seed, steps: 400).Count(thread => thread == 'a') < 60);

        Assert.InRange(slow, _schedules / 100, _schedules / 8);
    }

    [Fact]
    public void In_some_schedules_a_disk_or_some_messages_take_far_longer_than_is_typical_and_in_most_they_do_not()
    {
        Assert.InRange(LateSchedules(new Work(OperationKind.DiskWrite)), _schedules / 20, _schedules / 6);
        Assert.InRange(LateSchedules(new Work(OperationKind.Delivery)), _schedules / 4, 2 * _schedules / 3);
    }

    [Fact]
    public void Once_faults_have_ended_nothing_takes_longer_than_is_typical()
    {
        var strategy = new SwarmWalk();
        Assert.All(Enumerable.Range(0, _schedules), seed =>
        {
            strategy.Begin((ulong)seed);
            strategy.FaultsEnded();
            Assert.InRange(strategy.ChooseLatency(new Work(OperationKind.Delivery), _typical, _max), 0, _typical - 1);
        });
    }

    [Fact]
    public void Time_is_virtual_in_more_than_half_of_the_schedules()
    {
        var strategy = new SwarmWalk();
        var isVirtual = Enumerable.Range(0, _schedules).Count(seed =>
        {
            strategy.Begin((ulong)seed);
            return strategy.ChooseTime() == 0;
        });

        Assert.InRange(isVirtual, 0.5 * _schedules, 0.7 * _schedules);
    }

    [Fact]
    public void Timers_run_out_in_the_order_of_their_deadlines_in_most_schedules()
    {
        Operation[] timers = [.. ((long[])[30, 10, 20]).Select(due => new Work(OperationKind.Timer) { Due = due })];
        var strategy = new SwarmWalk();
        var inOrder = Enumerable.Range(0, _schedules).Count(seed =>
        {
            strategy.Begin((ulong)seed);
            return Enumerable.Range(0, 20).All(_ => strategy.ChooseOperation(new EnabledOperations([], timers, [])) == 1);
        });

        Assert.InRange(inOrder, 0.6 * _schedules, 0.9 * _schedules);
    }

    private static int LateSchedules(Operation work)
    {
        var strategy = new SwarmWalk();
        return Enumerable.Range(0, _schedules).Count(seed =>
        {
            strategy.Begin((ulong)seed);
            return Enumerable.Range(0, 20).Any(_ => strategy.ChooseLatency(work, _typical, _max) >= _typical);
        });
    }
}
