using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.CoreGraph;

namespace Raft.Tests.CoreGraph;

/// <summary>
/// The code reaches the states that the model reaches in composite steps, all of them and no others, by paths that are as long. The model
/// is explored without the code.
/// </summary>
public sealed class GraphComparisonTests
{
    [Theory]
    [InlineData("elections of two, crashes and late messages", 3_939, 17)]
    public void Code_and_model_reach_the_same_states(string preset, int states, int depth) => AreTheSame(Preset(preset), states, depth);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("elections of three, crashes and late messages", 54_156, 29)]
    [InlineData("two leaders of three", 23_944, 55)]
    [InlineData("a leader of three, and lost messages", 29_947, 48)]
    [InlineData("two leaders of two with slow disks, and crashes", 39_507, 43)]
    [InlineData("a crash of three with writes in flight", 42_948, 44)]
    [InlineData("a leader of two, late messages and batches", 32_521, 41)]
    [InlineData("a leader of three and its snapshot", 82_336, 49)]
    [InlineData("two leaders of three with conflicting entries", 181_561, 60)]
    public void Code_and_model_reach_the_same_states_within_larger_bounds(string preset, int states, int depth) =>
        AreTheSame(Preset(preset), states, depth);

    // A leader that replicates, its follower crashes, and both take snapshots.
    [Fact]
    public void Code_and_model_reach_the_same_states_with_snapshots_and_a_crash()
    {
        var bounds = Preset("two leaders of two with slow disks, and crashes");
        AreTheSame(
            bounds with
            {
                MaxWrites = 2,
                Snapshots = true,
                Raft = bounds.Raft with { MaxTerm = 2, MaxTimeouts = 1, MaxLog = 1, MaxClientRequests = 1 },
            },
            states: 1_243,
            depth: 26);
    }

    [Fact]
    public void The_properties_of_Raft_hold_in_composite_steps()
    {
        var bounds = Preset("elections of two, crashes and late messages");
        var model = new CompositeSpec(bounds.Raft, ModelCoverage.OptionsFor(bounds));

        var result = Checker.Check(model, new CheckOptions { Workers = 2 });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((13_505L, 3_939L, 17), (result.Generated, result.Distinct, result.Depth));
    }

    [Fact]
    public void Composite_steps_need_the_options_of_an_implementation() =>
        Assert.Throws<ArgumentException>(() => new CompositeSpec(new RaftBounds(), RaftOptions.Published));

    private static void AreTheSame(CoreBounds bounds, int states, int depth)
    {
        using var cores = new CoreSpecification(bounds);

        var comparison = GraphComparison.Of(cores)!;

        Assert.Empty(comparison.OnlyOfCode);
        Assert.Empty(comparison.OnlyOfModel);
        Assert.Equal(((states, depth), (states, depth)), (comparison.Model, comparison.Code));
        Assert.Null(comparison.Example);
    }

    private static CoreBounds Preset(string name) => CorePreset.All.Single(preset => preset.Name == name).Bounds;
}
