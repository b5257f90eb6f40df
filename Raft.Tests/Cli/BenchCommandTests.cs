namespace Raft.Tests.Cli;

/// <summary><c>raft-verify bench</c>.</summary>
public sealed class BenchCommandTests
{
    [Theory]
    [InlineData("greedy", "--strategy", "greedy")]
    [InlineData("nowhere", "--scenario", "nowhere")]
    [InlineData("--budget", "--budget", "0")]
    [InlineData("NONE", "NONE")]
    public void Wrong_usage_is_reported_and_ends_with_status_2(string expected, params string[] arguments)
    {
        var (status, output) = RaftVerify.Run(AppContext.BaseDirectory, ["bench", "engines", .. arguments]);

        Assert.Equal(2, status);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }
}
