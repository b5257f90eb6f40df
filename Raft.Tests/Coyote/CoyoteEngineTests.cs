using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Coyote;
using Microsoft.Coyote.Rewriting;
using Microsoft.Coyote.SystematicTesting;
using Raft.Impl.Node;
using Raft.Tests.Docs;
using Raft.Verification.Coyote;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;
using CoyoteSpecification = Microsoft.Coyote.Specifications.Specification;

namespace Raft.Tests.Coyote;

/// <summary>The scenarios under Microsoft Coyote's own testing engine, over rewritten assemblies, in this process.</summary>
[Collection(nameof(CoyoteEngine))]
public sealed class CoyoteEngineTests(CoyoteEngineTests.Contexts contexts) : IClassFixture<CoyoteEngineTests.Contexts>
{
    private const uint _schedules = 40;

    public static TheoryData<string> Scenarios => [.. Scenario.All.Select(scenario => scenario.Name)];

    public static TheoryData<string> Strategies => [.. CoyoteStrategies.Names];

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Scenarios))]
    public void A_scenario_violates_nothing_under_Coyote(string scenario)
    {
        var result = Run(new CoyoteRequest([scenario], "random", Seed: 1, _schedules));

        Assert.Null(result.Violation()?.Violation.Message);
        Assert.Equal(_schedules, result.Schedules);
    }

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Strategies))]
    public void Each_of_Coyotes_strategies_runs_schedules(string strategy)
    {
        var result = Run(new CoyoteRequest(["election"], strategy, Seed: 1, 3));

        Assert.Null(result.Violation()?.Violation.Message);
        Assert.Equal(3, result.Schedules);
        Assert.InRange(result.States, 10, 1000);
    }

    [Theory]
    [InlineData("random")]
    [InlineData("prioritization")]
    [InlineData("q-learning")]
    [Trait("Category", "Long")]
    public void A_seeded_bug_is_found_and_Coyotes_trace_violates_the_same_again(string strategy)
    {
        var result = contexts.Mutated.Run(
            new CoyoteRequest(["replication"], strategy, Seed: 1, 200), (_, _, _, _) => { }, CancellationToken.None);

        var trace = result.Violation();
        Assert.Equal(("DurableBeforeSend", true), (trace?.Violation.Property, result.Replayed));
        Assert.NotEmpty(trace!.Events);
        Assert.NotEmpty(result.CoyoteTrace!);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_schedule_has_few_tasks_since_Coyote_looks_at_all_of_them_at_each_decision()
    {
        var result = Run(new CoyoteRequest(["five-servers"], "random", Seed: 1, 20));

        Assert.InRange(result.Tasks, 15, 100);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Equal_seeds_give_equal_schedules_and_another_seed_others()
    {
        var request = new CoyoteRequest(["election"], "random", Seed: 7, 10);

        var (first, second, other) = (Run(request), Run(request), Run(request with { Seed = 1007 }));

        Assert.Equal((first.Digest, first.Steps, first.States), (second.Digest, second.Steps, second.States));
        Assert.NotEqual(first.Digest, other.Digest);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_cluster_has_as_many_servers_as_are_asked_for()
    {
        var request = new CoyoteRequest(["election"], "random", Seed: 7, 3);

        Assert.NotEqual(Run(request).Digest, Run(request with { Servers = 4 }).Digest);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_stopped_run_reports_only_whole_schedules_and_no_violation()
    {
        using var stop = new CancellationTokenSource();

        var result = contexts.Correct.Run(
            new CoyoteRequest(["election"], "random", Seed: 1, 1_000_000),
            (schedules, _, _, _) =>
            {
                if (schedules == 3)
                {
                    // In the middle of the fourth.
                    stop.CancelAfter(TimeSpan.FromMilliseconds(10));
                }
            },
            stop.Token);

        Assert.Null(result.Violation());
        Assert.InRange(result.Schedules, 3, 100);
        var whole = Run(new CoyoteRequest(["election"], "random", Seed: 1, (uint)result.Schedules));
        Assert.Equal((whole.Digest, whole.Steps), (result.Digest, result.Steps));
    }

    [Fact]
    public void Only_what_Coyote_runs_is_rewritten()
    {
        Run(new CoyoteRequest(["election"], "random", Seed: 1, 1));

        Assert.False(RewritingEngine.IsAssemblyRewritten(typeof(RaftNode).Assembly));
        Assert.False(RewritingEngine.IsAssemblyRewritten(typeof(Scenario).Assembly));
        var rewritten = contexts.Correct.Assemblies.Where(RewritingEngine.IsAssemblyRewritten).Select(assembly => assembly.GetName().Name);
        Assert.Equal(["DeterministicSimulation", "Raft.Impl", "Raft.Verification"], rewritten.Order());
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void A_schedule_must_not_end_before_convergence(bool isDone, int bugs)
    {
        var engine = TestingEngine.Create(Configuration.Create().WithTestingIterations(1).WithTelemetryEnabled(false), () =>
        {
            CoyoteSpecification.RegisterMonitor<Convergence>();
            new ConvergenceMonitor().OnFaultsEnded(0);
            if (isDone)
            {
                CoyoteSpecification.Monitor<Convergence>(new Convergence.Done());
            }
        });

        engine.Run();

        Assert.Equal(bugs, engine.TestReport.NumOfFoundBugs);
    }

    [Fact]
    public void Every_scenario_is_a_test_of_Coyote_by_its_name()
    {
        var tests = typeof(CoyoteTests).GetMethods().Where(method => method.GetCustomAttribute<TestAttribute>() is not null)
            .Select(method => method.Name);

        Assert.Equal(Scenario.All.Select(TestOf).Order(), tests.Order());
    }

    [Fact]
    public void The_script_has_no_list_of_scenarios_of_its_own()
    {
        var script = File.ReadAllText(Repository.File("coyote.sh"));

        Assert.Contains("explore --list", script, StringComparison.Ordinal);
        Assert.All(
            Scenario.All.SelectMany(scenario => (string[])[scenario.Name, TestOf(scenario)]).Except(["crash-recovery", "CrashRecovery"]),
            name => Assert.DoesNotMatch($@"\b{Regex.Escape(name)}\b", script));
    }

    [Fact]
    public void The_tool_has_the_version_of_the_library()
    {
        var manifest = JsonDocument.Parse(File.ReadAllText(Repository.File(".config/dotnet-tools.json")));

        var version = manifest.RootElement.GetProperty("tools").GetProperty("microsoft.coyote.cli").GetProperty("version").GetString();

        Assert.Equal(typeof(TestingEngine).Assembly.GetName().Version!.ToString(3), version);
    }

    private static string TestOf(Scenario scenario) =>
        string.Concat(scenario.Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private CoyoteResult Run(CoyoteRequest request) => contexts.Correct.Run(request, (_, _, _, _) => { }, CancellationToken.None);

    /// <summary>The assemblies are rewritten once for all tests.</summary>
    public sealed class Contexts : IDisposable
    {
        private readonly Lazy<RewrittenContext> _correct = new(() => new RewrittenContext(Mutant.None));
        private readonly Lazy<RewrittenContext> _mutated = new(
            () => new RewrittenContext(MutantCatalogue.Find(MutantCatalogue.Own(), "P4")));

        internal RewrittenContext Correct => _correct.Value;

        /// <summary>With a seeded bug.</summary>
        internal RewrittenContext Mutated => _mutated.Value;

        public void Dispose()
        {
            foreach (var context in ((Lazy<RewrittenContext>[])[_correct, _mutated]).Where(context => context.IsValueCreated))
            {
                context.Value.Dispose();
            }
        }
    }
}
