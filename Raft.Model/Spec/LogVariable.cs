using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// log[i]: the length of the log, and the term and the value of each entry. In a packed layout the entries lie in the state, and the places
/// after the last one are 0. In a wide layout the state refers to them (<see cref="SharedLogs"/>).
/// </summary>
internal sealed class LogVariable
{
    private readonly int _places;
    private readonly Variable _terms;
    private readonly Variable _values;

    // In a wide layout, in place of terms and values: the sequence that holds the entries.
    private readonly Variable? _sequence;
    private readonly LogSource _source;

    public LogVariable(StateLayout layout, string name, Domain term, Domain index, Scalarset servers, Domain value, LogSource source)
    {
        _source = source;
        Length = layout.Variable($"{name}.length", index, servers);
        if (layout.IsWide)
        {
            _terms = _values = _sequence = layout.Variable($"{name}.entries", Domain.Number(int.MaxValue), servers);
            return;
        }

        var places = new Scalarset("", index.Max);
        _places = places.Count;
        _terms = layout.Variable($"{name}.term", term, servers, places);
        _values = layout.Variable($"{name}.value", value, servers, places);
    }

    /// <summary>Len(log[i]).</summary>
    public Variable Length { get; }

    /// <summary>log[i][index].term.</summary>
    public int TermAt(State s, int i, int index) =>
        _sequence is null ? _terms[s, i, index - 1] : _source.Logs[_sequence[s, i], index - 1].Term;

    /// <summary>log[i][index].value.</summary>
    public int ValueAt(State s, int i, int index) =>
        _sequence is null ? _values[s, i, index - 1] : _source.Logs[_sequence[s, i], index - 1].Value;

    /// <summary>In a wide layout: the sequence that holds the entries.</summary>
    public int SequenceOf(State s, int i) => _sequence![s, i];

    /// <summary>In a wide layout: sets the sequence that holds the entries.</summary>
    public void SetSequence(State t, int i, int sequence) => _sequence![t, i] = sequence;

    /// <summary>Adds an entry at the end.</summary>
    public void Append(State t, int i, int term, int value)
    {
        var length = Length[t, i];
        Length[t, i] = length + 1;
        if (_sequence is null)
        {
            _terms[t, i, length] = term;
            _values[t, i, length] = value;
        }
        else
        {
            _sequence[t, i] = _source.Logs.Append(_sequence[t, i], length, new(term, value));
        }
    }

    /// <summary>Removes the entries after a length.</summary>
    public void Cut(State t, int i, int length)
    {
        for (var index = Length[t, i]; index > length && _sequence is null; index--)
        {
            _terms[t, i, index - 1] = 0;
            _values[t, i, index - 1] = 0;
        }

        Length[t, i] = length;
    }

    /// <summary>Copies one server's log.</summary>
    public static void Copy(State from, LogVariable source, State to, LogVariable target, int i)
    {
        target.Length[to, i] = source.Length[from, i];
        if (source._sequence is not null)
        {
            target._sequence![to, i] = source._sequence[from, i];
            return;
        }

        for (var place = 0; place < source._places; place++)
        {
            target._terms[to, i, place] = source._terms[from, i, place];
            target._values[to, i, place] = source._values[from, i, place];
        }
    }

    /// <summary>Whether the first entries of two logs are equal. Both logs are at least that long.</summary>
    public static bool SamePrefix(State one, LogVariable ofOne, int i, State other, LogVariable ofOther, int j, int length) =>
        ofOne.Length[one, i] >= length
        && ofOther.Length[other, j] >= length
        && (ofOne._sequence is null
            ? ofOne._terms.Prefix(one, i, length) == ofOther._terms.Prefix(other, j, length)
                && ofOne._values.Prefix(one, i, length) == ofOther._values.Prefix(other, j, length)
            : ofOne._source.Logs.AreEqual(ofOne._sequence[one, i], ofOther._sequence![other, j], length));

    /// <summary>Sets the log of one server to 0, where it has no meaning.</summary>
    public void Clear(State state, int i)
    {
        Cut(state, i, 0);
        if (_sequence is not null)
        {
            _sequence[state, i] = 0;
        }
    }
}

/// <summary>In a wide layout: the logs of the program that is followed. Several programs can be followed in turn.</summary>
internal sealed class LogSource
{
    /// <summary>The logs.</summary>
    public SharedLogs Logs { get; set; } = new();
}
