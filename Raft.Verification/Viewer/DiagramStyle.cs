namespace Raft.Verification.Viewer;

/// <summary>The sizes and shapes that the page and the picture share. Lengths are in pixels.</summary>
internal static class DiagramStyle
{
    /// <summary>The height of a row.</summary>
    public const double RowHeight = 28;

    /// <summary>The approximate width of a character beside a lane, where many capitals and digits stand.</summary>
    public const double CharWidth = 6.8;

    /// <summary>The width of the room right of the last lane.</summary>
    public const double RightMargin = 190;

    /// <summary>The distance that words keep from a lane on their left.</summary>
    public const double LaneEdge = 8;

    /// <summary>
    /// How far below the middle of a row a message leaves a lane, and how far above it a message reaches a lane. The distance keeps
    /// messages away from the words in the row.
    /// </summary>
    public const double Port = 9;

    /// <summary>The baselines for words left of a lane, below the middle of the row, in the order of preference.</summary>
    public static readonly IReadOnlyList<double> Baselines = [4, 17, -9];

    /// <summary>Symbols at messages and servers, as paths of an SVG around the origin. The head of an arrow points to the right.</summary>
    public static readonly IReadOnlyDictionary<string, string> Shapes = new Dictionary<string, string>
    {
        ["head"] = "M0 0L-8.2 -3.7L-8.2 3.7Z",
        ["cross"] = "M-5 -5L5 5M-5 5L5 -5",
        ["crash"] = "M-6 -6L6 6M-6 6L6 -6",
    };

    /// <summary>Corners that a cell lacks besides the upper right one, if its colour was used once, twice, or more often before.</summary>
    public static readonly IReadOnlyList<string> LeftCorners = ["", "M-0.25 1v6h6Z", "M-0.25 1v6h6ZM-0.25 -3v-6h6Z"];

    /// <summary>The distance between the lanes of the page if the window is narrow.</summary>
    public static double LaneSpacing(int servers) => servers > 3 ? 140 : 190;

    /// <summary>How the servers of each role look. A server of an unknown role looks like a follower.</summary>
    public static readonly IReadOnlyDictionary<string, RoleStyle> Roles = new Dictionary<string, RoleStyle>
    {
        ["Follower"] = new("M-5 0a5 5 0 0 1 10 0a5 5 0 0 1 -10 0Z", LaneWidth: 3),
        ["PreCandidate"] = new("M0 -6L6 0L0 6L-6 0Z", LaneWidth: 4, Dashes: "2 4"),
        ["Candidate"] = new("M0 -8L8 0L0 8L-8 0Z", LaneWidth: 5, Dashes: "7 4"),
        ["Leader"] = new("M-5 -7h10a2 2 0 0 1 2 2v10a2 2 0 0 1 -2 2h-10a2 2 0 0 1 -2 -2v-10a2 2 0 0 1 2 -2Z", LaneWidth: 10),
    };

    /// <summary>The style of a role.</summary>
    public static RoleStyle Of(string role) => Roles.GetValueOrDefault(role) ?? Roles["Follower"];
}

/// <summary>How the servers of a role look.</summary>
/// <param name="Shape">The outline of the symbol, as the path of an SVG around the origin.</param>
/// <param name="LaneWidth">The width of the lane.</param>
/// <param name="Dashes">The dashes of the lane; null for a solid lane.</param>
internal sealed record RoleStyle(string Shape, double LaneWidth, string? Dashes = null)
{
    /// <summary>The width of the light core of the lane, in a term whose colour was used before.</summary>
    public double CoreWidth => LaneWidth > 5 ? 2.5 : 1.2;
}
