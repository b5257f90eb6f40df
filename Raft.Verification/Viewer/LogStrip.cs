using Raft.Verification.Cluster;

namespace Raft.Verification.Viewer;

/// <summary>The end of a log beside a lane, with a cell for each entry. Lengths are in pixels, and places relative to the lane.</summary>
/// <param name="Dx">The left edge of the first cell.</param>
/// <param name="CellWidth">The distance from one cell to the next.</param>
/// <param name="First">The entry of the first cell, as an index of the log in the server's state.</param>
/// <param name="Count">The number of cells.</param>
/// <param name="Words">The words beside the cells: up to which index the log is hidden, and how many entries follow.</param>
/// <param name="Rings">The rings around the entries that the violation names. A ring after the cells is for a missing entry.</param>
/// <param name="End">The right edge.</param>
public sealed record LogStrip(
    double Dx, double CellWidth, int First, int Count, IReadOnlyList<StripWords> Words, IReadOnlyList<StripRing> Rings, double End)
{
    /// <summary>Places a log.</summary>
    /// <param name="state">The state of the server.</param>
    /// <param name="x">The left edge.</param>
    /// <param name="room">The width of the room for it.</param>
    /// <param name="named">The indexes that the violation names. Their first entry is shown; otherwise, the end of the log.</param>
    internal static LogStrip Of(TraceState state, double x, double room, IReadOnlyList<long> named)
    {
        var length = state.Log.Count;
        var width = 9.0 + (6 * state.Log.Select(entry => entry.Term.ToString().Length).Append(1).Max());
        var places = named.Select(index => (int)(index - state.SnapshotIndex - 1)).ToArray();
        var most = Math.Max(3, (int)((room - 24) / width));
        var first = Math.Max(0, places.Where(i => i >= 0 && i < length).Select(i => i - 1).Append(length - most).Min());
        var count = Math.Min(length - first, most);
        var before = state.SnapshotIndex + first > 0 ? $"…{state.SnapshotIndex + first}" : string.Empty;
        var isMissing = first + count == length && places.Contains(length);
        var after = isMissing ? string.Empty
            : first + count < length ? $"+{length - first - count}"
            : length == 0 ? "∅"
            : string.Empty;
        var dx = before.Length == 0 ? x : x + (before.Length * 7) + 3;
        var end = dx + (count * width);
        StripWords[] words = [new StripWords(x, before), new StripWords(end + 1, after)];
        var shown = places.Where(i => i >= first && i < first + count);
        var rings = shown.Select(i => new StripRing(dx + ((i - first) * width) - 2, width + 3));
        return new LogStrip(
            dx, width, first, count,
            [.. words.Where(one => one.Text.Length > 0)],
            [.. isMissing ? rings.Append(new StripRing(end, width)) : rings],
            end + (isMissing ? width : after.Length * 7) + 6);
    }
}

/// <summary>Words beside the cells of a log.</summary>
/// <param name="Dx">Where they begin.</param>
/// <param name="Text">The words.</param>
public sealed record StripWords(double Dx, string Text);

/// <summary>A ring around a cell of a log.</summary>
/// <param name="Dx">Its left edge.</param>
/// <param name="Width">Its width.</param>
public sealed record StripRing(double Dx, double Width);
