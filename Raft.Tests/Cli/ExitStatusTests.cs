using System.Runtime.CompilerServices;
using Raft.Tests.Viewer;
using Raft.Verification.Cli;

namespace Raft.Tests.Cli;

/// <summary>All commands end with the same statuses, which the help and docs/reference/command-line.md state.</summary>
public sealed class ExitStatusTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_help_and_the_reference_state_the_same_table()
    {
        var (_, help) = RaftVerify.Run(_directory, "--help");
        var reference = File.ReadAllText(Reference());

        foreach (var line in CommandLine.Statuses.Split('\n').Skip(1))
        {
            Assert.Contains(line.TrimEnd(), help, StringComparison.Ordinal);
            Assert.Contains($"| {line[0]} | {line[1..].Trim()} |", reference, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, "explore", "election", "--iterations", "1")]
    [InlineData(0, "explore", "election", "--time", "100ms")]
    [InlineData(0, "lab", "InitialElection")]
    [InlineData(0, "check", "--servers", "1")]
    [InlineData(0, "show", "story.trace.json")]
    [InlineData(1, "check", "--servers", "1", "--strict")]
    [InlineData(1, "check", "--servers", "2", "--max-timeouts", "0")]
    [InlineData(2, "explore", "--servers", "none")]
    [InlineData(2, "lab", "nowhere")]
    [InlineData(2, "check", "--servers", "99")]
    [InlineData(2, "mutants", "nowhere")]
    [InlineData(2, "replay", "story.trace.json")]
    [InlineData(2, "replay", "")]
    [InlineData(2, "show", "")]
    [InlineData(2, "shrink", "")]
    [InlineData(2, "trace", "--tla", "Story.tla", "story.trace.json")]
    [InlineData(2, "fly")]
    public void A_command_that_comes_to_its_end_says_what_it_found(int status, params string[] arguments) =>
        EndsWith(status, arguments);

    [Fact]
    [Trait("Category", "Long")]
    public void A_search_that_does_not_find_its_bug_ends_with_status_1() => EndsWith(1, "mutants", "F3", "--seeds", "1", "--budget", "1");

    [Theory]
    [InlineData("28 tests", "lab", "--seeds", "1000000")]
    [InlineData("Checking", "check", "--max-messages", "3")]
    [InlineData("Exploring", "explore", "election", "--time", "1h")]
    public async Task A_command_that_is_interrupted_ends_with_status_3(string beginning, params string[] arguments)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var process = RaftVerify.Start(_directory, arguments);
        var (status, output) = await RaftVerify.InterruptAsync(process, beginning, TimeSpan.FromMilliseconds(500));

        Assert.Equal(3, status);
        Assert.Contains("Stopped before the end", output, StringComparison.Ordinal);
    }

    private static string Reference([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "reference", "command-line.md");

    private void EndsWith(int status, params string[] arguments)
    {
        Story.OfEverything().Write(Path.Combine(_directory, "story.trace.json"));

        var (actual, output) = RaftVerify.Run(_directory, arguments);

        Assert.True(status == actual, $"{actual}: {output}");
    }
}
