namespace Raft.Verification.Mutants;

/// <summary>A seeded bug: a mistake that an implementation of Raft could make, as edits to the sources of this one.</summary>
/// <param name="Id">A short identifier.</param>
/// <param name="Title">What it does wrong.</param>
/// <param name="Category">The part of Raft that it is about.</param>
/// <param name="Source">Its origin: a project and its issue, or a place in a paper.</param>
/// <param name="Breaks">
/// The properties whose violation identifies this bug. The bug is about the first; the others are earlier symptoms.
/// </param>
/// <param name="Edits">The edits.</param>
internal sealed record Mutant(
    string Id,
    string Title,
    string Category,
    string Source,
    IReadOnlyList<string> Breaks,
    IReadOnlyList<MutantEdit> Edits)
{
    /// <summary>The correct implementation: no edits.</summary>
    public static Mutant None { get; } = new("correct", "the implementation as it is", "none", "", [], []);

    /// <summary>Whether the bug is seeded into the model too.</summary>
    public bool IsInModel => Edits.Any(edit => edit.File.StartsWith("Raft.Model/", StringComparison.Ordinal));
}

/// <summary>An edit to a source file.</summary>
/// <param name="File">The path of the file from the root of the repository: <c>Raft.Impl/Core/RaftLog.cs</c>.</param>
/// <param name="Find">The text to replace, which occurs in the file exactly once.</param>
/// <param name="Replace">The replacement.</param>
internal sealed record MutantEdit(string File, string Find, string Replace);
