using System.Text.Json;

namespace Raft.Tests.Cli;

/// <summary>raft-verify linearizability.</summary>
[Collection(nameof(InProcess))]
public sealed class LinearizabilityCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    public void A_history_that_is_linearizable_ends_with_status_0()
    {
        var (status, output, _) = InProcess.Run("linearizability", Named("appends-in-either-order.txt"));

        Assert.Equal(0, status);
        Assert.Contains("linearizable; 5 operations of 3 clients", output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 histories checked: 1 linearizable, 0 not.", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_that_is_not_ends_with_status_1_and_names_the_operations_that_cannot_be_ordered()
    {
        var (status, output, _) = InProcess.Run(
            "linearizability", Named("appends-in-either-order.txt"), Named("stale-read.json"), "--html", Own("page.html"), "--json",
            Own("report.json"));

        Assert.Equal(1, status);
        Assert.Contains("2 operations on key x cannot be ordered", output, StringComparison.Ordinal);
        Assert.Contains("compare-and-set(x, 1, 2) = set", output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(File.ReadAllText(Own("report.json")));
        var files = report.RootElement.GetProperty("files");
        Assert.Equal([true, false], files.EnumerateArray().Select(file => file.GetProperty("isLinearizable").GetBoolean()));
        var conflict = files[1].GetProperty("conflict");
        Assert.True(conflict.GetProperty("isMinimal").GetBoolean());
        Assert.Equal("read(x) = 1", conflict.GetProperty("operations")[1].GetProperty("text").GetString());
        var page = File.ReadAllText(Own("page.html"));
        Assert.Equal(2, page.Split("class=\"conflict\"").Length - 1);
        Assert.Contains("stale-read.json, key x", page, StringComparison.Ordinal);
    }

    [Fact]
    public void With_verdicts_only_no_operation_is_blamed()
    {
        var (status, output, _) = InProcess.Run(
            "linearizability", Named("stale-read.json"), "--verdicts-only", "--html", Own("page.html"), "--json", Own("report.json"));

        Assert.Equal(1, status);
        Assert.Contains("stale-read.json: not linearizable; 7 operations", output, StringComparison.Ordinal);
        Assert.DoesNotContain("cannot be ordered", output, StringComparison.Ordinal);
        Assert.Contains("Not linearizable: 5 operations.", File.ReadAllText(Own("page.html")), StringComparison.Ordinal);
        Assert.Contains("\"conflict\": null", File.ReadAllText(Own("report.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read-goes-back.log", "--model key-value does not fit", "--model", "key-value")]
    [InlineData("nothing.log", "Could not find file")]
    [InlineData("verdicts.tsv", "the first line is neither")]
    public void What_cannot_be_checked_is_wrong_usage(string file, string expected, params string[] more)
    {
        var (status, _, errors) = InProcess.Run(["linearizability", Named(file), .. more]);

        Assert.Equal(2, status);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_is_not_overwritten()
    {
        var file = Own("history.json");
        File.Copy(Named("stale-read.json"), file);

        var (status, _, errors) = InProcess.Run("linearizability", file, "--json", file);

        Assert.Equal(2, status);
        Assert.Contains("--json would overwrite the history", errors, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(Named("stale-read.json")), File.ReadAllText(file));
    }

    [Fact]
    public void Two_results_do_not_go_to_one_file()
    {
        var (status, _, errors) = InProcess.Run(
            "linearizability", Named("stale-read.json"), "--html", Own("result"), "--json", Own("result"));

        Assert.Equal(2, status);
        Assert.Contains("--html and --json both go to", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Own("result")));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Named(string file) => Path.Combine(AppContext.BaseDirectory, "Checking", "Histories", file);

    private string Own(string file) => Path.Combine(_directory, file);
}
