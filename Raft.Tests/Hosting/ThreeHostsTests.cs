using System.Diagnostics;
using Raft.Tests.Docs;
using ThreeHosts;

namespace Raft.Tests.Hosting;

/// <summary>The sample of three hosts, as a process of its own.</summary>
public sealed class ThreeHostsTests
{
    [Fact]
    public async Task The_sample_replicates_a_command_before_and_after_its_leader_has_stopped()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(Counter).Assembly.Location])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
        }

        var printed = $"{await output}{await errors}";
        Assert.True(process.ExitCode == 0, printed);
        Assert.Matches(
            @"\AS(?<first>\d) leads: the counter is [12]\r?\n"
            + @"S\k<first> has stopped\r?\n"
            + @"S(?!\k<first>)\d leads: the counter is [2-4]\r?\n\z",
            printed);
    }

    // The guide calls the sample short.
    [Fact]
    public void The_program_of_the_sample_has_at_most_60_lines() =>
        Assert.InRange(File.ReadAllLines(Repository.File("samples/ThreeHosts/Program.cs")).Length, 1, 60);
}
