using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Spec;

/// <summary>
/// The specification of Raft with an edit of its source text: its sources are read, edited, compiled against the checker, and loaded.
/// Bounds, options and checker are unchanged.
/// </summary>
internal sealed class MutatedModel : IDisposable
{
    private static readonly CSharpCompilationOptions _options = new(
        OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release);
    private static readonly CSharpParseOptions _language = new(LanguageVersion.CSharp14);

    // The implicit usings of the SDK.
    private static readonly SyntaxTree _implicitUsings = Parse(
        "global using System; global using System.Collections.Generic; global using System.Linq;");

    private static readonly ImmutableArray<MetadataReference> _references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly AssemblyLoadContext _context = new("mutated model", isCollectible: true);
    private readonly Type _specification;

    /// <summary>Makes the edits.</summary>
    /// <param name="edits">Texts that each occur in the source exactly once, and their replacements.</param>
    public MutatedModel(params (string Find, string Replace)[] edits)
    {
        var sources = Sources();
        foreach (var (find, replace) in edits)
        {
            Edit(sources, find, replace);
        }

        using var assembly = new MemoryStream();
        var compilation = CSharpCompilation.Create(
            "Raft.Model.Mutated", [.. sources.Select(Parse), _implicitUsings], _references, _options);
        var errors = compilation.Emit(assembly).Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToArray();
        if (errors.Length > 0)
        {
            throw new InvalidOperationException(
                $"The edited specification does not compile: {string.Join("; ", errors.Select(error => error.ToString()))}");
        }

        assembly.Position = 0;
        _specification = _context.LoadFromStream(assembly).GetType(typeof(RaftSpec).FullName!, throwOnError: true)!;
    }

    /// <summary>The edited specification.</summary>
    public Specification Specification(RaftBounds bounds, RaftOptions? options = null) =>
        (Specification)Activator.CreateInstance(_specification, bounds, options)!;

    public void Dispose() => _context.Unload();

    private static void Edit(string[] sources, string find, string replace)
    {
        var places = sources.Sum(source => source.Split(find).Length - 1);
        if (places != 1)
        {
            throw new ArgumentException(
                $"An edit is of what stands in the specification once, but \"{find}\" stands there {places} times.");
        }

        var at = Array.FindIndex(sources, source => source.Contains(find, StringComparison.Ordinal));
        sources[at] = sources[at].Replace(find, replace, StringComparison.Ordinal);
    }

    // Bounds and options are not recompiled, so that tests can pass their own types.
    private static string[] Sources([CallerFilePath] string here = "") =>
    [
        .. Directory.GetFiles(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Raft.Model", "Spec"), "*.cs")
            .Where(file => Path.GetFileNameWithoutExtension(file) is not (nameof(RaftBounds) or nameof(RaftOptions)))
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText),
    ];

    private static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source, _language);
}
