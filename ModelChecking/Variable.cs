using System.Diagnostics.CodeAnalysis;

namespace ModelChecking;

/// <summary>
/// A variable of a specification: a single number, or a function of one scalarset (rows) or two (rows and columns). In a packed layout its
/// rows lie in consecutive words, its columns beside each other in a word. In a wide layout its columns lie in consecutive words, and there
/// is one row.
/// </summary>
public sealed class Variable : ILayoutPart
{
    private readonly int _word;
    private readonly int _shift;
    private readonly int _bits;

    // All ones if the next row, or column, is the next word; all zeros if it is in the same word.
    private readonly int _rowStep = ~0;
    private readonly int _columnStep;
    private readonly ulong _mask;
    private readonly int _max;
    private readonly Domain _domain;
    private readonly Scalarset? _rows;
    private readonly Scalarset? _columns;

    internal Variable(string name, Domain domain, Scalarset? rows, Scalarset? columns, int word, int shift)
    {
        Name = name;
        _domain = domain;
        _rows = rows;
        _columns = columns;
        _word = word;
        _shift = shift;
        _bits = domain.Bits;
        _mask = (1UL << _bits) - 1;
        _max = domain.Max;
    }

    private Variable(string name, Domain domain, Scalarset? rows, Scalarset? columns, int word)
        : this(name, domain, rows, columns, word, shift: 0)
    {
        _bits = 0;
        _rowStep = 0;
        _columnStep = ~0;
    }

    /// <summary>Its name in the specification.</summary>
    public string Name { get; }

    /// <summary>The number of rows.</summary>
    internal int Rows => _rows?.Count ?? 1;

    /// <summary>The scalarset that indexes the rows, if any.</summary>
    internal Scalarset? RowSet => _rows;

    /// <summary>The value of a variable without rows.</summary>
    /// <param name="state">In which state.</param>
    public int this[State state]
    {
        get => this[state, 0, 0];
        set => this[state, 0, 0] = value;
    }

    /// <summary>The value for a row.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="row">The row.</param>
    public int this[State state, int row]
    {
        get => (int)(state[_word + (row & _rowStep)] >> _shift & _mask);
        set => this[state, row, 0] = value;
    }

    /// <summary>The value for a row and a column.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="row">The row.</param>
    /// <param name="column">The column.</param>
    /// <exception cref="InvalidOperationException">
    /// The value is outside the domain, because the specification or its bounds are wrong.
    /// </exception>
    public int this[State state, int row, int column]
    {
        get => (int)(state[_word + (row & _rowStep) + (column & _columnStep)] >> (_shift + (column * _bits)) & _mask);
        set
        {
            if ((uint)value > (uint)_max)
            {
                ThrowOutOfDomain(value);
            }

            ref var word = ref state[_word + (row & _rowStep) + (column & _columnStep)];
            var shift = _shift + (column * _bits);
            word = (word & ~(_mask << shift)) | ((ulong)value << shift);
        }
    }

    /// <summary>
    /// The first columns of a row as one number, in a packed layout. Two are equal if and only if all these columns are equal.
    /// </summary>
    /// <param name="state">In which state.</param>
    /// <param name="row">The row.</param>
    /// <param name="columns">The number of columns.</param>
    public ulong Prefix(State state, int row, int columns)
    {
        var bits = columns * _bits;
        return bits == 0 ? 0 : state[_word + row] >> _shift & (ulong.MaxValue >> (64 - bits));
    }

    /// <summary>A value in readable form.</summary>
    /// <param name="code">The value.</param>
    public string Describe(int code) => _domain.Describe(code);

    /// <summary>In a packed layout: the word of a row.</summary>
    internal int WordOf(int row) => _word + row;

    internal static Variable Wide(string name, Domain domain, Scalarset? rows, Scalarset? columns, int word) =>
        new(name, domain, rows, columns, word);

    void ILayoutPart.Rename(State from, State to, Renaming renaming)
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < (_columns?.Count ?? 1); column++)
            {
                this[to, renaming.Of(_rows, row), renaming.Of(_columns, column)] = _domain.Rename(this[from, row, column], renaming);
            }
        }
    }

    [DoesNotReturn]
    private void ThrowOutOfDomain(int value) =>
        throw new InvalidOperationException($"{Name} was set to {value}, but it goes from 0 to {_max}.");
}
