namespace ModelChecking;

/// <summary>
/// Values of the words that invariants read for which all invariants are known to hold: many states differ only in other words. A later
/// combination of values may take the place of an earlier one. For one thread.
/// </summary>
internal sealed class KnownInvariants
{
    // More words have too many values together.
    private const int _maxWords = 8;

    // Few enough to stay in the second-level cache of the processor.
    private const int _bits = 15;

    // After so many evaluations it is decided whether to keep the results pays: an evaluation costs as much as several look-ups.
    private const int _trial = 1 << 14;
    private const int _costOfEvaluation = 4;

    // Each slot is a word that is not 0 if it is used, and the words that invariants read.
    private readonly ulong[] _slots;
    private readonly int _words;
    private long _hits;
    private int _misses;

    private KnownInvariants(int words)
    {
        _words = words;
        _slots = new ulong[(words + 1) << _bits];
    }

    /// <summary>The memory used, in bytes.</summary>
    public long Bytes => _slots.LongLength * sizeof(ulong);

    /// <summary>Whether results are still kept: they are found again often enough.</summary>
    public bool IsOn { get; private set; } = true;

    /// <summary>Nothing known; null if the invariants read so much of a state that two states are hardly alike to them.</summary>
    public static KnownInvariants? Of(Specification specification) =>
        specification.Invariants.Count > 0 && specification.WordsThatInvariantsRead is > 0 and <= _maxWords and var words
        && words < specification.Layout.Words
            ? new KnownInvariants(words)
            : null;

    /// <summary>Whether it is known that all invariants hold in a state.</summary>
    public bool Contains(State state)
    {
        var words = state.Words[.._words];
        var slot = SlotOf(words);
        var isKnown = slot[0] != 0 && slot[1..].SequenceEqual(words);
        _hits += isKnown ? 1 : 0;
        return isKnown;
    }

    /// <summary>Adds a state that was not known, in which all invariants hold.</summary>
    public void Add(State state)
    {
        if (++_misses == _trial)
        {
            IsOn = _hits >= (long)_costOfEvaluation * _misses;
            (_hits, _misses) = (0, 0);
        }

        var words = state.Words[.._words];
        var slot = SlotOf(words);
        slot[0] = 1;
        words.CopyTo(slot[1..]);
    }

    private Span<ulong> SlotOf(ReadOnlySpan<ulong> words)
    {
        var hash = 0UL;
        foreach (var word in words)
        {
            hash = Fingerprint.Combine(hash, word);
        }

        return _slots.AsSpan((int)(hash >> (64 - _bits)) * (_words + 1), _words + 1);
    }
}
