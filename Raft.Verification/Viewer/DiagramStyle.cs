namespace Raft.Verification.Viewer;

/// <summary>The sizes and shapes that the page and the picture share. Lengths are in pixels.</summary>
internal static class DiagramStyle
{
    /// <summary>The height of a row.</summary>
    public const double RowHeight = 28;

    /// <summary>The approximate width of a character beside a lane, where many capitals and digits stand.</summary>
    public const double CharWidth = 6.8;

    /// <summary>The approximate width of a character in a badge.</summary>
    public const double BadgeCharWidth = 6.3;

    /// <summary>
    /// How far below the middle of a row a message leaves a lane, and how far above it a message reaches a lane. The distance keeps
    /// messages away from the words in the row.
    /// </summary>
    public const double Port = 9;

    /// <summary>The baselines for words left of a lane, below the middle of the row, in the order of preference.</summary>
    public static readonly IReadOnlyList<double> Baselines = [4, 17, -9];

    /// <summary>How the servers of each role look. A server of an unknown role looks like a follower.</summary>
    public static readonly IReadOnlyDictionary<string, RoleStyle> Roles = new Dictionary<string, RoleStyle>
    {
        ["Follower"] = new("M-5 0a5 5 0 0 1 10 0a5 5 0 0 1 -10 0Z", LaneWidth: 3),
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
internal sealed record RoleStyle(string Shape, double LaneWidth, string? Dashes = null);
