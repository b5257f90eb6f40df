namespace ModelChecking;

/// <summary>
/// A bag (multiset) of messages. It is kept sorted with the used slots first, so that equal bags have equal bits. In a wide layout each
/// message that is added is another one.
/// </summary>
public sealed class Bag : ILayoutPart
{
    /// <summary>The greatest number of copies of a message.</summary>
    public const int MaxCopies = byte.MaxValue;

    private const ulong _message = (1UL << RecordLayout.MaxBits) - 1;
    private const ulong _oneCopy = 1UL << RecordLayout.MaxBits;

    private readonly RecordLayout _layout;
    private readonly int _first;
    private readonly int _end;

    internal Bag(RecordLayout layout, int first, int capacity)
    {
        _layout = layout;
        _first = first;
        _end = first + capacity;
    }

    /// <summary>The field with the member of a scalarset to which a message belongs, if any.</summary>
    internal Field? Member { get; init; }

    /// <summary>The first word.</summary>
    internal int First => _first;

    /// <summary>The number of words.</summary>
    internal int Capacity => _end - _first;

    /// <summary>Whether a word of a state is of the bag.</summary>
    internal bool HasWord(int word) => word >= _first && word < _end;

    /// <summary>The message in a slot; 0 if that slot and all after it are empty.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="slot">The slot, from 0.</param>
    public ulong this[State state, int slot] => _first + slot < _end ? state[_first + slot] & _message : 0;

    /// <summary>The number of copies of the message in a slot.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="slot">The slot, from 0.</param>
    public int Copies(State state, int slot) => CopiesIn(state[_first + slot]);

    /// <summary>Adds one copy of a message.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="InvalidOperationException">The bag is full, or has <see cref="MaxCopies"/> of the message.</exception>
    public void Add(State state, ulong message)
    {
        message = _layout.Keep(message);
        state.Record(_first, message, isAdded: true);
        var slots = state.Unrecorded[_first.._end];
        var slot = 0;
        while (slot < slots.Length && (slots[slot] & _message) > message)
        {
            slot++;
        }

        if (slot < slots.Length && (slots[slot] & _message) == message)
        {
            if (slots[slot] > ulong.MaxValue - _oneCopy)
            {
                throw new InvalidOperationException($"More than {MaxCopies} copies of {Describe(message)} are in flight.");
            }

            slots[slot] += _oneCopy;
            return;
        }

        if (slot == slots.Length || slots[^1] != 0)
        {
            throw new InvalidOperationException($"More than {slots.Length} different messages are in flight.");
        }

        for (var i = slots.Length - 1; i > slot; i--)
        {
            slots[i] = slots[i - 1];
        }

        slots[slot] = message | _oneCopy;
    }

    /// <summary>Removes one copy of a message.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="message">The message; it is in the bag.</param>
    public void Remove(State state, ulong message)
    {
        state.Record(_first, message, isAdded: false);
        var slots = state.Unrecorded[_first.._end];
        var slot = 0;
        while ((slots[slot] & _message) != message)
        {
            slot++;
        }

        slots[slot] -= _oneCopy;
        if (slots[slot] == message)
        {
            for (; slot < slots.Length - 1; slot++)
            {
                slots[slot] = slots[slot + 1];
            }

            slots[^1] = 0;
        }
    }

    /// <summary>Removes all copies of some messages.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="isRemoved">Whether to remove a message.</param>
    public void RemoveAll(State state, Predicate<ulong> isRemoved)
    {
        ArgumentNullException.ThrowIfNull(isRemoved);
        for (var slot = 0; this[state, slot] is not 0 and var message;)
        {
            if (isRemoved(message))
            {
                Remove(state, message);
            }
            else
            {
                slot++;
            }
        }
    }

    /// <summary>Replaces one copy of a message by another message.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="message">The message; it is in the bag.</param>
    /// <param name="other">The other message. In a wide layout it can be the same record, changed.</param>
    public void Replace(State state, ulong message, ulong other)
    {
        if (message != other)
        {
            Remove(state, message);
            Add(state, other);
        }
    }

    /// <summary>Whether the numbers of copies, in total and of each message, are within limits.</summary>
    /// <param name="state">In which state.</param>
    /// <param name="all">The limit in total.</param>
    /// <param name="each">The limit for each message.</param>
    public bool HoldsAtMost(State state, int all, int each)
    {
        var sum = 0;
        foreach (var word in state.Words[_first.._end])
        {
            var copies = CopiesIn(word);
            sum += copies;
            if (copies > each)
            {
                return false;
            }
        }

        return sum <= all;
    }

    /// <summary>The fields of a message besides its type, by name, in readable form.</summary>
    /// <param name="message">The message.</param>
    public IReadOnlyDictionary<string, string> FieldsOf(ulong message) => _layout.ValuesOf(message);

    /// <summary>A message in readable form.</summary>
    /// <param name="message">The message.</param>
    public string Describe(ulong message) => _layout.Describe(message);

    /// <summary>The message in a word of a bag.</summary>
    internal static ulong MessageIn(ulong word) => word & _message;

    /// <summary>The number of its copies.</summary>
    internal static int CopiesIn(ulong word) => (int)(word >> RecordLayout.MaxBits);

    void ILayoutPart.Rename(State from, State to, Renaming renaming)
    {
        for (var slot = 0; this[from, slot] is not 0 and var message; slot++)
        {
            for (var copy = 0; copy < Copies(from, slot); copy++)
            {
                Add(to, _layout.Rename(message, renaming));
            }
        }
    }
}
