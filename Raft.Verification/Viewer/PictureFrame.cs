using DeterministicSimulation;

namespace Raft.Verification.Viewer;

/// <summary>The frame of a picture: the rows that it shows, and the positions of rows and lanes in pixels.</summary>
internal sealed class PictureFrame
{
    /// <summary>The approximate width of a character of running text.</summary>
    public const double CharWidth = 5.9;

    /// <summary>The width of the column of step numbers.</summary>
    public const double Gutter = 72;

    /// <summary>The height of the words below the row of the violation.</summary>
    public const double Callout = 34;

    /// <summary>The distance between lanes.</summary>
    public const double Spacing = 230;

    private const double _left = 190;
    private readonly int[] _places;
    private readonly int? _violationPlace;

    /// <summary>Creates a frame.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="diagram">The layout of the trace.</param>
    /// <param name="mostRows">The maximum number of rows.</param>
    public PictureFrame(Trace trace, Diagram diagram, int mostRows)
    {
        int[] loud = [.. Enumerable.Range(0, diagram.Rows.Count).Where(row => !diagram.Rows[row].IsQuiet || row == diagram.Violation)];
        var last = diagram.Violation is { } violation && loud.Length > mostRows ? Array.IndexOf(loud, violation) + 1 : loud.Length;
        var first = Math.Max(0, last - mostRows);
        Rows = loud[first..last];
        EarlierEvents = Rows.Count == 0 ? 0 : diagram.Rows[Rows[0]].First;
        LaterEvents = Rows.Count == 0 ? 0 : trace.Events.Count - diagram.Rows[Rows[^1]].First - diagram.Rows[Rows[^1]].Count;
        _places = new int[diagram.Rows.Count];
        for (int row = 0, place = -1; row < _places.Length; row++)
        {
            place += place + 1 < Rows.Count && Rows[place + 1] == row ? 1 : 0;
            _places[row] = place;
        }

        _violationPlace = diagram.Violation is { } at ? _places[at] : null;
        Width = Math.Max(760, Gutter + _left + ((diagram.Servers - 1) * Spacing) + DiagramStyle.RightMargin);
    }

    /// <summary>The numbers of the rows that are shown.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>The number of events before these rows.</summary>
    public int EarlierEvents { get; }

    /// <summary>The number of events after these rows.</summary>
    public int LaterEvents { get; }

    /// <summary>The width of the picture.</summary>
    public double Width { get; }

    /// <summary>The top of the first row.</summary>
    public double Top { get; set; }

    /// <summary>The bottom of the last row.</summary>
    public double Bottom => Top + (Rows.Count * DiagramStyle.RowHeight) + (_violationPlace is null ? 0 : Callout);

    /// <summary>The horizontal middle of a server's lane. For 0: the right edge of the step numbers.</summary>
    public static double X(int server) => server == 0 ? Gutter : Gutter + _left + ((server - 1) * Spacing);

    /// <summary>The position of a point.</summary>
    public (double X, double Y) At(Anchor point) => (X(point.Server) + point.Dx, Y(point.Row) + point.Dy);

    /// <summary>
    /// The vertical middle of a row. A row before the first one shown lies above it; another row that is not shown lies just below the
    /// previous one.
    /// </summary>
    public double Y(int row)
    {
        var place = _places[row];
        if (place < 0)
        {
            return Top - 6;
        }

        var y = Top + ((place + 0.5) * DiagramStyle.RowHeight) + (Rows[place] == row ? 0 : DiagramStyle.RowHeight / 2);
        return place > _violationPlace ? y + Callout : y;
    }

    /// <summary>Whether any row in a range is shown.</summary>
    public bool Shows(int from, int to) => Rows.Count > 0 && from <= Rows[^1] && to >= Rows[0];
}
