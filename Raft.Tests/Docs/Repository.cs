using System.Runtime.CompilerServices;

namespace Raft.Tests.Docs;

/// <summary>The clone that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its root.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    /// <summary>A file in it.</summary>
    public static string File(string path) => Path.Combine(Root, path);

    /// <summary>README.md, those of the libraries, and the pages of docs and its folders.</summary>
    public static IEnumerable<string> Pages =>
        Directory.GetFiles(File("docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .Concat(["DeterministicSimulation/README.md", "ModelChecking/README.md"])
            .Prepend("README.md");

    private static string Here([CallerFilePath] string file = "") => file;
}
