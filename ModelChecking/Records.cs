namespace ModelChecking;

/// <summary>The messages of a wide layout: each is a record with a value for each field, and is known by its number.</summary>
public sealed class Records
{
    /// <summary>The most fields of a record.</summary>
    public const int MaxFields = 16;

    // The first record is the one that is being made. The number of a record is its position, from 1.
    private const ulong _new = 1;
    private readonly Stack<ulong> _free = [];
    private int[] _values = new int[MaxFields * 8];
    private int _used = MaxFields;

    /// <summary>The message that was made last; 0 if none was made since this was set to 0.</summary>
    public ulong Last { get; set; }

    /// <summary>The value of a field.</summary>
    /// <param name="message">The number of the record.</param>
    /// <param name="field">The position of the field.</param>
    internal int this[ulong message, int field]
    {
        get => _values[(((int)message - 1) * MaxFields) + field];
        set => _values[(((int)message - 1) * MaxFields) + field] = value;
    }

    /// <summary>Forgets a message, which is in no bag any more.</summary>
    public void Forget(ulong message) => _free.Push(message);

    /// <summary>Forgets all messages: no bag has any.</summary>
    public void Clear()
    {
        _free.Clear();
        _used = MaxFields;
    }

    /// <summary>Sets a field of the record that is being made.</summary>
    /// <returns>The number of that record.</returns>
    internal ulong Write(int field, int value)
    {
        _values[field] = value;
        return _new;
    }

    /// <summary>Ends the making of a record: it is a message from now on. Any other message stays as it is.</summary>
    /// <returns>The number of the message.</returns>
    internal ulong Keep(ulong message)
    {
        if (message != _new)
        {
            return message;
        }

        if (!_free.TryPop(out var number))
        {
            if (_used == _values.Length)
            {
                Array.Resize(ref _values, _values.Length * 2);
            }

            _used += MaxFields;
            number = (ulong)(_used / MaxFields);
        }

        var made = _values.AsSpan(0, MaxFields);
        made.CopyTo(_values.AsSpan(((int)number - 1) * MaxFields));
        made.Clear();
        return Last = number;
    }
}
