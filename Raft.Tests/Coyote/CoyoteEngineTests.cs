#if COYOTE
using System.Reflection;
using Microsoft.Coyote;
using Microsoft.Coyote.SystematicTesting;
using Raft.Verification.Coyote;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;
using CoyoteSpecification = Microsoft.Coyote.Specifications.Specification;
#endif

namespace Raft.Tests.Coyote;

/// <summary>The scenarios under Microsoft Coyote's own testing engine, over rewritten assemblies, in this process.</summary>
public sealed class CoyoteEngineTests
{
#if !COYOTE
    [Fact(Skip = "Built without Microsoft Coyote: docs/coyote.md tells how to build with it, -p:UseCoyote=true.")]
    public void Every_scenario_violates_nothing_under_Coyote() => Assert.Fail("It is not there.");
#else
    private const uint _schedules = 200;

    public static TheoryData<string> Scenarios => [.. Scenario.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void A_scenario_violates_nothing_under_Coyote(string scenario)
    {
        using var context = new RewrittenContext(Mutant.None);

        var result = context.Run([scenario], "random", seed: 1, _schedules, _ => { }, CancellationToken.None);

        Assert.Null(result.Message);
        Assert.Equal(_schedules, result.Schedules);
    }

    [Theory]
    [InlineData("random")]
    [InlineData("prioritization")]
    [InlineData("q-learning")]
    public void A_seeded_bug_is_found_and_Coyotes_trace_violates_the_same_again(string strategy)
    {
        using var context = new RewrittenContext(MutantCatalogue.Find(MutantCatalogue.Own(), "P4"));

        var result = context.Run(["replication"], strategy, seed: 1, _schedules, _ => { }, CancellationToken.None);

        Assert.Equal(("DurableBeforeSend", true), (result.Property, result.Replayed));
    }

    [Fact]
    public void A_schedule_takes_few_tasks_of_Coyotes_since_it_looks_at_all_of_them_at_each_decision()
    {
        using var context = new RewrittenContext(Mutant.None);

        var result = context.Run(["five-servers"], "random", seed: 1, 20, _ => { }, CancellationToken.None);

        Assert.InRange(result.Tasks, 15, 100);
    }

    [Fact]
    public void Equal_seeds_take_equal_steps()
    {
        using var context = new RewrittenContext(Mutant.None);

        var first = context.Run(["election"], "random", seed: 7, 10, _ => { }, CancellationToken.None);
        var second = context.Run(["election"], "random", seed: 7, 10, _ => { }, CancellationToken.None);

        Assert.Equal(first.Steps, second.Steps);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void A_schedule_must_not_end_unsettled(bool isDone, int bugs)
    {
        var engine = TestingEngine.Create(Configuration.Create().WithTestingIterations(1).WithTelemetryEnabled(false), () =>
        {
            CoyoteSpecification.RegisterMonitor<Settling>();
            new SettlingMonitor().OnCalm(0);
            if (isDone)
            {
                CoyoteSpecification.Monitor<Settling>(new Settling.Done());
            }
        });

        engine.Run();

        Assert.Equal(bugs, engine.TestReport.NumOfFoundBugs);
    }

    [Fact]
    public void Every_scenario_is_a_test_of_Coyotes_by_its_name()
    {
        var tests = typeof(CoyoteTests).GetMethods().Where(method => method.GetCustomAttribute<TestAttribute>() is not null).Select(method => method.Name);

        Assert.Equal(Scenario.All.Select(scenario => scenario.Name.Replace("-", "", StringComparison.Ordinal)), tests, StringComparer.OrdinalIgnoreCase);
    }
#endif
}
