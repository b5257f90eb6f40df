using System.Text.Json;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Cli;

/// <summary>raft-verify explore.</summary>
public sealed class ExploreCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    public void A_run_is_the_same_in_another_process_with_any_number_of_workers()
    {
        var here = Explorer.Explore(Scenario.All.First(one => one.Name == "churn"), new ExplorationOptions { Iterations = 300, Seed = 5, Workers = 1 });
        var json = Path.Combine(_directory, "report.json");

        var (status, output) = Run("explore", "churn", "--iterations", "300", "--seed", "5", "--workers", "2", "--json", json);

        Assert.Equal(0, status);
        Assert.Contains("no violation", output, StringComparison.Ordinal);
        var scenario = JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("scenarios").EnumerateArray().Single();
        Assert.Equal(here.Digest.ToString("x16"), scenario.GetProperty("digest").GetString());
        Assert.Equal(here.Steps, scenario.GetProperty("steps").GetInt64());
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
    [InlineData("--frobnicate", "explore", "--frobnicate")]
    [InlineData("fly", "fly")]
    public void Wrong_usage_is_told_in_words_and_ends_with_status_2(string told, params string[] arguments)
    {
        var (status, output) = Run(arguments);

        Assert.Equal(2, status);
        Assert.Contains(told, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_told_in_words()
    {
        var (status, output) = Run("explore", "election", "--iterations", "1", "--json", Path.Combine(_directory, "missing", "report.json"));

        Assert.Equal(2, status);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private (int Status, string Output) Run(params string[] arguments) => RaftVerify.Run(_directory, arguments);
}
