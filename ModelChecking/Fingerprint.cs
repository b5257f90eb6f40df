namespace ModelChecking;

/// <summary>
/// The 64-bit hash that identifies a state of a layout: the sum, modulo 2^64, of a hash of each word and of each message in a bag, as often
/// as it is there. So that of a successor is that of the state before it, and what the step changes.
/// </summary>
/// <remarks>
/// If the hashes of words and messages are random, two states have the same sum with probability 2^-64. If they differ only in the numbers
/// of copies of messages, and all of these by a multiple of 2^n, it is 2^(n-64).
/// </remarks>
internal sealed class Fingerprint
{
    private const int _bagKeys = 1 << 20;

    private readonly ulong[] _keys;
    private readonly bool[] _isInBag;

    /// <summary>The fingerprints of the states of a layout, which must be complete.</summary>
    public Fingerprint(StateLayout layout)
    {
        _keys = new ulong[layout.Words];
        _isInBag = new bool[layout.Words];
        for (var word = 0; word < _keys.Length; word++)
        {
            _keys[word] = KeyOf(word);
        }

        foreach (var bag in layout.Parts.OfType<Bag>())
        {
            Array.Fill(_keys, KeyOf(_bagKeys + bag.First), bag.First, bag.Capacity);
            Array.Fill(_isInBag, true, bag.First, bag.Capacity);
        }
    }

    /// <summary>The fingerprint of a state; never 0.</summary>
    public ulong Of(State state) => Of(SumOf(state));

    /// <summary>The fingerprint of a state with a sum; never 0.</summary>
    public static ulong Of(ulong sum) => sum == 0 ? 1 : sum;

    /// <summary>The sum of a state.</summary>
    public ulong SumOf(State state)
    {
        var sum = 0UL;
        var words = state.Words;
        for (var word = 0; word < words.Length; word++)
        {
            sum += OfWord(word, words[word]);
        }

        return sum;
    }

    /// <summary>What a step adds to the sum.</summary>
    public ulong Difference(State before, State after)
    {
        var difference = 0UL;
        var ofBefore = before.Words;
        var ofAfter = after.Words;
        for (var word = 0; word < ofBefore.Length; word++)
        {
            if (ofBefore[word] != ofAfter[word])
            {
                difference += OfWord(word, ofAfter[word]) - OfWord(word, ofBefore[word]);
            }
        }

        return difference;
    }

    /// <summary>The part of a word in the sum. A bag's part does not depend on the order of its words.</summary>
    public ulong OfWord(int word, ulong value) =>
        !_isInBag[word] ? Mix(value ^ _keys[word]) : OfMessage(word, Bag.MessageIn(value)) * (ulong)Bag.CopiesIn(value);

    /// <summary>The part of one copy of a message in the sum.</summary>
    public ulong OfMessage(int wordOfBag, ulong message) => Mix(message ^ _keys[wordOfBag]);

    /// <summary>Spreads the bits of a number: a bijection. (David Stafford's variant 13 of the finalizer of MurmurHash3.)</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Adds a word to a hash for a table. The highest bits of the hash depend on all words.</summary>
    public static ulong Combine(ulong hash, ulong word) => (hash ^ (hash >> 32) ^ word) * 0x9E3779B97F4A7C15;

    // The fractional part of the golden ratio makes neighbouring keys differ.
    private static ulong KeyOf(int number) => Mix(((ulong)number + 1) * 0x9E3779B97F4A7C15);
}
