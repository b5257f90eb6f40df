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

        // Most keys have one or two words, which are looked up without a loop. An entry with fewer has zeros in their place.
        private const int _minKeyWords = 2;

        // After so many executions it is decided whether to keep steps pays: one execution costs as much as several look-ups.
        private const int _trial = 1 << 16;
        private const int _costOfExecution = 8;

        // An entry is, in one place of memory: the first step and their number, the message, and the words.
        private const int _used = 0;
        private const int _message = 1;
        private const int _firstWord = 2;

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

        private int Stride => _firstWord + Math.Max(_minKeyWords, _word.Length);

        public bool HasInKey(int word) => Array.IndexOf(_word, word) >= 0;

        public bool TryFind(State state, ulong message, out StepRange found)
        {
            var steps = new Table(this).Find(ref MemoryMarshal.GetReference(state.Unrecorded), message);
            found = steps == 0 ? StepRange.None : Steps(steps);
            return steps != 0;
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
        public bool Include(ReadOnlySpan<bool> accessed)
        {
            for (var word = 0; word < accessed.Length; word++)
            {
                if (accessed[word] && !HasInKey(word))
                {
                    Clear();
                    _word = [.. _word, word];
                }
            }

            IsOff |= _word.Length > _maxKeyWords;
            return !IsOff;
        }

        public void Add(State state, ulong message, StepRange steps)
        {
            if (2 * (_count + 1) > _mask + 1)
            {
                Grow();
            }

            Span<ulong> entry = stackalloc ulong[_maxKeyWords + _firstWord];
            entry = entry[..Stride];
            entry.Clear();
            entry[_used] = ((ulong)(uint)steps.First << 32) | (uint)(steps.Count + 2);
            entry[_message] = message;
            for (var i = 0; i < _word.Length; i++)
            {
                entry[_firstWord + i] = state.Words[_word[i]];
            }

            Place(entry);
            _count++;
        }

        /// <summary>Forgets all steps.</summary>
        public void Clear() => (_table, _mask, _count) = ([], -1, 0);

        private static StepRange Steps(ulong used) => new((int)(used >> 32), (int)(uint)used - 2);

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

        private static int End(ulong hash) => (int)((hash * 0x9E3779B97F4A7C15) >> 33);

        /// <summary>The table, to be read. It is no object, so that what a look-up needs is in registers while others follow.</summary>
        private readonly ref struct Table(GroupCache cache)
        {
            private readonly ref ulong _entries = ref MemoryMarshal.GetArrayDataReference(cache._table);
            private readonly ReadOnlySpan<int> _others = cache._word.Length > _minKeyWords ? cache._word.AsSpan(_minKeyWords) : [];
            private readonly int _first = cache._word.Length > 0 ? cache._word[0] : 0;
            private readonly int _second = cache._word.Length > 1 ? cache._word[1] : 0;
            private readonly ulong _firstMask = cache._word.Length > 0 ? ulong.MaxValue : 0;
            private readonly ulong _secondMask = cache._word.Length > 1 ? ulong.MaxValue : 0;
            private readonly int _stride = cache.Stride;
            private readonly int _mask = cache._mask;

            /// <summary>Finds an entry.</summary>
            /// <returns>Its first word, for <see cref="Steps"/>; 0 if the table has no such entry.</returns>
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public ulong Find(ref ulong words, ulong message)
            {
                // Without checks of bounds: the words of the key are words of the state, and the mask keeps slots within the table.
                var (first, second) = (Unsafe.Add(ref words, _first) & _firstMask, Unsafe.Add(ref words, _second) & _secondMask);
                var hash = Fingerprint.Combine(Fingerprint.Combine(message, first), second);
                foreach (var word in _others)
                {
                    hash = Fingerprint.Combine(hash, Unsafe.Add(ref words, word));
                }

                for (var slot = End(hash) & _mask; _mask >= 0; slot = (slot + 1) & _mask)
                {
                    ref var entry = ref Unsafe.Add(ref _entries, (nint)(uint)(slot * _stride));
                    var differences = (Unsafe.Add(ref entry, _message) ^ message)
                        | (Unsafe.Add(ref entry, _firstWord) ^ first)
                        | (Unsafe.Add(ref entry, _firstWord + 1) ^ second);
                    if (entry == 0 || (differences == 0 && HasOthers(ref entry, ref words)))
                    {
                        return entry;
                    }
                }

                return 0;
            }

            private bool HasOthers(ref ulong entry, ref ulong words)
            {
                for (var i = 0; i < _others.Length; i++)
                {
                    if (Unsafe.Add(ref entry, _firstWord + _minKeyWords + i) != Unsafe.Add(ref words, _others[i]))
                    {
                        return false;
                    }
                }

                return true;
            }
        }
    }
}
