namespace Raft.Verification.Viewer;

/// <summary>
/// Colours. Those of terms are hues that people with any colour vision tell apart (after Okabe and Ito), of a lightness between that of a white page and that of
/// a dark one. Neighbours differ in lightness too. After the last they begin again, with a pattern. No term is told by its colour alone.
/// </summary>
internal static class Palette
{
    /// <summary>What still pictures are written in.</summary>
    public const string Text = "#1c2128";

    /// <summary>What in still pictures matters less is written in.</summary>
    public const string Soft = "#5c6672";

    /// <summary>The colour of a violation in still pictures.</summary>
    public const string Bad = "#c4161c";

    /// <summary>The colour of term 0, in which nobody leads.</summary>
    public const string Nobody = "#8b93a1";

    /// <summary>The colours of terms, from term 1.</summary>
    public static readonly IReadOnlyList<string> Hues = ["#2b7bba", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#b5651d", "#7a5fc7", "#b3ad1f"];

    /// <summary>What text on each of them is written in.</summary>
    public static readonly IReadOnlyList<string> Inks = ["#ffffff", "#1a1a1a", "#ffffff", "#1a1a1a", "#1a1a1a", "#ffffff", "#ffffff", "#1a1a1a"];

    /// <summary>The colour of a term.</summary>
    public static string Of(long term) => term <= 0 ? Nobody : Hues[(int)((term - 1) % Hues.Count)];

    /// <summary>What text on the colour of a term is written in.</summary>
    public static string InkOn(long term) => term <= 0 ? "#ffffff" : Inks[(int)((term - 1) % Inks.Count)];

    /// <summary>How often the colours have been gone through before this term: 0 means plain, and what is more a pattern.</summary>
    public static int RoundOf(long term) => term <= 0 ? 0 : (int)Math.Min((term - 1) / Hues.Count, 3);
}
