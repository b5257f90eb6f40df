namespace ModelChecking;

/// <summary>
/// Places the variables of a specification in the words of a state. A packed layout, for the checker, gives each value as few bits as its
/// domain needs. A wide layout, for a specification that follows a running program, bounds no value: each has a word of its own. It holds
/// one row of each variable: that of the one member of the scalarset that is followed.
/// </summary>
/// <param name="isWide">Whether the layout is wide.</param>
public sealed class StateLayout(bool isWide = false)
{
    private const int _wordBits = 64;

    private readonly List<ILayoutPart> _parts = [];
    private readonly List<Group> _groups = [];

    private int _actionGroups;

    /// <summary>The number of 64-bit words of a state.</summary>
    public int Words { get; private set; }

    /// <summary>Whether the layout is wide.</summary>
    public bool IsWide => isWide;

    internal IReadOnlyList<ILayoutPart> Parts => _parts;

    /// <summary>Adds a variable. In a state of all zeros it has the value 0 everywhere.</summary>
    /// <param name="name">Its name in the specification.</param>
    /// <param name="domain">Its values.</param>
    /// <param name="rows">The scalarset that indexes its rows, if any.</param>
    /// <param name="columns">The scalarset that indexes its columns, if any.</param>
    /// <exception cref="ArgumentException">A row does not fit into a word.</exception>
    public Variable Variable(string name, Domain domain, Scalarset? rows = null, Scalarset? columns = null)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (isWide)
        {
            return AddWide(name, domain, rows, columns);
        }

        var bits = domain.Bits * (columns?.Count ?? 1);
        if (bits > _wordBits)
        {
            throw new ArgumentException($"{name} takes {bits} bits, more than the {_wordBits} of a word: choose smaller bounds.");
        }

        var count = rows?.Count ?? 1;
        var group = _groups.Find(group => group.Rows == rows && group.Used + bits <= _wordBits);
        if (group is null)
        {
            group = new Group(Words, rows);
            _groups.Add(group);
            Words += count;
        }

        var variable = new Variable(name, domain, rows, columns, group.Word, group.Used);
        group.Used += bits;
        _parts.Add(variable);
        return variable;
    }

    private Variable AddWide(string name, Domain domain, Scalarset? rows, Scalarset? columns)
    {
        var variable = ModelChecking.Variable.Wide(name, domain, rows, columns, Words);
        Words += columns?.Count ?? 1;
        _parts.Add(variable);
        return variable;
    }

    /// <summary>Adds a bag of messages.</summary>
    /// <param name="message">The fields of a message.</param>
    /// <param name="capacity">The most different messages in the bag.</param>
    /// <param name="member">The field with the member of a scalarset to which a message belongs, if any.</param>
    public Bag Bag(RecordLayout message, int capacity, Field? member = null)
    {
        var bag = new Bag(message, Words, capacity) { Member = member };
        Words += capacity;
        _parts.Add(bag);
        return bag;
    }

    internal int NextGroup() => _actionGroups++;

    /// <summary>Words that each hold a row of some variables.</summary>
    private sealed class Group(int word, Scalarset? rows)
    {
        public int Word { get; } = word;

        public Scalarset? Rows { get; } = rows;

        public int Used { get; set; }
    }
}

/// <summary>A part of a state whose elements can be renamed.</summary>
internal interface ILayoutPart
{
    /// <summary>Writes this part of one state into another, renamed.</summary>
    /// <param name="from">The state to read.</param>
    /// <param name="to">The state to write, all zeros in this part.</param>
    /// <param name="renaming">The new names.</param>
    void Rename(State from, State to, Renaming renaming);
}
