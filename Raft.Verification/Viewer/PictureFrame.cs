using DeterministicSimulation;

namespace Raft.Verification.Viewer;

/// <summary>Where things are in a picture, in pixels: which rows it shows, and where the lanes are.</summary>
internal sealed class PictureFrame
{
    /// <summary>How high a row is.</summary>
    public const double RowHeight = 28;

    /// <summary>How wide a character of running text is, about.</summary>
    public const double CharWidth = 5.9;

    /// <summary>How wide a character of words beside lanes is, about: they have many capitals and digits.</summary>
    public const double LabelCharWidth = 6.8;

    /// <summary>How wide the column of step numbers is.</summary>
    public const double Gutter = 72;

    /// <summary>How high what stands below the row of the violation is.</summary>
    public const double Callout = 34;

    private const double _left = 190;
    private const double _right = 190;
    private readonly int[] _places;
    private readonly int? _violationPlace;

    /// <summary>A frame.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="diagram">Its layout.</param>
    /// <param name="mostRows">How many rows are shown at most.</param>
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
        Spacing = 230;
        Width = Math.Max(760, Gutter + _left + ((diagram.Servers - 1) * Spacing) + _right);
    }

    /// <summary>The numbers of the rows that are shown.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>How many events are before them.</summary>
    public int EarlierEvents { get; }

    /// <summary>How many events are after them.</summary>
    public int LaterEvents { get; }

    /// <summary>
    /// How far below a row's middle a message leaves a lane, and how far above it comes to one: so that it does not run through words.
    /// </summary>
    public const double Port = 9;

    /// <summary>From lane to lane.</summary>
    public double Spacing { get; }

    /// <summary>How wide the picture is.</summary>
    public double Width { get; }

    /// <summary>Where the first row begins.</summary>
    public double Top { get; set; }

    /// <summary>Where the last row ends.</summary>
    public double Bottom => Top + (Rows.Count * RowHeight) + (_violationPlace is null ? 0 : Callout);

    /// <summary>The middle of a server's lane.</summary>
    public double X(int server) => Gutter + _left + ((server - 1) * Spacing);

    /// <summary>Where the room left of a server's lane begins: at the step numbers, or at the lane before.</summary>
    public double Left(int server) => server == 1 ? Gutter : X(server - 1) + 8;

    /// <summary>How much room there is right of a server's lane.</summary>
    public double Right(int server) => X(server) >= X(1) + Spacing ? Math.Min(_right, Spacing) - 14 : Spacing - 14;

    /// <summary>The middle of a row. What is before the first that is shown is above it, and one that is not shown is just below the one before it.</summary>
    public double Y(int row)
    {
        var place = _places[row];
        if (place < 0)
        {
            return Top - 6;
        }

        var y = Top + ((place + 0.5) * RowHeight) + (Rows[place] == row ? 0 : RowHeight / 2);
        return place > _violationPlace ? y + Callout : y;
    }

    /// <summary>Whether any of the rows from one to another is shown.</summary>
    public bool Shows(int from, int to) => Rows.Count > 0 && from <= Rows[^1] && to >= Rows[0];
}
