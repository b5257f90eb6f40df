using System.Text.Json;
using System.Text.RegularExpressions;
using DeterministicSimulation;
using Raft.Tests.Docs;
using Raft.Tests.Exploration;
using Raft.Verification.Cli;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;
using Spectre.Console;

namespace Raft.Tests.Cli;

/// <summary>raft-verify explore.</summary>
public sealed class ExploreCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    [Trait("Category", "Long")]
    public void A_run_is_the_same_in_another_process_with_any_number_of_workers()
    {
        var here = Explorer.Explore(
            Scenario.All.First(one => one.Name == "churn"), new ExplorationOptions { Iterations = 300, Seed = 5, Workers = 1 });
        var json = Path.Combine(_directory, "report.json");

        var (status, output) = Run("explore", "churn", "--iterations", "300", "--seed", "5", "--workers", "2", "--json", json);

        Assert.Equal(0, status);
        Assert.Contains("no violation", output, StringComparison.Ordinal);
        var scenario = JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("scenarios").EnumerateArray().Single();
        Assert.Equal(here.Digest.ToString("x16"), scenario.GetProperty("digest").GetString());
        Assert.Equal(here.Steps, scenario.GetProperty("steps").GetInt64());
    }

    [Fact]
    public void The_digest_in_the_README_is_what_its_command_gives()
    {
        var readme = File.ReadAllText(Repository.File("README.md"));
        const string pattern =
            @"raft-verify (?<command>explore election --iterations \d+ --seed 1)\n```\n\nprints the digest `(?<digest>\w{16})`";
        var stated = Regex.Match(readme, pattern, RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.True(stated.Success, "README.md gives the command and its digest no more.");

        var (status, output) = Run(stated.Groups["command"].Value.Split(' '));

        Assert.Equal(0, status);
        Assert.Contains(stated.Groups["digest"].Value, output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_names_what_was_explored()
    {
        var json = Path.Combine(_directory, "report.json");

        Run("explore", "election", "snapshot", "--iterations", "20", "--json", json);

        var scenarios = JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("scenarios").EnumerateArray().ToArray();
        Assert.Equal(["election", "snapshot"], scenarios.Select(one => one.GetProperty("scenario").GetString()));
        foreach (var scenario in scenarios)
        {
            Assert.Equal(20, scenario.GetProperty("schedules").GetInt64());
            Assert.Equal(0, scenario.GetProperty("violations").GetInt32());
            Assert.True(scenario.GetProperty("seconds").GetDouble() > 0);
            Assert.True(scenario.GetProperty("schedulesPerSecond").GetDouble() > 0);
            Assert.True(scenario.GetProperty("stepsPerSecond").GetDouble() > 0);
            Assert.True(scenario.GetProperty("faults").GetProperty("crash").GetInt64() > 0);
        }
    }

    [Fact]
    public void The_coverage_of_the_model_is_written_as_JSON_with_a_page_beside_it()
    {
        var (status, output) = Run(
            "explore", "election", "snapshot", "--iterations", "20", "--coverage", "coverage.json", "--json", "report.json");

        Assert.Equal(0, status);
        Assert.Matches(@"Reached in the model: \d+ of \d+ actions and guards, about [\d,]+ distinct states\.", output);
        var coverage = JsonDocument.Parse(File.ReadAllText(Path.Combine(_directory, "coverage.json"))).RootElement;
        var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(_directory, "report.json"))).RootElement;
        Assert.True(JsonElement.DeepEquals(coverage, report.GetProperty("coverage")));
        Assert.Equal(
            report.GetProperty("scenarios").EnumerateArray().Select(one => one.GetProperty("modelStates").GetInt64()),
            coverage.GetProperty("explorations").EnumerateArray().Select(one => one.GetProperty("states").GetInt64()));
        Assert.Contains("Coverage of the model", File.ReadAllText(Path.Combine(_directory, "coverage.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_names_every_scenario()
    {
        var (status, output) = Run("explore", "--list");

        Assert.Equal(0, status);
        Assert.All(Scenario.All, scenario => Assert.Contains(scenario.Name, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nowhere", "explore", "nowhere")]
    [InlineData("--iterations", "explore", "--iterations", "0")]
    [InlineData("--iterations", "explore", "--iterations", "many")]
    [InlineData("length of time", "explore", "--time", "soon")]
    [InlineData("length of time", "explore", "--time", "-5s")]
    [InlineData("--workers", "explore", "--workers", "0")]
    [InlineData("--servers", "explore", "--servers", "8")]
    [InlineData("greedy", "explore", "--strategy", "greedy")]
    [InlineData("not '99999999999999999999'", "explore", "--iterations", "99999999999999999999")]
    [InlineData("--seed takes a number of at least 0, not '-1'", "explore", "--seed", "-1")]
    [InlineData("--iterations and --time exclude each other", "explore", "--iterations", "1", "--time", "1s")]
    [InlineData("'--time'", "explore", "--time")]
    [InlineData("--json takes the name of a file", "explore", "--iterations", "1", "--json", "")]
    [InlineData("--out takes the name of a directory", "explore", "--iterations", "1", "--out", "")]
    [InlineData("is a directory", "explore", "--iterations", "1", "--json", ".")]
    [InlineData("'missing/report.json' cannot be written", "explore", "--iterations", "1", "--json", "missing/report.json")]
    [InlineData("from 1 to 9223372036854775807, not '99999999999999999999'", "explore", "--iterations", "99999999999999999999")]
    [InlineData("--coverage and --no-conformance exclude each other", "explore", "--coverage", "c.json", "--no-conformance")]
    [InlineData("the page goes beside it, to 'c.html'", "explore", "--iterations", "1", "--coverage", "c.html")]
    [InlineData("--json and --coverage both go to 'c.json'", "explore", "--coverage", "c.json", "--json", "c.json")]
    [InlineData("--json and --coverage both go to 'c.html'", "explore", "--coverage", "c.json", "--json", "c.html")]
    [InlineData("'missing/c.json' cannot be written", "explore", "--iterations", "1", "--coverage", "missing/c.json")]
    [InlineData("unknown option '--frobnicate'", "explore", "--frobnicate")]
    [InlineData("unknown option '--iteration' (did you mean --iterations?)", "explore", "election", "--iteration", "5")]
    [InlineData("unknown option '--iteration' (did you mean --iterations?)", "explore", "--iteration=5")]
    [InlineData("there is no scenario 'elction' (did you mean election?)", "explore", "elction")]
    [InlineData("there is no command 'fly'", "fly")]
    [InlineData("there is no command 'explroe' (did you mean explore?)", "explroe")]
    [InlineData("unknown option '--sgv' (did you mean --svg?)", "show", "--sgv", "x")]
    [InlineData("there is no test 'Figur8' (did you mean Figure8?)", "lab", "Figur8")]
    [InlineData("figure-8 needs at least 3 servers; --servers says 1", "explore", "figure-8", "--servers", "1")]
    [InlineData("figure-8 needs at least 3 servers; --servers says 1", "explore", "figure-8", "--servers", "1", "--engine", "coyote")]
    [InlineData("no strategy 'greedy'; it has random, swarm", "explore", "--strategy", "greedy")]
    [InlineData("no strategy 'q-learning'; it has random, swarm", "explore", "--strategy", "q-learning")]
    [InlineData(
        "Coyote has no strategy 'pct'; it has random, probabilistic, prioritization", "explore", "--engine", "coyote", "--strategy", "pct")]
    [InlineData("no strategy 'q-lerning' (did you mean q-learning?)", "explore", "--engine", "coyote", "--strategy", "q-lerning")]
    [InlineData("--strategy random needs --engine embedded or --engine coyote", "explore", "--engine", "both", "--strategy", "random")]
    [InlineData("--workers is an option of the embedded engine only", "explore", "--engine", "coyote", "--workers", "2")]
    [InlineData("--no-shrink is an option of the embedded engine only", "explore", "--engine", "coyote", "--no-shrink")]
    [InlineData("'steam'", "explore", "--engine", "steam")]
    public void Wrong_usage_is_reported_and_ends_with_status_2(string expected, params string[] arguments)
    {
        var (status, output) = Run(arguments);

        Assert.Equal(2, status);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_option_is_not_answered_with_the_list_of_scenarios()
    {
        var (_, output) = Run("explore", "--frobnicate");

        Assert.DoesNotContain("election", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("explore", "--help")]
    [InlineData("check", "--help")]
    public void Help_is_wrapped_where_it_is_piped(params string[] arguments)
    {
        var (status, output) = Run(arguments);

        Assert.Equal(0, status);
        Assert.All(output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 100));
    }

    [Fact]
    public void A_place_for_traces_that_cannot_be_written_is_reported_before_the_work_begins()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), string.Empty);

        foreach (var place in (string[])["file", "file/below"])
        {
            var (status, output) = Run("explore", "election", "--iterations", "1", "--out", place);

            Assert.Equal(2, status);
            Assert.Contains($"'{place}'", output, StringComparison.Ordinal);
            Assert.DoesNotContain("Exploring", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_violation_ends_with_status_1_what_matters_of_it_on_the_console_and_its_trace_in_a_file()
    {
        var output = new StringWriter();
        var directory = Path.Combine(_directory, "found");
        var json = Path.Combine(_directory, "report.json");

        var status = Explore(output, directory, json);

        Assert.Equal(1, status);
        var file = Assert.Single(Directory.GetFiles(directory), name => !name.EndsWith(".min.trace.json", StringComparison.Ordinal));
        var trace = Trace.Read(file);
        Assert.Equal("Scenario", trace.Violation.Property);
        Assert.NotEmpty(trace.Replayed(ExplorerTests.Fragile).Events);
        var lines = output.ToString().Split(Environment.NewLine);
        Assert.Contains($"Trace: {file} ({trace.Events.Count:N0} events)", lines);
        Assert.Contains(
            "a property is violated in 1 of 1 scenario.",
            string.Join(' ', output.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
        var scenario = JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("scenarios").EnumerateArray().Single();
        Assert.Equal(1, scenario.GetProperty("violations").GetInt32());
        Assert.Equal(file, scenario.GetProperty("trace").GetString());

        var shrunk = scenario.GetProperty("shrunk").GetString()!;
        Assert.Contains($"Shrunk: {shrunk}", lines);
        var story = ViolationReport.Story(Trace.Read(shrunk)).ToArray();
        Assert.InRange(story.Length, 1, 25);
        Assert.Equal(story, lines.SkipWhile(line => line != story[0]).Take(story.Length));
        Assert.Contains("Scenario: What the scenario itself expects comes about. (Not of the paper: the scenario looks after it)", lines);
        Assert.Contains($"  {Invocation.Of("replay", shrunk)}", lines);
        Assert.Contains($"  {Invocation.Of("show", shrunk)}", lines);
        Assert.True(Trace.Read(shrunk).Choices.Count < trace.Choices.Count);
        Assert.NotEmpty(Trace.Read(shrunk).Replayed(ExplorerTests.Fragile).Events);
    }

    [Fact]
    public void A_trace_is_left_as_it_was_found_with_no_shrink()
    {
        var directory = Path.Combine(_directory, "found");

        Explore(new StringWriter(), directory, null, shrink: false);

        Assert.Single(Directory.GetFiles(directory));
    }

    [Fact]
    public void A_violation_is_not_lost_where_its_trace_cannot_be_written()
    {
        var output = new StringWriter();
        var place = Path.Combine(_directory, "file");
        File.WriteAllText(place, string.Empty);

        Assert.Equal(1, Explore(output, place, null));
        Assert.Contains("Scenario is violated in schedule", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_prints_what_was_explored()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var process = RaftVerify.Start(_directory, "explore", "election", "--iterations", "1000000000");
        var (status, output) = await RaftVerify.InterruptAsync(process, "Exploring 1 scenario", TimeSpan.FromMilliseconds(500));

        Assert.Equal(3, status);
        Assert.Contains("no violation.", output, StringComparison.Ordinal);
        Assert.Contains("Stopped before the end", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_output_is_no_terminal_it_is_plain()
    {
        var (_, output) = Run("explore", "election", "--iterations", "1", "--workers", "1");
        Assert.Contains("Exploring 1 scenario: strategy portfolio, seed 1, 1 worker, 1 schedule each", output, StringComparison.Ordinal);
        Assert.DoesNotContain("1 schedules", output, StringComparison.Ordinal);

        Assert.DoesNotContain('\e', output);
        Assert.DoesNotContain('╭', output);
        if (Console.IsOutputRedirected)
        {
            Assert.False(CommandLine.CreateConsole().Profile.Capabilities.Ansi);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static int Explore(StringWriter output, string directory, string? json, bool shrink = true)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 60;
        var plan = new EnginePlan(Trace.Embedded, new ExplorationOptions { Iterations = 5000, Seed = 3 });
        return ExploreCommand.Explore(console, [ExplorerTests.Fragile], [plan], directory, json, shrink);
    }

    private (int Status, string Output) Run(params string[] arguments) => RaftVerify.Run(_directory, arguments);
}
