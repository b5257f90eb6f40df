namespace ModelChecking;

/// <summary>
/// Places the fields of a message in a word. The first field is the type. Fields of one type follow the fields that all types have.
/// </summary>
public sealed class RecordLayout
{
    /// <summary>The most bits of a message.</summary>
    public const int MaxBits = 56;

    // By type.
    private readonly List<Field>[] _fields;
    private readonly int[] _used;

    /// <summary>Begins a layout.</summary>
    /// <param name="types">The names of the types of messages.</param>
    public RecordLayout(params string[] types)
    {
        ArgumentNullException.ThrowIfNull(types);
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
        var end = shift + domain.Bits;
        if (end > MaxBits)
        {
            throw new ArgumentException($"With {name}, a message takes {end} bits; at most {MaxBits} are there: choose smaller bounds.");
        }

        var field = new Field(name, domain, shift);
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

    internal Field(string name, Domain domain, int shift)
    {
        Name = name;
        Domain = domain;
        _shift = shift;
        _mask = (1UL << domain.Bits) - 1;
    }

    /// <summary>Its name in the specification.</summary>
    public string Name { get; }

    internal Domain Domain { get; }

    /// <summary>Its value in a message.</summary>
    /// <param name="message">The message.</param>
    public int this[ulong message] => (int)(message >> _shift & _mask);

    /// <summary>Packs a value of this field into its bits of a message. A message is such parts, joined by <c>|</c>.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="InvalidOperationException">
    /// The value is outside the domain, because the specification or its bounds are wrong.
    /// </exception>
    public ulong Pack(int value) => (uint)value <= (uint)Domain.Max
        ? (ulong)value << _shift
        : throw new InvalidOperationException($"{Name} was set to {value}, but it goes from 0 to {Domain.Max}.");

    /// <summary>A value in readable form.</summary>
    /// <param name="code">The value.</param>
    public string Describe(int code) => Domain.Describe(code);
}
