using System.Diagnostics;
using System.Text.Json;
using DeterministicSimulation;
using Raft.Tests.Coyote;
using Raft.Verification.Cli;
using Raft.Verification.Exploration;
using Raft.Verification.Mutants;
using Raft.Verification.Scenarios;
using Spectre.Console;
using Trace = DeterministicSimulation.Trace;

namespace Raft.Tests.Cli;

/// <summary>raft-verify explore --engine.</summary>
[Collection(nameof(CoyoteEngine))]
public sealed class ExploreEnginesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    [Trait("Category", "Long")]
    public void Coyotes_schedules_are_reported_as_those_of_the_embedded_engine_are()
    {
        var json = Path.Combine(_directory, "report.json");

        var (status, output) = Run(
            "explore", "election", "snapshot", "--engine", "coyote", "--strategy", "prioritization", "--iterations", "4", "--json", json);

        Assert.True(status == 0, output);
        Assert.Contains(
            "Exploring 2 scenarios under Coyote: strategy prioritization, seed 1, 4 schedules each", output, StringComparison.Ordinal);
        var rows = Rows(json);
        Assert.Equal(["election", "snapshot"], rows.Select(row => row.GetProperty("scenario").GetString()));
        foreach (var row in rows)
        {
            Assert.Equal(("coyote", "prioritization"), (row.GetProperty("engine").GetString(), row.GetProperty("strategy").GetString()));
            Assert.Equal(4, row.GetProperty("schedules").GetInt64());
            Assert.Equal(0, row.GetProperty("violations").GetInt32());
            Assert.InRange(row.GetProperty("steps").GetInt64(), 100, 100_000);
            Assert.InRange(row.GetProperty("abstractStates").GetInt64(), 10, 10_000);
            Assert.True(row.GetProperty("faults").GetProperty("loss").GetInt64() > 0);
            Assert.Contains(row.GetProperty("digest").GetString()!, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_run_under_Coyote_is_the_same_in_another_process()
    {
        var digests = Enumerable.Range(0, 2).Select(run =>
        {
            var json = Path.Combine(_directory, $"{run}.json");
            Assert.Equal(
                0, Run("explore", "churn", "--engine", "coyote", "--iterations", "5", "--seed", "12345678901", "--json", json).Status);
            return Rows(json).Single().GetProperty("digest").GetString();
        }).ToArray();

        Assert.Equal(digests[0], digests[1]);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Both_engines_stand_in_one_table_and_one_report()
    {
        var json = Path.Combine(_directory, "report.json");

        var (status, output) = Run("explore", "election", "steady", "--engine", "both", "--iterations", "20", "--json", json);

        Assert.True(status == 0, output);
        Assert.Equal(
            [("embedded", "election"), ("embedded", "steady"), ("coyote", "election"), ("coyote", "steady")],
            Rows(json).Select(row => (row.GetProperty("engine").GetString()!, row.GetProperty("scenario").GetString()!)));
        var table = output.Split(Environment.NewLine).Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 2);
        Assert.Equal(4, table.Count(words => words is ["election" or "steady", "embedded" or "coyote", "20", .., "none"]));
        Assert.Contains($"{Environment.NewLine}embedded: 40 schedules, ", output, StringComparison.Ordinal);
        Assert.Contains($"{Environment.NewLine}coyote: 40 schedules, ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_main_job_without_arguments_runs_both_engines()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var process = RaftVerify.Start(_directory);
        var (status, output) = await RaftVerify.InterruptAsync(
            process, $"Exploring {Scenario.All.Count} scenarios: strategy portfolio, seed 1, ");

        Assert.StartsWith("Then under Coyote: strategy random, seed 1, ", output, StringComparison.Ordinal);
        Assert.Equal(3, status);
    }

    [Fact]
    public void Of_a_minute_Coyote_has_the_last_ten_seconds()
    {
        var plans = EnginePlan.Of(EnginePlan.Both, new ExplorationOptions { Time = TimeSpan.FromMinutes(1) }, strategy: null);

        Assert.Equal(
            [("embedded", "portfolio", TimeSpan.FromSeconds(50)), ("coyote", "random", TimeSpan.FromSeconds(10))],
            plans.Select(plan => (plan.Engine, plan.Options.Strategy, plan.Options.Time!.Value)));
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_violation_under_Coyote_ends_with_status_1_and_its_traces_in_files()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        var json = Path.Combine(_directory, "report.json");
        var scenario = ScenarioCatalogue.Find("replication")!;
        var plans = EnginePlan.Of(Trace.Coyote, new ExplorationOptions { Iterations = 200, Seed = 3 }, strategy: null);
        var bug = MutantCatalogue.Find(MutantCatalogue.Own(), "P4");

        var status = ExploreCommand.Explore(console, [scenario], plans, Path.Combine(_directory, "found"), json, mutant: bug);

        Assert.True(status == 1, $"{output}");
        var row = Rows(json).Single();
        var file = row.GetProperty("trace").GetString()!;
        var trace = Trace.Read(file);
        Assert.True(trace.Violation.Property == "DurableBeforeSend", trace.Violation.Message);
        Assert.Equal(
            ("coyote", "random", 3UL, "DurableBeforeSend", null),
            (trace.Engine, trace.Strategy, trace.Seed, trace.Violation.Property, trace.Remark));
        Assert.Equal(row.GetProperty("schedules").GetInt64(), trace.Schedule + 1);
        Assert.Equal($"replication-DurableBeforeSend-coyote-3-{trace.Schedule}.trace.json", Path.GetFileName(file));
        Assert.NotEmpty(trace.Events);
        var own = row.GetProperty("coyoteTrace").GetString()!;
        Assert.Contains("CoyoteVersion", File.ReadAllText(own), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("shrunk").ValueKind);

        var lines = output.ToString().Split(Environment.NewLine);
        Assert.Contains(
            $"replication: DurableBeforeSend is violated in schedule {trace.Schedule} of seed 3, at step {trace.Violation.Step}, "
            + "under Coyote.",
            lines);
        Assert.Contains($"Trace: {file} ({trace.Events.Count:N0} events)", lines);
        Assert.Contains($"Coyote's own trace: {own}", lines);
        Assert.Contains($"  {Invocation.Of("show", file)}", lines);
        Assert.DoesNotContain(lines, line => line.Contains(Invocation.Of("replay", file), StringComparison.Ordinal));
        Assert.Equal(0, Run("show", file).Status);
    }

    [Fact]
    public void Where_Coyote_cannot_rewrite_what_the_embedded_engine_found_is_reported_with_a_line_and_status_2()
    {
        var json = Path.Combine(_directory, "report.json");

        var (status, output) = RunIn(
            Path.Combine(_directory, "missing"), "explore", "election", "--engine", "both", "--iterations", "5", "--json", json);

        Assert.Equal(2, status);
        Assert.Contains("raft-verify: Nothing ran under Coyote: it cannot rewrite the assemblies. ", output, StringComparison.Ordinal);
        Assert.Contains("'--engine embedded' explores without Coyote.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Equal("embedded", Rows(json).Single().GetProperty("engine").GetString());
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Nothing_of_what_was_rewritten_is_left_in_the_temporary_directory()
    {
        var temporary = Directory.CreateDirectory(Path.Combine(_directory, "temporary")).FullName;

        var (status, output) = RunIn(temporary, "explore", "election", "--engine", "coyote", "--time", "500ms");

        Assert.True(status == 0, output);
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(0.2)]
    [InlineData(8)]
    public async Task An_interrupt_under_Coyote_prints_what_was_explored(double seconds)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var process = RaftVerify.Start(_directory, "explore", "election", "--engine", "coyote", "--time", "1h");
        var (status, output) = await RaftVerify.InterruptAsync(process, "Exploring 1 scenario under Coyote", TimeSpan.FromSeconds(seconds));

        Assert.Equal(3, status);
        Assert.Contains("no violation.", output, StringComparison.Ordinal);
        Assert.Contains("Stopped before the end", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static JsonElement[] Rows(string json) =>
        [.. JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("scenarios").EnumerateArray()];

    private (int Status, string Output) Run(params string[] arguments) => RaftVerify.Run(_directory, arguments);

    private (int Status, string Output) RunIn(string temporary, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Raft.Verification.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory,
        };
        start.Environment[OperatingSystem.IsWindows() ? "TMP" : "TMPDIR"] = temporary;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
