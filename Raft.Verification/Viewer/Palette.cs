namespace Raft.Verification.Viewer;

/// <summary>
/// The colours. Those of terms are hues that people with any colour vision can distinguish (after Okabe and Ito), with a lightness between
/// that of a white and a dark page. Neighbours differ in lightness too. After the last colour the first follows again, with a pattern.
/// Every term is also written as a number.
/// </summary>
internal static class Palette
{
    /// <summary>The text in pictures.</summary>
    public const string Text = "#1c2128";

    /// <summary>Less important text in pictures.</summary>
    public const string Soft = "#5c6672";

    /// <summary>The violation in pictures.</summary>
    public const string Bad = "#c4161c";

    private static readonly TermColour _none = new("#8b93a1", "#ffffff", 0);

    private static readonly (string Hue, string Ink)[] _terms =
    [
        ("#2b7bba", "#ffffff"), ("#e69f00", "#1a1a1a"), ("#009e73", "#ffffff"), ("#cc79a7", "#1a1a1a"),
        ("#56b4e9", "#1a1a1a"), ("#b5651d", "#ffffff"), ("#7a5fc7", "#ffffff"), ("#b3ad1f", "#1a1a1a"),
    ];

    /// <summary>The colour of a term. Term 0 has no leader, and a colour of its own.</summary>
    public static TermColour Of(long term)
    {
        if (term <= 0)
        {
            return _none;
        }

        var (hue, ink) = _terms[(term - 1) % _terms.Length];
        return new TermColour(hue, ink, (int)Math.Min((term - 1) / _terms.Length, 3));
    }
}

/// <summary>The colour of a term.</summary>
/// <param name="Hue">The colour.</param>
/// <param name="Ink">The colour of text on it.</param>
/// <param name="Round">How often an earlier term used the same colour, up to 3. Above 0 a pattern is drawn.</param>
internal sealed record TermColour(string Hue, string Ink, int Round);
