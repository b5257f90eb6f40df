using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Raft.Verification.Coyote;

/// <summary>
/// Rewrites assemblies with <c>coyote rewrite</c>. The tool comes with the build and runs in a process of its own. It resolves references
/// first in its current directory and its own directory. Neither may contain assemblies of this project, which the tool would treat as
/// uncontrolled code.
/// </summary>
internal static class Rewriter
{
    private static readonly string _tool = Path.Combine(AppContext.BaseDirectory, "coyote", "coyote.dll");

    // The dotnet that runs this process. Its runtimes lie three directories below it.
    private static readonly string _dotnet = Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    /// <summary>Rewrites assemblies in a directory in place.</summary>
    /// <exception cref="RewritingException">They cannot be rewritten; the message says why.</exception>
    public static void Rewrite(string directory, IReadOnlyList<string> assemblies)
    {
        if (!File.Exists(_tool))
        {
            throw new RewritingException($"There is no {_tool}: build again.");
        }

        var empty = Directory.CreateDirectory(Path.Combine(directory, "empty")).FullName;
        var configuration = Path.Combine(directory, "coyote.json");
        string[] dependencies = [AppContext.BaseDirectory];
        File.WriteAllText(
            configuration,
            JsonSerializer.Serialize(new { AssembliesPath = directory, Assemblies = assemblies, DependencySearchPaths = dependencies }));
        var dotnet = File.Exists(_dotnet) ? _dotnet : "dotnet";
        var start = new ProcessStartInfo(dotnet, ["exec", "--roll-forward", "Major", _tool, "rewrite", configuration])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = empty,
        };
        start.Environment["COYOTE_CLI_TELEMETRY_OPTOUT"] = "1";

        // The tool leaves temporary files behind.
        start.Environment[OperatingSystem.IsWindows() ? "TMP" : "TMPDIR"] = empty;
        using var coyote = Process.Start(start)!;
        var error = coyote.StandardError.ReadToEndAsync();
        var output = coyote.StandardOutput.ReadToEnd();
        coyote.WaitForExit();
        if (coyote.ExitCode != 0)
        {
            // The last line names the error.
            throw new RewritingException($"{output}{error.GetAwaiter().GetResult()}".TrimEnd().Split('\n')[^1].Trim());
        }
    }
}

/// <summary>Coyote cannot rewrite the assemblies, so no schedule runs under it.</summary>
/// <param name="reason">The reason, as a sentence.</param>
internal sealed class RewritingException(string reason)
    : IOException($"Nothing ran under Coyote: it cannot rewrite the assemblies. {reason}");
