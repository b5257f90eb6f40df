using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.CoreGraph;

namespace Raft.Tests.CoreGraph;

/// <summary>
/// The real core is exhausted within bounds: every step is one of the model. The counts show that what is explored stays the same.
/// </summary>
public sealed class CoreSpecificationTests
{
    [Theory]
    [InlineData("elections of two, crashes and late messages", 17_079, 4_895, 19)]
    [InlineData("elections of three, crashes and late messages", 290_287, 70_398, 31)]
    [InlineData("two leaders of three", 168_589, 39_910, 56)]
    [InlineData("a leader of three, and lost messages", 245_479, 60_205, 53)]
    [InlineData("two leaders of two with slow disks, and crashes", 357_603, 93_327, 47)]
    [InlineData("a crash of three with writes in flight", 384_994, 95_670, 45)]
    [InlineData("a leader of two, late messages and batches", 492_669, 98_149, 45)]
    public void Every_property_holds_in_every_state(string preset, long generated, long distinct, int depth) =>
        Holds(preset, generated, distinct, depth);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("a leader of three and its snapshot", 885_958, 172_747, 50)]
    [InlineData("two leaders of three with conflicting entries", 1_677_184, 325_954, 65)]
    [InlineData("two leaders of two, their snapshots, slow services and crashes", 14_596_087, 2_029_239, 47)]
    public void Every_property_holds_in_every_state_within_larger_bounds(string preset, long generated, long distinct, int depth) =>
        Holds(preset, generated, distinct, depth);

    [Fact]
    public void The_counts_do_not_depend_on_the_number_of_workers()
    {
        var counts = Enumerable.Range(1, 3).Select(workers =>
        {
            using var cores = new CoreSpecification(Preset("elections of three, crashes and late messages"));
            var result = Checker.Check(cores, new CheckOptions { Workers = workers });
            return (result.Generated, result.Distinct, result.Depth, cores.ComparedSteps, cores.ServerStates, cores.Messages);
        });

        Assert.Single(counts.Distinct());
    }

    [Fact]
    public void States_and_steps_are_described()
    {
        using var cores = new CoreSpecification(Preset("elections of two, crashes and late messages"));
        var steps = new Successors(cores.Layout);
        cores.Init(steps);
        var state = steps[0].Words.ToArray();
        var names = cores.Describe(new State(state)).Select(value => $"{value.Key}: {value.Value}").ToArray();
        steps.Clear();

        cores.Next(new State(state), steps);

        Assert.Contains("role[S1]: Follower", names);
        Assert.Contains("restarts: 0 of 1", names);
        Assert.Equal(
            "Restart(S1, with 0 of 0 writes on its disk)",
            cores.Describe((int)CoreAction.Restart, first: 0, second: 0, new State(state)));
        Assert.Contains(
            "RequestVote S1 -> S2 (term 2, empty log): waits for write 1",
            Enumerable.Range(0, steps.Count).SelectMany(i => cores.Describe(steps[i]).Select(value => $"{value.Key}: {value.Value}")));
    }

    [Fact]
    public void Every_preset_has_another_name() =>
        Assert.Equal(CorePreset.All.Count, CorePreset.All.Select(preset => preset.Name).Distinct().Count());

    // What the code does not reach has its reasons in docs/reference/real-core.md.
    [Fact]
    public void The_code_reaches_only_states_of_the_model_and_not_all_of_them()
    {
        using var cores = new CoreSpecification(Preset("elections of two, crashes and late messages"));

        var coverage = ModelCoverage.Of(cores)!;

        Assert.Equal((12_708, 3_939, 3_939), (coverage.Model, coverage.Code, coverage.Both));
        Assert.Equal(coverage.Model - coverage.Both, coverage.Missing.Sum(one => one.Value));
        Assert.Contains(RaftAction.RequestVote, coverage.Missing.Select(one => one.Key));
    }

    // A refusal of entries because of their term names their index; the model's does not. A message that waits for a write is not held
    // again if it repeats the last one; the model's is another copy at first. Neither leads beyond the bounds on one side alone.
    [Fact]
    public void Copies_of_a_message_are_counted_as_in_the_model()
    {
        var bounds = Preset("two leaders of two with slow disks, and crashes");
        using var cores = new CoreSpecification(
            bounds with { MaxWrites = 2, Raft = bounds.Raft with { MaxLog = 1, MaxClientRequests = 1 } });

        var coverage = ModelCoverage.Of(cores)!;

        Assert.Equal((32_380, 5_131, 5_131), (coverage.Model, coverage.Code, coverage.Both));
    }

    [Fact]
    public void Bounds_that_do_not_fit_are_refused()
    {
        var bounds = Preset("two leaders of three");

        Assert.Throws<ArgumentException>(() => new CoreSpecification(bounds with { MaxWrites = 0 }));
        Assert.Throws<ArgumentException>(() => new CoreSpecification(bounds with { MaxBatch = 3 }));
        Assert.Throws<ArgumentException>(() => new CoreSpecification(bounds with { Raft = bounds.Raft with { MaxTerm = 15 } }));
    }

    private static void Holds(string preset, long generated, long distinct, int depth)
    {
        using var cores = new CoreSpecification(Preset(preset));

        var result = Checker.Check(cores, new CheckOptions { Workers = 2 });

        Assert.Equal((CheckOutcome.Holds, 0L), (result.Outcome, result.Queue));
        Assert.Equal((generated, distinct, depth), (result.Generated, result.Distinct, result.Depth));
    }

    private static CoreBounds Preset(string name) => CorePreset.All.Single(preset => preset.Name == name).Bounds;
}
