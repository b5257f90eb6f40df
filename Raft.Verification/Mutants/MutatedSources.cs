using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Raft.Verification.Mutants;

/// <summary>The sources of Raft.Impl and Raft.Model as of the build, changed by a mutant and compiled.</summary>
internal static class MutatedSources
{
    /// <summary>The name of the project that holds the implementation.</summary>
    public const string Implementation = "Raft.Impl";

    /// <summary>The name of the project that holds the model.</summary>
    public const string Model = "Raft.Model";

    private const string _prefix = "sources/";
    private static readonly CSharpParseOptions _language = new(LanguageVersion.CSharp14);

    // By project, then by file. Parsed once, because a mutant changes only one or two files.
    private static readonly Lazy<Dictionary<string, Dictionary<string, (string Text, SyntaxTree Tree)>>> _projects = new(Load);
    private static readonly Lazy<MetadataReference[]> _platform = new(LoadPlatform);

    // A mutant is needed twice, for the check before the searches and for the searches. It is compiled once.
    private static readonly ConcurrentDictionary<(Mutant Mutant, string Project), Lazy<byte[]?>> _compiled = new();

    /// <summary>Applies a mutant and compiles the projects that it changes, once for each mutant.</summary>
    /// <returns>The assemblies, by name.</returns>
    /// <exception cref="MutantException">The mutant does not fit the sources, or the result does not compile.</exception>
    public static IReadOnlyDictionary<string, byte[]> Compile(Mutant mutant) =>
        mutant.Edits.Select(ProjectOf).Distinct().ToDictionary(project => project, project => Compile(mutant, project)!);

    /// <summary>The same for one project.</summary>
    /// <returns>The assembly, or null if the mutant does not change the project.</returns>
    /// <inheritdoc cref="Compile(Mutant)"/>
    public static byte[]? Compile(Mutant mutant, string project) =>
        _compiled.GetOrAdd((mutant, project), one => new Lazy<byte[]?>(() => CompileNow(one.Mutant, one.Project))).Value;

    private static byte[]? CompileNow(Mutant mutant, string project)
    {
        MutantEdit[] edits = [.. mutant.Edits.Where(edit => ProjectOf(edit) == project)];
        if (edits.Length == 0)
        {
            return null;
        }

        var changed = Apply(mutant, edits);
        return Compile(
            mutant,
            project,
            _projects.Value[project]
                .Select(file => changed.TryGetValue(file.Key, out var text) ? Parse(file.Key, text) : file.Value.Tree));
    }

    private static string ProjectOf(MutantEdit edit) => edit.File[..edit.File.IndexOf('/', StringComparison.Ordinal)];

    private static Dictionary<string, string> Apply(Mutant mutant, IEnumerable<MutantEdit> edits)
    {
        var changed = new Dictionary<string, string>();
        foreach (var edit in edits)
        {
            var files = _projects.Value[ProjectOf(edit)];
            if (!files.TryGetValue(edit.File, out var original))
            {
                throw new MutantException(
                    $"Mutant {mutant.Id} edits {edit.File}, which does not exist. If it was renamed, use the new name in the mutant.");
            }

            var text = changed.GetValueOrDefault(edit.File, original.Text);
            var times = text.Split(edit.Find).Length - 1;
            if (times != 1)
            {
                throw new MutantException(
                    $"Mutant {mutant.Id} needs a text that occurs exactly once in {edit.File}, but it "
                    + (times == 0
                        ? "does not occur. The file has changed since the mutant was written: update the text to find and its replacement."
                        : $"occurs {times} times. Make the text to find longer, so that it fits one place only.")
                    + $"{Environment.NewLine}{edit.Find}");
            }

            changed[edit.File] = text.Replace(edit.Find, edit.Replace, StringComparison.Ordinal);
        }

        return changed;
    }

    private static byte[] Compile(Mutant mutant, string project, IEnumerable<SyntaxTree> sources)
    {
        // The version that the other assemblies were compiled against.
        var version = typeof(MutatedSources).Assembly.GetReferencedAssemblies().First(reference => reference.Name == project).Version;
        var compilation = CSharpCompilation.Create(
            project,
            [.. sources, Parse("Version.cs", $"[assembly: System.Reflection.AssemblyVersion(\"{version}\")]")],
            _platform.Value,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable,
                deterministic: true));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        if (result.Success)
        {
            return assembly.ToArray();
        }

        var errors = result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Take(5);
        throw new MutantException($"Mutant {mutant.Id} does not compile:{Environment.NewLine}{string.Join(Environment.NewLine, errors)}");
    }

    private static SyntaxTree Parse(string file, string text) => CSharpSyntaxTree.ParseText(text, _language, file);

    private static Dictionary<string, Dictionary<string, (string Text, SyntaxTree Tree)>> Load()
    {
        var assembly = typeof(MutatedSources).Assembly;
        var projects = new Dictionary<string, Dictionary<string, (string, SyntaxTree)>>();
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith(_prefix, StringComparison.Ordinal));
        foreach (var resource in names.Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var text = reader.ReadToEnd().ReplaceLineEndings("\n");
            var file = resource[_prefix.Length..].Replace('\\', '/');
            var project = file[..file.IndexOf('/', StringComparison.Ordinal)];
            if (!projects.TryGetValue(project, out var files))
            {
                projects.Add(project, files = []);
            }

            files.Add(file, (text, Parse(file, text)));
        }

        return projects;
    }

    // The assemblies of this process, without the projects that are compiled here.
    private static MetadataReference[] LoadPlatform() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(file => !_projects.Value.ContainsKey(Path.GetFileNameWithoutExtension(file)))
            .Select(file => MetadataReference.CreateFromFile(file)),
    ];
}
