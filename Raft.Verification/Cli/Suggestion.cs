namespace Raft.Verification.Cli;

/// <summary>Suggests the word that a misspelt one may have meant.</summary>
internal static class Suggestion
{
    /// <summary>A part of a message: <c> (did you mean election?)</c>; empty if no word is near.</summary>
    public static string For(string word, IEnumerable<string> known) =>
        Nearest(word, known) is { } nearest ? $" (did you mean {nearest}?)" : string.Empty;

    /// <summary>The word with the fewest edits, or null if it needs too many.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) => known
        .Select(other => (Word: other, Edits: Edits(word.ToLowerInvariant(), other.ToLowerInvariant())))
        .Where(one => one.Edits <= Math.Max(1, word.Length / 3))
        .OrderBy(one => one.Edits)
        .Select(one => one.Word)
        .FirstOrDefault();

    // Levenshtein distance, with a swap of neighbours as one edit.
    private static int Edits(string one, string other)
    {
        var edits = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                edits[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1, edits[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[one.Length, other.Length];
    }
}
