namespace ModelChecking;

// The successors of some states, whose fingerprints are looked up together.
internal sealed partial class BreadthFirst
{
    /// <summary>A step whose fingerprint must still be looked up, in 64 bits.</summary>
    private readonly struct Successor
    {
        private const int _copied = 1 << 31;
        private const int _changing = 1 << 30;

        private readonly uint _parentAndChoice;
        private readonly int _step;

        /// <summary>A step in the cache.</summary>
        public Successor(int parent, int choice, int step)
        {
            _parentAndChoice = ((uint)parent << Predecessors.ChoiceBits) | (uint)choice;
            _step = step;
        }

        /// <summary>A step that is not in the cache.</summary>
        public Successor(int parent, int choice, int action, bool changesInvariants)
            : this(parent, choice, action | _copied | (changesInvariants ? _changing : 0))
        {
        }

        /// <summary>The index of its parent in its block.</summary>
        public int Parent => (int)(_parentAndChoice >> Predecessors.ChoiceBits);

        /// <summary>Which successor of its parent it is.</summary>
        public int Choice => (int)(_parentAndChoice & ((1 << Predecessors.ChoiceBits) - 1));

        /// <summary>Whether it is in the cache.</summary>
        public bool IsCached => _step >= 0;

        /// <summary>Its index in the cache.</summary>
        public int Step => _step;

        /// <summary>Its action, if it is not in the cache.</summary>
        public int Action => _step & ~(_copied | _changing);

        /// <summary>If it is not in the cache, whether it changes what invariants read.</summary>
        public bool ChangesInvariants => (_step & _changing) != 0;
    }

    /// <summary>Successors of the states of a block whose fingerprints are looked up together.</summary>
    private sealed class Batch(StateLayout layout)
    {
        private const int _fullCount = 128;

        private readonly int _words = layout.Words;
        private ulong[] _sums = new ulong[2 * _fullCount];
        private Successor[] _successors = new Successor[2 * _fullCount];
        private int[] _missing = new int[2 * _fullCount];
        private ulong[] _copies = [];
        private int _count;

        public bool IsFull => _count >= _fullCount;

        /// <summary>The sums of the fingerprints; with symmetry, the fingerprints.</summary>
        public ReadOnlySpan<ulong> Sums => _sums.AsSpan(0, _count);

        public Successor this[int index] => _successors[index];

        /// <summary>A successor that is not in the cache.</summary>
        public State CopyOf(int index) => new(_copies.AsSpan(index * _words, _words));

        /// <summary>The successors that may be new.</summary>
        public ReadOnlySpan<int> Missing(FingerprintSet seen) => _missing.AsSpan(0, seen.FindMissing(Sums, _missing));

        /// <summary>Makes room for some more successors, which are then filled in, and added with <see cref="Extend"/>.</summary>
        public void Reserve(int count, out Span<ulong> sums, out Span<Successor> successors)
        {
            while (_count + count > _sums.Length)
            {
                Grow();
            }

            sums = _sums.AsSpan(_count, count);
            successors = _successors.AsSpan(_count, count);
        }

        /// <summary>Adds some successors that are filled in.</summary>
        public void Extend(int count) => _count += count;

        public void AddCopy(ulong sum, Successor successor, State state)
        {
            Reserve(1, out var sums, out var successors);
            (sums[0], successors[0]) = (sum, successor);
            Extend(1);
            if (_copies.Length < _sums.Length * _words)
            {
                Array.Resize(ref _copies, _sums.Length * _words);
            }

            state.Words.CopyTo(CopyOf(_count - 1).Words);
        }

        public void Clear() => _count = 0;

        private void Grow()
        {
            Array.Resize(ref _sums, _sums.Length * 2);
            Array.Resize(ref _successors, _sums.Length);
            Array.Resize(ref _missing, _sums.Length);
        }
    }
}
