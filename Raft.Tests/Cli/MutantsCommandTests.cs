using System.Diagnostics;
using System.Text.Json;
using DeterministicSimulation;
using Raft.Verification.Exploration;
using Trace = DeterministicSimulation.Trace;

namespace Raft.Tests.Cli;

public sealed class MutantsCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    private int InShell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command])
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return shell.ExitCode;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    [Trait("Category", "Long")]
    public void It_searches_for_the_mutants_of_a_folder_and_reports_them_as_JSON_and_Markdown()
    {
        Write("X1", "Persistence, DurableBeforeSend", "_votedFor = request.From;", "_votedFor = request.To;");

        var (status, output) = RaftVerify.Run(
            _directory, "mutants", "--dir", ".", "--strategy", "swarm", "--seeds", "2", "--budget", "50", "--json", "report.json",
            "--markdown", "report.md");

        Assert.Contains("found on 2 of 2 seeds", output, StringComparison.Ordinal);
        Assert.Contains("clean after 100 schedules", output, StringComparison.Ordinal);
        Assert.Equal(0, status);
        Assert.Contains("\"id\": \"X1\"", File.ReadAllText(Path.Combine(_directory, "report.json")), StringComparison.Ordinal);
        var table = File.ReadAllText(Path.Combine(_directory, "report.md"));
        Assert.Matches(@"\| X1 \| a test \| [\d.]+ \([\d.]+ s\) \|", table);
        Assert.Contains("The correct implementation, swarm: 100 schedules, nothing found.", table, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void With_a_trace_it_prints_what_is_violated_in_words_and_commands_that_can_be_copied()
    {
        var (status, output) = RaftVerify.Run(_directory, "mutants", "E1", "--seeds", "1", "--traces", "traces of E1");

        Assert.Equal(0, status);
        Assert.Contains("OneVotePerTerm: Each server votes for at most one candidate in a given term", output, StringComparison.Ordinal);
        var lines = output.Split(Environment.NewLine).Select(line => line.Trim());
        var commands = lines.Where(line => line.StartsWith("dotnet ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, commands.Length);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal([1, 0], commands.Select(InShell));
        }
    }

    [Fact]
    [Trait("Category", "Long")]
    public void With_all_strategies_the_table_has_a_column_for_each()
    {
        Write("X1", "Persistence, DurableBeforeSend", "_votedFor = request.From;", "_votedFor = request.To;");

        var (status, _) = RaftVerify.Run(
            _directory, "mutants", "X1", "--dir", ".", "--strategy", "all", "--seeds", "1", "--budget", "50", "--markdown", "report.md");

        Assert.Equal(0, status);
        Assert.Contains(
            $"| mutant | bug | {string.Join(" | ", StrategyCatalogue.Names.Select(name => $"{name} | {name}, without the model"))} |",
            File.ReadAllText(Path.Combine(_directory, "report.md")),
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Coyotes_searches_are_columns_of_their_own()
    {
        Write("X1", "Persistence, DurableBeforeSend", "_votedFor = request.From;", "_votedFor = request.To;");
        File.WriteAllText(Path.Combine(_directory, "searches.json"), $$"""
            {
              "seeds": 3, "budget": 400, "strategies": ["random", "prioritization", "q-learning"],
              "hunts": [
                {{Search("X1", "embedded", "random", 7, "Persistence")}},
                {{Search("X1", "coyote", "random", 5, "Persistence")}},
                {{Search("X1", "coyote", "random", 1, "Persistence")}},
                {{Search("X1", "coyote", "random", 3, "ElectionSafety")}},
                {{Search("X1", "coyote", "prioritization", 400, null)}},
                {{Search("X2", "coyote", "q-learning", 1, "Persistence")}}
              ]
            }
            """);

        var (status, _) = RaftVerify.Run(
            _directory, "mutants", "X1", "--dir", ".", "--strategy", "swarm", "--seeds", "1", "--budget", "50", "--markdown", "report.md",
            "--coyote", "searches.json");

        Assert.Equal(0, status);
        var table = File.ReadAllText(Path.Combine(_directory, "report.md"));
        Assert.Contains(
            "| mutant | bug | swarm | swarm, without the model | first to fire "
            + "| Coyote random | Coyote prioritization | Coyote q-learning |",
            table,
            StringComparison.Ordinal);
        const string found = @"[\d.]+ \([\d.]+ s\)";
        Assert.Matches($@"\| X1 \| a test \| {found} \| {found} \| \w+ 1 \| 3 \(0\.50 s\) \\\* \| > 400 ! \| - \|", table);
        Assert.Contains("searched on 3 seeds, at most 400 schedules each", table, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void It_writes_a_trace_of_each_mutant_that_it_finds_as_found_and_as_shrunk()
    {
        Write("X1", "Persistence, DurableBeforeSend", "_votedFor = request.From;", "_votedFor = request.To;");

        var (_, output) = RaftVerify.Run(_directory, "mutants", "X1", "--dir", ".", "--seeds", "1", "--budget", "50", "--traces", "traces");

        Assert.Contains("The median reduction is", output, StringComparison.Ordinal);
        var found = Trace.Read(Path.Combine(_directory, "traces", "X1-portfolio.trace.json"));
        var shrunk = Trace.Read(Path.Combine(_directory, "traces", "X1-portfolio.min.trace.json"));
        Assert.Equal(found.Violation.Property, shrunk.Violation.Property);
        Assert.True(shrunk.Violation.Step <= found.Violation.Step);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_mutant_that_is_not_found_is_a_failure()
    {
        Write("X2", "Liveness", "private bool IsUpToDate", "private  bool IsUpToDate");

        var (status, output) = RaftVerify.Run(_directory, "mutants", "x2", "--dir", ".", "--seeds", "1", "--budget", "20");

        Assert.Contains("Not found on nine seeds of ten: X2, of 1 mutant.", output, StringComparison.Ordinal);
        Assert.Equal(1, status);
    }

    [Theory]
    [InlineData("There is no mutant 'Z9'; there is correct, A1, ", "mutants", "Z9")]
    [InlineData("There is no directory 'nowhere'", "mutants", "--dir", "nowhere")]
    [InlineData("holds no file that ends in .mutant", "mutants", "--dir", ".")]
    [InlineData("report.json is not what 'bench engines --json' writes: ", "mutants", "--coyote", "report.json")]
    [InlineData("null.json is not what 'bench engines --json' writes: A part of it is null.", "mutants", "--coyote", "null.json")]
    [InlineData("report.json is not what 'mutants --json' writes: ", "mutants", "--compare", "report.json")]
    [InlineData("--json and --markdown both go to 'out.md'", "mutants", "--json", "out.md", "--markdown", "out.md")]
    [InlineData("'' is not the name of a file", "mutants", "--coyote", "")]
    [InlineData("--seeds takes a number from 1 to 10000, not '0'", "mutants", "--seeds", "0")]
    [InlineData("evil.mutant, line 5: '../../evil' is not an id", "mutants", "--dir", "evil", "--traces", "traces")]
    public void Wrong_usage_is_reported(string error, params string[] arguments)
    {
        File.WriteAllText(
            Path.Combine(_directory, "null.json"), """{ "seeds": 10, "budget": 3000, "strategies": [], "hunts": [null] }""");
        Directory.CreateDirectory(Path.Combine(_directory, "evil"));
        Write("evil", "Persistence", "_votedFor = request.From;", "_votedFor = request.To;", "../../evil", "evil/");
        File.WriteAllText(Path.Combine(_directory, "report.json"), """{ "seeds": 10, "budget": 3000, "strategies": [] }""");

        var (status, output) = RaftVerify.Run(_directory, arguments);

        Assert.Contains(error, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Equal(2, status);
    }

    [Fact]
    public void A_mutant_that_no_longer_fits_the_sources_is_wrong_usage_with_what_to_do()
    {
        Write("X3", "Liveness", "this is not there", "nor is this");

        var (status, output) = RaftVerify.Run(_directory, "mutants", "X3", "--dir", ".");

        Assert.Contains("update the text to find and its replacement", output, StringComparison.Ordinal);
        Assert.Equal(2, status);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_mutant_that_does_not_compile_is_reported_before_any_search()
    {
        Write("X1", "Persistence", "_votedFor = request.From;", "_votedFor = request.To;");
        Write("X4", "Liveness", "_votedFor = request.From;", "_votedFor = nobody;");

        var (status, output) = RaftVerify.Run(_directory, "mutants", "--dir", ".");

        Assert.Contains("Mutant X4 does not compile", output, StringComparison.Ordinal);
        Assert.DoesNotContain("seeds done", output, StringComparison.Ordinal);
        Assert.Equal(2, status);
    }

    private static string Search(string mutant, string engine, string strategy, int schedules, string? property) =>
        JsonSerializer.Serialize(new
        {
            mutant,
            engine,
            strategy,
            seed = 1,
            schedules,
            seconds = 0.5,
            property,
            scenario = "election",
            replayed = property is null ? null : (bool?)true,
        });

    [Fact]
    [Trait("Category", "Long")]
    public async Task An_interrupted_run_does_not_report_unfinished_searches_as_clean()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var process = RaftVerify.Start(
            _directory, "mutants", "correct", "E5", "--seeds", "2", "--budget", "1000000", "--json", "report.json");
        var (status, output) = await RaftVerify.InterruptAsync(process, "Searching for 2 mutants", TimeSpan.FromSeconds(1));

        Assert.Equal(3, status);
        Assert.Contains("Stopped before the end", output, StringComparison.Ordinal);
        Assert.Contains("nothing found so far", output, StringComparison.Ordinal);
        Assert.DoesNotContain("clean", output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_directory, "report.json")));
        var correct = report.RootElement.GetProperty("mutants")[0];
        Assert.True(correct.GetProperty("stopped").GetBoolean());
        Assert.Equal(JsonValueKind.Null, correct.GetProperty("asItShouldBe").ValueKind);
    }

    [Fact]
    public void Control_characters_in_a_title_do_not_reach_the_terminal()
    {
        Write("X1", "Persistence", "_votedFor = request.From;", "_votedFor = request.To;", title: "\u001b]0;gotcha\u0007");

        var (status, output) = RaftVerify.Run(_directory, "mutants", "--dir", ".", "--list");

        Assert.Equal(0, status);
        Assert.Contains("gotcha", output, StringComparison.Ordinal);
        Assert.DoesNotContain(output, letter => letter is '\u001b' or '\u0007');
    }

    private void Write(
        string file, string breaks, string find, string replace, string? id = null, string folder = "", string title = "a test") =>
        File.WriteAllText(
        Path.Combine(_directory, $"{folder}{file}.mutant"),
        $"id: {id ?? file}\ntitle: {title}\ncategory: test\nsource: none\nbreaks: {breaks}\n"
            + $"--- edit Raft.Impl/Core/RaftCore.RequestVote.cs\n--- find\n{find}\n--- replace\n{replace}\n--- end\n");
}
