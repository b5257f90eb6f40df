using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>The guards of steps.</summary>
public sealed class SuccessorsTests
{
    private readonly Successors _steps = new(new StateLayout(isWide: true)) { RecordsGuards = true };

    [Fact]
    public void A_step_has_the_guards_before_the_first_step_and_its_own()
    {
        _steps.Requires(true, 3);
        _steps.Step(default, action: 0);
        _steps.Note(70);
        _steps.Step(default, action: 0);
        _steps.Note(4);

        Assert.Equal([1UL << 3, 1UL << (70 - 64)], _steps.GuardsOf(0).ToArray());
        Assert.Equal([(1UL << 3) | (1UL << 4), 0UL], _steps.GuardsOf(1).ToArray());
    }

    [Fact]
    public void A_guard_that_does_not_hold_is_known_by_its_number_and_text()
    {
        var isLeader = false;

        Assert.False(_steps.Requires(isLeader, 5));

        Assert.Equal((5, "isLeader"), (_steps.FailedGuardNumber, _steps.FailedGuard));
    }

    [Fact]
    public void The_next_action_begins_without_guards()
    {
        _steps.Note(1);
        _steps.Requires(false, 2);

        _steps.Clear();
        _steps.Step(default, action: 0);

        Assert.Equal([0UL, 0UL], _steps.GuardsOf(0).ToArray());
        Assert.Equal((-1, null), (_steps.FailedGuardNumber, _steps.FailedGuard));
    }
}
