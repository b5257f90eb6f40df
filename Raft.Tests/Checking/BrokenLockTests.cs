using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class BrokenLockTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Two_processes_get_in_when_both_test_before_either_takes_it(int processes)
    {
        var result = Checker.Check(new BrokenLock(processes), new CheckOptions { Workers = 1 });

        Assert.Equal(CheckOutcome.Violated, result.Outcome);
        Assert.Equal("MutualExclusion", result.Violated);
        var steps = result.Counterexample!.States.Select(state => state.Step).ToArray();
        Assert.Equal(5, steps.Length);
        Assert.Equal(["Init", "Set", "Set", "Test", "Test"], steps.Select(step => step.Split('(')[0]).Order());
        Assert.Equal(2, result.Counterexample.States[^1].Values.Count(value => value.Value == "Inside"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Tested_and_taken_in_one_step_one_process_gets_in_at_a_time(int processes)
    {
        var result = Checker.Check(new BrokenLock(processes) { IsAtomic = true });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal(1 + processes, result.Distinct);
    }

    [Fact]
    public void With_symmetry_it_is_still_broken_and_by_a_path_of_the_specification()
    {
        var result = Checker.Check(new BrokenLock(4), new CheckOptions { Symmetry = true, Workers = 1 });

        Assert.Equal("MutualExclusion", result.Violated);
        Assert.Equal(5, result.Counterexample!.States.Count);
        Assert.Equal(2, result.Counterexample.States[^1].Values.Count(value => value.Value == "Inside"));
    }

    [Fact]
    public void Locks_taken_in_opposite_order_end_in_a_deadlock()
    {
        var result = Checker.Check(new CrossedLocks(), new CheckOptions { FindDeadlocks = true });

        Assert.Equal(CheckOutcome.Violated, result.Outcome);
        Assert.Equal(CheckResult.Deadlock, result.Violated);
        Assert.Equal(["Take(p1, lock1)", "Take(p2, lock2)"], result.Counterexample!.States.Skip(1).Select(state => state.Step).Order());
    }

    [Fact]
    public void Locks_taken_in_the_same_order_do_not()
    {
        var result = Checker.Check(new CrossedLocks { InSameOrder = true }, new CheckOptions { FindDeadlocks = true });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal(5, result.Distinct);
    }
}
