using System.Numerics;

namespace ModelChecking.Linearizability;

/// <summary>
/// The states that a search has visited: a set of operations, with the number of a state. The set that the search is in changes by one
/// operation at a time. Of a set, only what differs from "all operations up to here" is stored, so it is short however long the history is.
/// A set counts as visited if one was that differs only in lacking operations without a result: these can still take effect there.
/// </summary>
internal sealed class VisitedSets
{
    private const ulong _golden = 0x9E37_79B9_7F4A_7C15;

    // The current set: bits of the operations with a result, and of those without.
    private readonly ulong[] _done;
    private readonly ulong[] _optional;
    private readonly int _withResult;
    private ulong _hash;
    private int _count;

    // All bits of the words before this one are set.
    private int _low;

    // A record is a hash, the number of the state, the number of operations with the first word that is stored, and the words. The table
    // has the places of the records.
    private const int _header = 3;
    private ulong[] _records = new ulong[1 << 10];
    private int _end = 1;
    private int[] _table = new int[1 << 8];

    public VisitedSets(int withResult, int without)
    {
        _withResult = withResult;
        _done = new ulong[(withResult / 64) + 1];
        _optional = new ulong[(without + 63) / 64];
    }

    /// <summary>How many states were visited.</summary>
    public long Count { get; private set; }

    /// <summary>Adds an operation to the current set, and visits that set with a state.</summary>
    /// <returns>Whether this was not visited before. If it was, the current set stays as it is.</returns>
    public bool Add(int operation, int state)
    {
        Flip(operation);
        if (Visit(state))
        {
            return true;
        }

        Flip(operation);
        return false;
    }

    /// <summary>Removes an operation from the current set.</summary>
    public void Leave(int operation) => Flip(operation);

    private void Flip(int operation)
    {
        if (operation >= _withResult)
        {
            _optional[(operation - _withResult) / 64] ^= 1UL << (operation - _withResult);
            return;
        }

        _hash ^= Mix((ulong)operation + 1);
        ref var word = ref _done[operation / 64];
        word ^= 1UL << operation;
        _count += (word >> operation & 1) == 1 ? 1 : -1;
        _low = Math.Min(_low, operation / 64);
        while (_low < _done.Length && _done[_low] == ulong.MaxValue)
        {
            _low++;
        }
    }

    private bool Visit(int state)
    {
        // The words that have a bit, after those that have all.
        var high = _low;
        for (var left = _count - (64 * _low); left > 0; high++)
        {
            left -= BitOperations.PopCount(_done[high]);
        }

        var hash = Mix(_hash ^ ((ulong)state * _golden));
        var extent = ((ulong)(uint)_count << 32) | (uint)_low;
        ReadOnlySpan<ulong> words = _done.AsSpan(_low..high);
        var slot = (int)(hash & (uint)(_table.Length - 1));
        while (_table[slot] is not 0 and var place)
        {
            if (_records[place] == hash
                && _records[place + 1] == (uint)state
                && _records[place + 2] == extent
                && IsContained(_records.AsSpan(place + _header, _optional.Length))
                && _records.AsSpan(place + _header + _optional.Length, words.Length).SequenceEqual(words))
            {
                return false;
            }

            slot = (slot + 1) & (_table.Length - 1);
        }

        var length = _header + _optional.Length + words.Length;
        if (_end + length + _done.Length > _records.Length)
        {
            Array.Resize(ref _records, Math.Max(2 * _records.Length, _end + length + _done.Length));
        }

        _table[slot] = _end;
        _records[_end] = hash;
        _records[_end + 1] = (uint)state;
        _records[_end + 2] = extent;
        _optional.CopyTo(_records.AsSpan(_end + _header));
        words.CopyTo(_records.AsSpan(_end + _header + _optional.Length));
        _end += length;
        Count++;
        if (Count > _table.Length / 2)
        {
            Grow();
        }

        return true;
    }

    // Whether the current set has all these operations without a result.
    private bool IsContained(ReadOnlySpan<ulong> operations)
    {
        for (var i = 0; i < operations.Length; i++)
        {
            if ((operations[i] & ~_optional[i]) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private void Grow()
    {
        var places = _table;
        _table = new int[2 * places.Length];
        foreach (var place in places)
        {
            if (place != 0)
            {
                var slot = (int)(_records[place] & (uint)(_table.Length - 1));
                while (_table[slot] != 0)
                {
                    slot = (slot + 1) & (_table.Length - 1);
                }

                _table[slot] = place;
            }
        }
    }

    // SplitMix64.
    private static ulong Mix(ulong value)
    {
        value += _golden;
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
