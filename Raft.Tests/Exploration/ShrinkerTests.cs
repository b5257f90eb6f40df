using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Exploration;

/// <summary>Traces of a seeded bug: a leader counts its own entries before they are durable.</summary>
public sealed class ShrinkerTests : IClassFixture<ShrinkerTests.TooSoon>
{
    private readonly MutantContext _world;
    private readonly Trace _found;
    private readonly Trace _shrunk;

    public ShrinkerTests(TooSoon bug) => (_world, _found, _shrunk) = (bug.World, bug.Found, bug.Shrunk);

    [Fact]
    public void The_same_property_is_violated_in_a_tenth_of_the_steps_and_of_the_choices()
    {
        Assert.Equal(_found.Violation.Property, _shrunk.Violation.Property);
        Assert.InRange(_shrunk.Violation.Step, 1, _found.Violation.Step / 10);
        Assert.InRange(_shrunk.Choices.Count, 1, _found.Choices.Count / 10);
        Assert.InRange(_shrunk.ProtocolSteps, 1, _found.ProtocolSteps / 10);
    }

    [Fact]
    public void The_shrunk_trace_is_a_single_leader_that_accepts_a_command()
    {
        Assert.Equal(1, _shrunk.Options.Servers);
        Assert.Equal([ScriptAction.Propose, ScriptStep.Converge], _shrunk.Script!.Select(step => step.Action));
        Assert.Single(_shrunk.Events, one => one.ServerInput?.Type == "ElectionTimeout");
        Assert.DoesNotContain(
            _shrunk.Events, one => one.Kind is TraceEventKind.Sent or TraceEventKind.Crashed or TraceEventKind.Partitioned);
    }

    [Fact]
    public void The_found_trace_draws_its_protocol() => Assert.True(((ClusterOptions)_found.Options).DrawsProtocol);

    [Fact]
    public void Nothing_can_be_left_out_of_the_shrunk_trace() => Assert.Empty(_world.Needless(_shrunk));

    [Fact]
    public void Much_can_be_left_out_of_the_found_trace() => Assert.NotEmpty(_world.Needless(_found));

    [Fact]
    public void The_budgets_allow_only_the_faults_that_strike()
    {
        var faults = _shrunk.Options.Faults;

        Assert.Equal((0, 0, 0, 0, 0, 0), (
            faults.Losses, faults.Duplications, faults.Partitions, faults.OneWayCuts, faults.Crashes, faults.SlowDisks));
    }

    [Fact]
    public void Equal_traces_are_shrunk_to_equal_traces() =>
        Assert.Equal(_shrunk.ToJson(), _world.Shrink(_found, _ => { }, default).ToJson());

    [Fact]
    public void A_shrunk_trace_is_not_changed_by_shrinking() =>
        Assert.Equal(_shrunk.Choices, _world.Shrink(_shrunk, _ => { }, default).Choices);

    [Fact]
    public void A_shrunk_trace_runs_again_from_its_text_to_the_same_events()
    {
        var read = Trace.Parse(_shrunk.ToJson(), "the trace");

        Assert.Equal(_shrunk.Events.Select(_shrunk.Format.ToLine), _world.Replay(read).Events.Select(_shrunk.Format.ToLine));
    }

    [Fact]
    public void Cancellation_returns_the_smallest_trace_so_far()
    {
        using var stop = new CancellationTokenSource();
        var some = _world.Shrink(_found, steps => (steps < _found.Violation.Step ? stop : null)?.Cancel(), stop.Token);

        Assert.InRange(some.Violation.Step, _shrunk.Violation.Step, _found.Violation.Step - 1);
        Assert.Equal(_found.Choices, _world.Shrink(_found, _ => { }, new CancellationToken(canceled: true)).Choices);
    }

    [Fact]
    public void A_trace_of_other_code_is_refused() =>
        Assert.Throws<ReplayDivergedException>(() => Shrinker.Shrink(_found, _found.FindScenario()));

    [Fact]
    public void A_scenario_that_throws_is_not_replaced_by_a_script_and_its_schedule_is_shrunk()
    {
        var found = Explorer.Explore(ExplorerTests.Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3 }).Violation!;

        var shrunk = Shrinker.Shrink(found, ExplorerTests.Fragile);

        Assert.Null(shrunk.Script);
        Assert.Equal(found.Violation.Property, shrunk.Violation.Property);
        Assert.InRange(shrunk.Choices.Count, 1, found.Choices.Count - 1);
        Assert.NotEmpty(shrunk.Replayed(ExplorerTests.Fragile).Events);
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(true, 1ul)]
    [InlineData(true, 2ul)]
    [InlineData(true, 3ul)]
    [InlineData(true, 4ul)]
    [InlineData(true, 5ul)]
    [InlineData(true, 6ul)]
    [InlineData(true, 7ul)]
    [InlineData(true, 8ul)]
    [InlineData(false, 1ul)]
    [InlineData(false, 2ul)]
    [InlineData(false, 3ul)]
    [InlineData(false, 4ul)]
    public void A_violation_that_needs_neither_extensions_nor_snapshots_is_shrunk_to_figure_2_without_them(bool drawsProtocol, ulong seed)
    {
        var options = Shrunken(drawsProtocol, _ => true, seed);

        Assert.Equal((false, ProtocolOptions.Figure2, 0), (options.DrawsProtocol, options.Protocol, options.CompactEvery));
    }

    [Fact]
    public void A_violation_that_needs_an_extension_keeps_it() =>
        Assert.True(Shrunken(drawsProtocol: false, protocol => protocol.PreVote).Protocol.PreVote);

    /// <summary>The options with which a scenario fails whose clusters have a condition, after shrinking.</summary>
    private static ClusterOptions Shrunken(bool drawsProtocol, Func<ProtocolOptions, bool> fails, ulong seed = 1)
    {
        var scenario = new Scenario(
            "protocol",
            "fails with some protocols",
            new ClusterOptions { Protocol = ProtocolOptions.Production, DrawsProtocol = drawsProtocol, CompactEvery = 3 },
            async cluster =>
            {
                await cluster.StartAsync();
                await cluster.UntilAsync(() => cluster.Leader is not null, "a leader");
                if (fails(cluster.Protocol))
                {
                    throw new InvalidOperationException("it broke");
                }
            });
        var found = Explorer.Explore(scenario, new ExplorationOptions { Iterations = 100, Seed = seed }).Violation!;
        return (ClusterOptions)Shrinker.Shrink(found, scenario).Options;
    }

    /// <summary>The implementation with the bug, and a trace of it.</summary>
    public sealed class TooSoon : IDisposable
    {
        public TooSoon()
        {
            World = new MutantContext(MutantCatalogue.Find(MutantCatalogue.Own(), "C4"));
            (Found, Shrunk) = Enumerable.Range(1, 9).Select(FindAndShrink).MinBy(pair => pair.Shrunk.Choices.Count);
        }

        // A shrunk trace is a local minimum, so some seeds lead to a smaller one than others.
        private (Trace Found, Trace Shrunk) FindAndShrink(int seed)
        {
            var search = World.Search("random", (ulong)seed, 1000, TimeSpan.FromMinutes(10), conformance: false, _ => { }, default);
            var found = World.Replay(Trace.Parse(search.Trace!, "the trace"));
            return (found, World.Shrink(found, _ => { }, default));
        }

        internal MutantContext World { get; }

        internal Trace Found { get; }

        internal Trace Shrunk { get; }

        public void Dispose() => World.Dispose();
    }
}
