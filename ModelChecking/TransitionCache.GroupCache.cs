using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelChecking;

// The steps of one group, found by what it accesses.
internal sealed partial class TransitionCache
{
    /// <summary>For a group, the steps by the values of the words that it accesses, and the message.</summary>
    private sealed class GroupCache(ActionGroup group)
    {
        // More words have too many values together.
        private const int _maxKeyWords = 8;

        // After so many executions it is decided whether to keep steps pays: one execution costs as much as several look-ups.
        private const int _trial = 1 << 16;
        private const int _costOfExecution = 8;

        // An entry is, in one place of memory: the first step and their number, how often it was found, the message, and the words.
        private const int _used = 0;
        private const int _found = 1;
        private const int _message = 2;
        private const int _firstWord = 3;

        private int[] _word = [];
        private ulong[] _table = [];
        private int _mask = -1;
        private int _count;
        private long _tries;
        private int _misses;

        public ActionGroup Group => group;

        /// <summary>Whether the group is executed each time, because it accesses too much.</summary>
        public bool IsOff { get; private set; }

        public long Bytes => _table.LongLength * sizeof(ulong);

        private int Stride => _word.Length + _firstWord;

        public bool HasInKey(int word) => Array.IndexOf(_word, word) >= 0;

        public bool TryFind(State state, ulong message, out int first, out int count)
        {
            // Without checks of bounds: the words of the key are words of the state, and the mask keeps slots within the table.
            ref var words = ref MemoryMarshal.GetReference(state.Words);
            ReadOnlySpan<int> key = _word;
            var hash = message;
            foreach (var word in key)
            {
                hash = Fingerprint.Combine(hash, Unsafe.Add(ref words, word));
            }

            var stride = key.Length + _firstWord;
            var mask = _mask;
            ref var table = ref MemoryMarshal.GetArrayDataReference(_table);
            for (var slot = End(hash) & mask; mask >= 0; slot = (slot + 1) & mask)
            {
                ref var entry = ref Unsafe.Add(ref table, slot * stride);
                var steps = entry;
                if (steps == 0)
                {
                    break;
                }

                if (Unsafe.Add(ref entry, _message) == message && Matches(ref Unsafe.Add(ref entry, _firstWord), key, ref words))
                {
                    Unsafe.Add(ref entry, _found)++;
                    (first, count) = Steps(steps);
                    return true;
                }
            }

            (first, count) = (0, -1);
            return false;
        }

        /// <summary>Counts that the group is executed because its steps were not found. If that is often so, it always is.</summary>
        /// <param name="tries">The number of look-ups of all groups.</param>
        public void CountMiss(long tries)
        {
            _misses++;
            if (_misses >= _trial)
            {
                IsOff = tries - _tries < (long)_costOfExecution * _misses;
                (_tries, _misses) = (tries, 0);
            }
        }

        /// <summary>Includes words in the key.</summary>
        /// <returns>Whether the key has so few words that it may be found again.</returns>
        public bool Include(ReadOnlySpan<bool> accessed, TransitionCache cache)
        {
            for (var word = 0; word < accessed.Length; word++)
            {
                if (accessed[word] && !HasInKey(word))
                {
                    Clear(cache);
                    _word = [.. _word, word];
                }
            }

            IsOff |= _word.Length > _maxKeyWords;
            return !IsOff;
        }

        public void Add(State state, ulong message, int first, int count)
        {
            if (2 * (_count + 1) > _mask + 1)
            {
                Grow();
            }

            Span<ulong> entry = stackalloc ulong[_maxKeyWords + _firstWord];
            entry = entry[..Stride];
            entry[_used] = ((ulong)(uint)first << 32) | (uint)(count + 2);
            entry[_found] = 1;
            entry[_message] = message;
            for (var i = 0; i < _word.Length; i++)
            {
                entry[_firstWord + i] = state.Words[_word[i]];
            }

            Place(entry);
            _count++;
        }

        /// <summary>Forgets all steps, after it is counted how often each was taken.</summary>
        public void Clear(TransitionCache cache)
        {
            CountSteps(cache);
            (_table, _mask, _count) = ([], -1, 0);
        }

        /// <summary>Counts how often each step was taken.</summary>
        public void CountSteps(TransitionCache cache)
        {
            for (var entry = _table.AsSpan(); entry.Length > 0; entry = entry[Stride..])
            {
                var (first, count) = entry[_used] == 0 ? (0, 0) : Steps(entry[_used]);
                for (var step = first; step < first + count; step++)
                {
                    cache._evaluator.CountFired(cache._steps[step].Action, (long)entry[_found]);
                }

                entry[_found] = 0;
            }
        }

        private static (int First, int Count) Steps(ulong used) => ((int)(used >> 32), (int)(uint)used - 2);

        private void Grow()
        {
            var old = _table;
            _mask = Math.Max(15, (_mask * 2) + 1);
            _table = new ulong[(_mask + 1) * Stride];
            for (var entry = old.AsSpan(); entry.Length > 0; entry = entry[Stride..])
            {
                if (entry[_used] != 0)
                {
                    Place(entry[..Stride]);
                }
            }
        }

        private void Place(ReadOnlySpan<ulong> entry)
        {
            var hash = entry[_message];
            foreach (var word in entry[_firstWord..])
            {
                hash = Fingerprint.Combine(hash, word);
            }

            var slot = End(hash) & _mask;
            while (_table[(slot * Stride) + _used] != 0)
            {
                slot = (slot + 1) & _mask;
            }

            entry.CopyTo(_table.AsSpan(slot * Stride));
        }

        private static bool Matches(ref ulong entry, ReadOnlySpan<int> key, ref ulong words)
        {
            foreach (var word in key)
            {
                if (entry != Unsafe.Add(ref words, word))
                {
                    return false;
                }

                entry = ref Unsafe.Add(ref entry, 1);
            }

            return true;
        }

        private static int End(ulong hash) => (int)((hash * 0x9E3779B97F4A7C15) >> 33);
    }
}
