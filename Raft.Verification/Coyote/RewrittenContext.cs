using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using Raft.Verification.Mutants;

namespace Raft.Verification.Coyote;

/// <summary>
/// A world of its own in which Raft.Impl, changed by a mutant or not, and Raft.Verification are as <c>coyote rewrite</c> makes them. All else is shared
/// with the process, Coyote's runtime too.
/// </summary>
internal sealed class RewrittenContext : AssemblyLoadContext, IDisposable
{
    private static readonly string[] _own = ["Raft.Impl", "Raft.Model", "Raft.Verification"];
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify-coyote-").FullName;
    private readonly Func<string, string, uint, uint, Action<long>, CancellationToken, string> _run;

    /// <summary>A world for a mutant; for <see cref="Mutant.None"/>, one in which all is as it is.</summary>
    /// <exception cref="MutantException">The mutant does not fit the sources, or does not compile.</exception>
    /// <exception cref="IOException">Coyote's tool is not there, or cannot rewrite the assemblies; the message says what to do.</exception>
    public RewrittenContext(Mutant mutant)
        : base($"rewritten {mutant.Id}", isCollectible: true)
    {
        try
        {
            foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll"))
            {
                File.Copy(file, Path.Combine(_directory, Path.GetFileName(file)));
            }

            foreach (var (name, assembly) in MutatedSources.Compile(mutant))
            {
                File.WriteAllBytes(Path.Combine(_directory, $"{name}.dll"), assembly);
            }

            Rewrite();
            _run = LoadFromAssemblyName(typeof(CoyoteExplorer).Assembly.GetName())
                .GetType(typeof(CoyoteExplorer).FullName!, throwOnError: true)!
                .GetMethod(nameof(CoyoteExplorer.Run), BindingFlags.Public | BindingFlags.Static)!
                .CreateDelegate<Func<string, string, uint, uint, Action<long>, CancellationToken, string>>();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs schedules in this world.</summary>
    /// <inheritdoc cref="CoyoteExplorer.Run"/>
    public CoyoteResult Run(IEnumerable<string> scenarios, string strategy, uint seed, uint schedules, Action<long> progress, CancellationToken stop) =>
        JsonSerializer.Deserialize<CoyoteResult>(_run(string.Join(' ', scenarios), strategy, seed, schedules, progress, stop))!;

    /// <summary>Lets go of the world.</summary>
    public void Dispose()
    {
        Unload();
        Directory.Delete(_directory, recursive: true);
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (!_own.Contains(assemblyName.Name))
        {
            return null;
        }

        using var stream = new MemoryStream(File.ReadAllBytes(Path.Combine(_directory, $"{assemblyName.Name}.dll")));
        return LoadFromStream(stream);
    }

    private void Rewrite()
    {
        var configuration = Path.Combine(_directory, "coyote.json");
        File.WriteAllText(configuration, JsonSerializer.Serialize(new { AssembliesPath = _directory, Assemblies = (string[])["Raft.Impl.dll", "Raft.Verification.dll"] }));
        var start = new ProcessStartInfo("dotnet", ["tool", "run", "coyote", "rewrite", configuration]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["COYOTE_CLI_TELEMETRY_OPTOUT"] = "1";
        using var coyote = Process.Start(start)!;
        var error = coyote.StandardError.ReadToEndAsync();
        var output = coyote.StandardOutput.ReadToEnd();
        coyote.WaitForExit();
        if (coyote.ExitCode != 0)
        {
            throw new IOException(
                $"Coyote's tool cannot rewrite the assemblies: {$"{output}{error.Result}".Trim()} Run this inside the repository, after 'dotnet tool restore'; docs/coyote.md tells the rest.");
        }
    }
}
