using System.ComponentModel;
using System.Reflection;
using System.Runtime.Loader;
using Raft.Verification.Mutants;

namespace Raft.Verification.Coyote;

/// <summary>
/// A load context in which <c>coyote rewrite</c> has rewritten Raft.Impl, with or without a mutant, Raft.Verification and the simulation.
/// The process shares all other assemblies with it, including Coyote's runtime. The embedded engine keeps the original assemblies.
/// </summary>
internal sealed class RewrittenContext : AssemblyLoadContext, IDisposable
{
    private static readonly string[] _rewritten = ["DeterministicSimulation", "Raft.Impl", "Raft.Verification"];
    private static readonly string[] _own = [.. _rewritten, "Raft.Model"];
    private readonly Dictionary<string, byte[]> _assemblies;
    private readonly Func<string, Action<long, long, long, long>, CancellationToken, string> _run;

    /// <summary>Creates a context with a mutant, or with <see cref="Mutant.None"/> for the correct implementation.</summary>
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

    /// <summary>Runs schedules in this context.</summary>
    /// <inheritdoc cref="CoyoteExplorer.Run"/>
    public CoyoteResult Run(CoyoteRequest request, Action<long, long, long, long> progress, CancellationToken stop) =>
        CoyoteResult.FromText(_run(request.ToText(), progress, stop));

    /// <summary>Unloads the context.</summary>
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

    // Coyote rewrites files. They are in a temporary directory meanwhile.
    private static Dictionary<string, byte[]> Rewrite(Mutant mutant)
    {
        var mutated = MutatedSources.Compile(mutant);
        string? directory = null;
        try
        {
            directory = Directory.CreateTempSubdirectory("raft-verify-coyote-").FullName;
            foreach (var name in _own)
            {
                var assembly = mutated.GetValueOrDefault(name) ?? File.ReadAllBytes(OriginalOf(name));
                File.WriteAllBytes(FileOf(directory, name), assembly);
            }

            Rewriter.Rewrite(directory, [.. _rewritten.Select(name => $"{name}.dll")]);
            return _own.ToDictionary(name => name, name => File.ReadAllBytes(FileOf(directory, name)));
        }
        catch (Exception exception)
            when (exception is Win32Exception or UnauthorizedAccessException or (IOException and not RewritingException))
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

    // A tool that is compiled to machine code, which Coyote cannot rewrite, comes with the assemblies that it was compiled from.
    private static string OriginalOf(string name)
    {
        var original = FileOf(Path.Combine(AppContext.BaseDirectory, "il"), name);
        return File.Exists(original) ? original : FileOf(AppContext.BaseDirectory, name);
    }

    private static string FileOf(string directory, string name) => Path.Combine(directory, $"{name}.dll");
}
