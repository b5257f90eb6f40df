using System.Diagnostics;

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
        Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Raft.Verification.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        })!;
}
