using System.Text.RegularExpressions;

namespace Raft.Verification.Viewer;

/// <summary>
/// Shortens the words of the diagram: commands that are long numbers, like those of the labs, and commands with padding. The panel shows
/// them in full.
/// </summary>
internal static partial class ShortText
{
    /// <summary>A text with shortened commands.</summary>
    public static string Of(string words) =>
        Padding().Replace(LongNumber().Replace(words, number => $"{number.Value[..3]}…{number.Value[^2..]}"), "…");

    // Seven digits or more: shorter numbers can be indexes or terms, which a reader must be able to distinguish.
    [GeneratedRegex(@"(?<![0-9])[0-9]{7,}(?![0-9])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LongNumber();

    [GeneratedRegex(@"\.{4,}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Padding();
}
