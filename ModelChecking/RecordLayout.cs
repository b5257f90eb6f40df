namespace ModelChecking;

/// <summary>
/// Places the fields of a message in a word. The first field is the type. Fields of one type follow the fields that all types have. In a
/// wide layout, a message is the number of a record that holds a value for each field.
/// </summary>
public sealed class RecordLayout
{
    /// <summary>The most bits of a message.</summary>
    public const int MaxBits = 56;

    // By type.
    private readonly List<Field>[] _fields;
    private readonly int[] _used;
    private readonly bool _isWide;

    /// <summary>Begins a layout.</summary>
    /// <param name="state">The layout of the states that hold the messages. If it is wide, this one is too.</param>
    /// <param name="types">The names of the types of messages.</param>
    public RecordLayout(StateLayout state, params string[] types)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(types);
        _isWide = state.IsWide;
        _used = new int[types.Length];
        _fields = Array.ConvertAll(_used, _ => new List<Field>());

        // Type 0 is kept for "none", so that no message is all zeros.
        Type = Add("type", Domain.OneOf(["none", .. types]), ofType: null);
    }

    /// <summary>The type of a message, from 1.</summary>
    public Field Type { get; }

    /// <summary>Adds a field that all messages have. Such fields must be added before those of one type.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="domain">Its values.</param>
    public Field Field(string name, Domain domain) => Add(name, domain, ofType: null);

    /// <summary>Adds a field that the messages of one type have.</summary>
    /// <param name="type">The type, from 1.</param>
    /// <param name="name">Its name.</param>
    /// <param name="domain">Its values.</param>
    public Field Field(int type, string name, Domain domain) => Add(name, domain, type);

    /// <summary>A message in readable form: its type, and its fields by name.</summary>
    /// <param name="message">The message.</param>
    public string Describe(ulong message) =>
        $"{Type.Describe(Type[message])}({string.Join(", ", ValuesOf(message).Select(field => $"{field.Key} {field.Value}"))})";

    /// <summary>
    /// The fields of a message besides its type, by name, in readable form, without fields that have only one possible value.
    /// </summary>
    /// <param name="message">The message.</param>
    public IReadOnlyDictionary<string, string> ValuesOf(ulong message) =>
        FieldsOf(message).Where(field => field != Type && field.Domain.Max > 0)
            .ToDictionary(field => field.Name, field => field.Describe(field[message]));

    /// <summary>
    /// In a wide layout: the records of the messages of the program that is followed. Several programs can be followed in turn.
    /// </summary>
    public Records Records { get; set; } = new();

    /// <summary>In a wide layout, keeps the message that was made last. In a packed one, the message is its bits.</summary>
    internal ulong Keep(ulong message) => _isWide ? Records.Keep(message) : message;

    internal ulong Rename(ulong message, Renaming renaming)
    {
        var renamed = 0UL;
        foreach (var field in FieldsOf(message))
        {
            renamed |= field.Pack(field.Domain.Rename(field[message], renaming));
        }

        return renamed;
    }

    private List<Field> FieldsOf(ulong message) => _fields[Type[message] - 1];

    private Field Add(string name, Domain domain, int? ofType)
    {
        var shift = ofType is { } type ? _used[type - 1] : _used.Max();
        var end = shift + (_isWide ? 1 : domain.Bits);
        if (end > (_isWide ? Records.MaxFields : MaxBits))
        {
            throw new ArgumentException($"With {name}, a message takes {end} bits; at most {MaxBits} are there: choose smaller bounds.");
        }

        var field = new Field(name, domain, shift, _isWide ? this : null);
        for (var i = 0; i < _used.Length; i++)
        {
            if (ofType is null || ofType - 1 == i)
            {
                _used[i] = end;
                _fields[i].Add(field);
            }
        }

        return field;
    }
}

/// <summary>A field of a message.</summary>
public sealed class Field
{
    private readonly int _shift;
    private readonly ulong _mask;
    private readonly RecordLayout? _wide;

    internal Field(string name, Domain domain, int shift, RecordLayout? wide)
    {
        Name = name;
        Domain = domain;
        _shift = shift;
        _mask = (1UL << domain.Bits) - 1;
        _wide = wide;
    }

    /// <summary>Its name in the specification.</summary>
    public string Name { get; }

    internal Domain Domain { get; }

    /// <summary>Its value in a message.</summary>
    /// <param name="message">The message.</param>
    public int this[ulong message] => _wide is null ? (int)(message >> _shift & _mask) : _wide.Records[message, _shift];

    /// <summary>
    /// Packs a value of this field into its bits of a message. A message is such parts, joined by <c>|</c>. In a wide layout, it writes the
    /// value into the record that is being made; each part is then the number of that record, and so is the message.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <exception cref="InvalidOperationException">
    /// The value is outside the domain, because the specification or its bounds are wrong.
    /// </exception>
    public ulong Pack(int value)
    {
        if ((uint)value > (uint)Domain.Max)
        {
            throw new InvalidOperationException($"{Name} was set to {value}, but it goes from 0 to {Domain.Max}.");
        }

        return _wide is null ? (ulong)value << _shift : _wide.Records.Write(_shift, value);
    }

    /// <summary>A message with another value of this field. In a wide layout, it is the same record, changed.</summary>
    /// <param name="message">The message.</param>
    /// <param name="value">The value.</param>
    /// <inheritdoc cref="Pack"/>
    public ulong With(ulong message, int value)
    {
        if (_wide is null)
        {
            return (message & ~(_mask << _shift)) | Pack(value);
        }

        _wide.Records[message, _shift] = value;
        return message;
    }

    /// <summary>A value in readable form.</summary>
    /// <param name="code">The value.</param>
    public string Describe(int code) => Domain.Describe(code);
}
