using System.Text.Json;

namespace Raft.Tests.Cli;

/// <summary>raft-verify check.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private static readonly string[] _small =
    [
        "--servers",
        "2",
        "--values",
        "1",
        "--max-term",
        "2",
        "--max-log",
        "1",
        "--max-messages",
        "2",
        "--max-copies",
        "1",
    ];

    private static readonly string[] _noFaults =
    [
        "--servers", "2", "--max-log", "0", "--max-messages", "2", "--max-timeouts", "2", "--max-restarts", "0", "--max-duplicates", "0",
        "--max-drops", "0", "--max-client-requests", "0",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    public void A_check_that_holds_prints_what_it_explored_and_ends_with_status_0()
    {
        var (status, output) = Run(["check", .. _small]);

        Assert.Equal(0, status);
        Assert.Contains("134,721 states generated, 13,479 distinct, depth 32", output, StringComparison.Ordinal);
        Assert.Contains("Every property holds, in every state within these bounds.", output, StringComparison.Ordinal);
        Assert.Contains("LeaderCompleteness", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_has_the_figures_under_their_names()
    {
        var report = Report(["check", .. _small, "--symmetry", "--workers", "2"]);

        Assert.Equal(6_763, report.GetProperty("distinct").GetInt64());
        Assert.Equal(32, report.GetProperty("depth").GetInt32());
        Assert.Equal(0, report.GetProperty("violations").GetInt32());
        Assert.True(report.GetProperty("generated").GetInt64() > 6_763);
        Assert.True(report.GetProperty("seconds").GetDouble() > 0);
        Assert.True(report.GetProperty("bytesPerState").GetDouble() > 8);
        Assert.Contains(
            report.GetProperty("actions").EnumerateArray(),
            one => one.GetProperty("action").GetString() == "BecomeLeader" && one.GetProperty("fired").GetInt64() > 0);
    }

    [Fact]
    public void Budgets_bound_how_often_things_happen()
    {
        var report = Report(
            "check", "--servers", "3", "--max-messages", "2", "--max-restarts", "0", "--max-duplicates", "0", "--max-drops", "0",
            "--max-client-requests", "1", "--max-timeouts", "1");

        Assert.Equal((144_490, 30_346, 33), (
            report.GetProperty("generated").GetInt64(), report.GetProperty("distinct").GetInt64(), report.GetProperty("depth").GetInt32()));
    }

    [Fact]
    public void The_model_of_the_implementation_holds_too()
    {
        var report = Report(["check", "--spec", "raft", .. _small]);

        Assert.Equal(("raft", 0), (report.GetProperty("spec").GetString(), report.GetProperty("violations").GetInt32()));
        Assert.Contains(report.GetProperty("actions").EnumerateArray(), one => one.GetProperty("action").GetString() == "CompleteWrite");
    }

    [Fact]
    public void A_model_in_which_no_leader_is_ever_elected_does_not_pass()
    {
        var (status, output) = Run(["check", .. _small, "--max-timeouts", "0"]);

        Assert.Equal(1, status);
        Assert.Contains("Never reached: ALeaderIsElected", output, StringComparison.Ordinal);
        Assert.Contains("BecomeLeader never fired", output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void By_default_every_action_fires()
    {
        var (status, output) = Run("check", "--strict");

        Assert.Equal(0, status);
        Assert.Contains("13,137,040 states generated, 2,063,678 distinct, depth 52", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_action_that_never_fires_is_a_warning_and_an_error_with_strict()
    {
        var (status, output) = Run(["check", .. _small]);
        var (strict, same) = Run(["check", .. _small, "--strict"]);

        Assert.Equal((0, 1), (status, strict));
        foreach (var printed in (string[])[output, same])
        {
            Assert.Contains("Warning: ConflictAppendEntriesRequest never fired.", printed, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Category", "Long")]
    public void A_bound_on_memory_that_is_hit_is_reported_and_is_not_a_pass()
    {
        var (status, output) = Run("check", "--max-messages", "3", "--memory", "50");

        Assert.Equal(3, status);
        Assert.Contains("The bound on memory was hit", output, StringComparison.Ordinal);
        Assert.Contains("left in the queue", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 to 7 servers, not 0", "--servers", "0")]
    [InlineData("1 to 7 servers, not 8", "--servers", "8")]
    [InlineData("--servers", "--servers", "-2")]
    [InlineData("values", "--values", "0")]
    [InlineData("term", "--max-term", "0")]
    [InlineData("log", "--max-log", "-1")]
    [InlineData("messages", "--max-messages", "0")]
    [InlineData("copies", "--max-copies", "0")]
    [InlineData("restarts", "--max-restarts", "-1")]
    [InlineData("choose smaller bounds", "--max-term", "30", "--max-log", "15")]
    [InlineData("--servers", "--servers", "many")]
    [InlineData("--workers", "--workers", "0")]
    [InlineData("--memory", "--memory", "0")]
    [InlineData("missing", "--json", "missing/report.json")]
    [InlineData("paxos", "--spec", "paxos")]
    [InlineData("sideways", "--search", "sideways")]
    public void Bounds_out_of_range_are_reported_and_end_with_status_2(string expected, params string[] arguments)
    {
        var (status, output) = Run(["check", .. arguments]);

        Assert.Equal(2, status);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_real_core_is_checked_with_the_model_beside_it()
    {
        var (status, output) = Run(["check", "--spec", "core", .. _noFaults, "--compare"]);

        Assert.Equal(0, status);
        Assert.Contains("36 server steps compared with the model", output, StringComparison.Ordinal);
        Assert.Contains("77 states generated, 33 distinct, depth 9", output, StringComparison.Ordinal);
        Assert.Contains("The code reaches 31 of them", output, StringComparison.Ordinal);
        Assert.Contains("beyond RequestVote", output, StringComparison.Ordinal);
        Assert.Contains("the model has 31 states, depth 9; the code has 31, depth 9. They are the same.", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_bounds_the_real_core_has_bounds_in_which_leaders_conflict()
    {
        var (status, output) = Run("check", "--spec", "core");

        Assert.Equal(0, status);
        Assert.Contains("1,677,184 states generated, 325,954 distinct, depth 65", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_of_the_real_core_has_its_figures()
    {
        var report = Report(["check", "--spec", "core", .. _noFaults]);

        Assert.Equal(33, report.GetProperty("distinct").GetInt64());
        Assert.Equal(36, report.GetProperty("comparedSteps").GetInt64());
        Assert.Equal(20, report.GetProperty("serverStates").GetInt64());
    }

    [Theory]
    [InlineData("raft", "--snapshots", "--snapshots needs --spec core")]
    [InlineData("core", "--symmetry", "--symmetry does not go with --spec core")]
    [InlineData("core", "--trace bug.json", "--trace does not go with --spec core: a trace holds states of the model. --json writes")]
    [InlineData("core", "--compare --chunk 1", "--compare does not go with --chunk")]
    public void Options_that_do_not_go_together_are_refused(string specification, string options, string why)
    {
        var (status, output) = Run(["check", "--spec", specification, .. options.Split(' ')]);

        Assert.Equal(2, status);
        Assert.Contains(why, output, StringComparison.Ordinal);
    }

    private (int Status, string Output) Run(params string[] arguments) => RaftVerify.Run(_directory, arguments);

    private JsonElement Report(params string[] arguments)
    {
        var json = Path.Combine(_directory, "report.json");
        var (status, output) = Run([.. arguments, "--json", json]);
        Assert.True(status == 0, output);
        return JsonDocument.Parse(File.ReadAllText(json)).RootElement;
    }
}
