using System.ComponentModel;
using System.Reflection;
using System.Runtime.Loader;
using Raft.Verification.Mutants;

namespace Raft.Verification.Coyote;

/// <summary>
/// A world of its own in which Raft.Impl, changed by a mutant or not, Raft.Verification and the simulation are as <c>coyote rewrite</c> makes them. All else is shared
/// with the process, Coyote's runtime too. The embedded engine keeps the assemblies that are not rewritten.
/// </summary>
internal sealed class RewrittenContext : AssemblyLoadContext, IDisposable
{
    private static readonly string[] _rewritten = ["DeterministicSimulation", "Raft.Impl", "Raft.Verification"];
    private static readonly string[] _own = [.. _rewritten, "Raft.Model"];
    private readonly Dictionary<string, byte[]> _assemblies;
    private readonly Func<string, Action<long, long, long, long>, CancellationToken, string> _run;

    /// <summary>A world for a mutant; for <see cref="Mutant.None"/>, one in which all is as it is.</summary>
    /// <exception cref="MutantException">The mutant does not fit the sources, or does not compile.</exception>
    /// <exception cref="RewritingException">Coyote cannot rewrite the assemblies; the message says why.</exception>
    public RewrittenContext(Mutant mutant)
        : base($"rewritten {mutant.Id}", isCollectible: true)
    {
        _assemblies = Rewrite(mutant);
        _run = LoadFromAssemblyName(typeof(CoyoteExplorer).Assembly.GetName())
            .GetType(typeof(CoyoteExplorer).FullName!, throwOnError: true)!
            .GetMethod(nameof(CoyoteExplorer.RunAsText), BindingFlags.Public | BindingFlags.Static)!
            .CreateDelegate<Func<string, Action<long, long, long, long>, CancellationToken, string>>();
    }

    /// <summary>Runs schedules in this world.</summary>
    /// <inheritdoc cref="CoyoteExplorer.Run"/>
    public CoyoteResult Run(CoyoteRequest request, Action<long, long, long, long> progress, CancellationToken stop) =>
        CoyoteResult.FromText(_run(request.ToText(), progress, stop));

    /// <summary>Lets go of the world.</summary>
    public void Dispose() => Unload();

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not { } name || !_assemblies.TryGetValue(name, out var assembly))
        {
            return null;
        }

        using var stream = new MemoryStream(assembly);
        return LoadFromStream(stream);
    }

    // Coyote rewrites files: they are in a directory of their own for as long as that takes.
    private static Dictionary<string, byte[]> Rewrite(Mutant mutant)
    {
        var mutated = MutatedSources.Compile(mutant);
        string? directory = null;
        try
        {
            directory = Directory.CreateTempSubdirectory("raft-verify-coyote-").FullName;
            foreach (var name in _own)
            {
                File.WriteAllBytes(
                    FileOf(directory, name), mutated.TryGetValue(name, out var assembly) ? assembly : File.ReadAllBytes(FileOf(AppContext.BaseDirectory, name)));
            }

            Rewriter.Rewrite(directory, [.. _rewritten.Select(name => $"{name}.dll")]);
            return _own.ToDictionary(name => name, name => File.ReadAllBytes(FileOf(directory, name)));
        }
        catch (Exception exception) when (exception is Win32Exception or UnauthorizedAccessException or (IOException and not RewritingException))
        {
            throw new RewritingException(exception.Message);
        }
        finally
        {
            if (directory is not null)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static string FileOf(string directory, string name) => Path.Combine(directory, $"{name}.dll");
}
