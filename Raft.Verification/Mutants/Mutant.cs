namespace Raft.Verification.Mutants;

/// <summary>A seeded bug: what an implementation of Raft could do wrong, as edits to the sources of this one.</summary>
/// <param name="Id">A short name.</param>
/// <param name="Title">What it does instead of what is right.</param>
/// <param name="Category">What part of Raft it is about.</param>
/// <param name="Source">Where it comes from: a project and its issue, or a place in a paper.</param>
/// <param name="Breaks">The properties whose violation tells this bug; the first is the one that the bug is about, the others are earlier symptoms.</param>
/// <param name="Edits">The edits.</param>
internal sealed record Mutant(
    string Id,
    string Title,
    string Category,
    string Source,
    IReadOnlyList<string> Breaks,
    IReadOnlyList<MutantEdit> Edits)
{
    /// <summary>No bug: the sources as they are.</summary>
    public static Mutant None { get; } = new("correct", "the implementation as it is", "none", "", [], []);

    /// <summary>Whether the bug is put into the model too.</summary>
    public bool IsInModel => Edits.Any(edit => edit.File.StartsWith("Raft.Model/", StringComparison.Ordinal));
}

/// <summary>An edit to a source file.</summary>
/// <param name="File">The file, from the root of the repository: <c>Raft.Impl/Core/RaftLog.cs</c>.</param>
/// <param name="Find">The text that gives way; the file must hold it exactly once.</param>
/// <param name="Replace">The text that takes its place.</param>
internal sealed record MutantEdit(string File, string Find, string Replace);
