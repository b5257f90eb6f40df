using ModelChecking;

namespace Samples;

public sealed class TwoPhaseCommitTests
{
    [Theory]
    [InlineData(1, 20, 12, 5)]
    [InlineData(2, 154, 56, 8)]
    [InlineData(3, 1_146, 288, 11)]
    [InlineData(4, 8_258, 1_568, 14)]
    [InlineData(5, 58_146, 8_832, 17)]
    public void It_is_consistent_and_has_as_many_states_as_are_published(int resourceManagers, long generated, long distinct, int depth)
    {
        var result = Checker.Check(new TwoPhaseCommit(resourceManagers));

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((generated, distinct, depth), (result.Generated, result.Distinct, result.Depth));
    }

    [Theory]
    [InlineData(1, 12, 5)]
    [InlineData(2, 34, 8)]
    [InlineData(3, 80, 11)]
    [InlineData(4, 166, 14)]
    [InlineData(5, 314, 17)]
    public void With_symmetry_states_count_once_that_differ_only_in_which_resource_manager_is_which(
        int resourceManagers, long distinct, int depth)
    {
        var result = Checker.Check(new TwoPhaseCommit(resourceManagers), new CheckOptions { Symmetry = true });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((distinct, depth), (result.Distinct, result.Depth));
    }

    [Fact]
    public void Each_action_fires_as_often_as_there_are_states_in_which_it_is_enabled()
    {
        var result = Checker.Check(new TwoPhaseCommit(3));

        Assert.Equal(
            [
                ("TMRcvPrepared", 96), ("TMCommit", 1), ("TMAbort", 64), ("RMPrepare", 156), ("RMChooseToAbort", 156),
                ("RMRcvCommitMsg", 24), ("RMRcvAbortMsg", 648),
            ],
            result.Actions.Select(action => (action.Name, action.Fired)));
    }
}
