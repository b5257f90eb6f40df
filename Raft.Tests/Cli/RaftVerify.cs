using System.Diagnostics;
using System.Globalization;

namespace Raft.Tests.Cli;

/// <summary>raft-verify, in a process of its own.</summary>
internal static class RaftVerify
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit status, and what it printed: output, then errors.</returns>
    public static (int Status, string Output) Run(string directory, params string[] arguments)
    {
        using var process = Start(directory, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    /// <summary>Starts it, in a directory.</summary>
    public static Process Start(string directory, params string[] arguments) =>
        Process.Start(
            new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Raft.Verification.dll"), .. arguments])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = directory,

                // As in the tests' own process.
                Environment = { ["DOTNET_TieredPGO"] = "0" },
            })!;

    /// <summary>
    /// Asks it to stop, once it has printed a line: by SIGTERM, which is handled like Ctrl-C. A process that a shell started in the
    /// background ignores SIGINT.
    /// </summary>
    /// <param name="process">The process, which has ended afterwards.</param>
    /// <param name="beginning">What the line begins with.</param>
    /// <param name="later">The delay after that line.</param>
    /// <returns>Its exit status, and what else it printed.</returns>
    public static async Task<(int Status, string Output)> InterruptAsync(Process process, string beginning, TimeSpan later = default)
    {
        try
        {
            Assert.StartsWith(beginning, await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
            await Task.Delay(later);
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, output);
        }
        finally
        {
            process.Kill();
        }
    }
}
