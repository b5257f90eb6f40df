using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Raft.Verification.Coyote;

/// <summary>
/// Rewrites assemblies by <c>coyote rewrite</c>. The tool comes with the build, and runs in a process of its own. It looks for what assemblies refer to in
/// its current directory and beside itself first: neither may have assemblies of ours, which it would take for code that it does not control.
/// </summary>
internal static class Rewriter
{
    private static readonly string _tool = Path.Combine(AppContext.BaseDirectory, "coyote", "coyote.dll");

    // The dotnet that runs this: its runtimes are three directories below it.
    private static readonly string _dotnet = Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    /// <summary>Rewrites assemblies of a directory in place.</summary>
    /// <exception cref="RewritingException">They cannot be rewritten; the message says why.</exception>
    public static void Rewrite(string directory, IReadOnlyList<string> assemblies)
    {
        if (!File.Exists(_tool))
        {
            throw new RewritingException($"There is no {_tool}: build again.");
        }

        var empty = Directory.CreateDirectory(Path.Combine(directory, "empty")).FullName;
        var configuration = Path.Combine(directory, "coyote.json");
        File.WriteAllText(
            configuration, JsonSerializer.Serialize(new { AssembliesPath = directory, Assemblies = assemblies, DependencySearchPaths = (string[])[AppContext.BaseDirectory] }));
        var start = new ProcessStartInfo(File.Exists(_dotnet) ? _dotnet : "dotnet", ["exec", "--roll-forward", "Major", _tool, "rewrite", configuration])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = empty,
        };
        start.Environment["COYOTE_CLI_TELEMETRY_OPTOUT"] = "1";

        // Its command line leaves files behind.
        start.Environment[OperatingSystem.IsWindows() ? "TMP" : "TMPDIR"] = empty;
        using var coyote = Process.Start(start)!;
        var error = coyote.StandardError.ReadToEndAsync();
        var output = coyote.StandardOutput.ReadToEnd();
        coyote.WaitForExit();
        if (coyote.ExitCode != 0)
        {
            // The last line says what is wrong.
            throw new RewritingException($"{output}{error.GetAwaiter().GetResult()}".TrimEnd().Split('\n')[^1].Trim());
        }
    }
}

/// <summary>Coyote cannot rewrite the assemblies, so that nothing runs under it.</summary>
/// <param name="reason">Why not.</param>
internal sealed class RewritingException(string reason) : IOException($"Nothing ran under Coyote: it cannot rewrite the assemblies. {reason}");
