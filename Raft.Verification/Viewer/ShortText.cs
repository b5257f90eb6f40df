using System.Text.RegularExpressions;

namespace Raft.Verification.Viewer;

/// <summary>
/// Shortens what stands beside lanes: commands that are long numbers, as those of the labs are, or that are padded. The details have them
/// in full.
/// </summary>
internal static partial class ShortText
{
    /// <summary>The words, with long commands shortened.</summary>
    public static string Of(string words) =>
        Padding().Replace(LongNumber().Replace(words, number => $"{number.Value[..3]}…{number.Value[^2..]}"), "…");

    // As long as these no index and no term is that a reader has to tell from another.
    [GeneratedRegex(@"(?<![0-9])[0-9]{7,}(?![0-9])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LongNumber();

    [GeneratedRegex(@"\.{4,}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Padding();
}
