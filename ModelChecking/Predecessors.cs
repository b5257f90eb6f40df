namespace ModelChecking;

/// <summary>
/// The predecessor of each state when it was first reached: in 64 bits, the number of that predecessor, and which of its successors the
/// state is. This suffices to rebuild the path to a state, because a specification always gives successors in the same order.
/// </summary>
internal sealed unsafe class Predecessors : IDisposable
{
    /// <summary>The predecessor of an initial state.</summary>
    public const long None = (1L << (64 - ChoiceBits)) - 1;

    /// <summary>The number of bits for which successor of its predecessor a state is.</summary>
    public const int ChoiceBits = 24;

    /// <summary>The most successors of a state.</summary>
    public const int MaxChoices = 1 << ChoiceBits;

    private const int _chunkBits = 12;
    private const int _chunkSize = 1 << _chunkBits;

    private readonly object _gate = new();
    private readonly List<nint> _chunks = [];
    private readonly HugePages _memory = new();

    /// <summary>The memory used, in bytes.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return (long)_chunks.Count * _chunkSize * sizeof(ulong);
            }
        }
    }

    /// <summary>The choices that lead to a state: which initial state, then which successor each time.</summary>
    /// <param name="number">The number of a state; <see cref="None"/> before the initial one.</param>
    /// <param name="choice">If given, the successor of the state at which the path ends.</param>
    public IReadOnlyList<int> PathTo(long number, int? choice)
    {
        List<int> path = choice is { } last ? [last] : [];
        while (number != None)
        {
            var entry = ((ulong*)_chunks[(int)(number >> _chunkBits)])[number & (_chunkSize - 1)];
            path.Add((int)(entry & ((1 << ChoiceBits) - 1)));
            number = (long)(entry >> ChoiceBits);
        }

        path.Reverse();
        return path;
    }

    public void Dispose()
    {
        _memory.Dispose();
        _chunks.Clear();
    }

    private (long First, nint Chunk) AddChunk()
    {
        lock (_gate)
        {
            var chunk = (nint)_memory.Take(_chunkSize * sizeof(ulong));
            _chunks.Add(chunk);
            return ((long)(_chunks.Count - 1) << _chunkBits, chunk);
        }
    }

    /// <summary>Adds states, for one thread.</summary>
    public sealed class Writer(Predecessors predecessors)
    {
        private ulong* _chunk;
        private long _first;
        private int _used = _chunkSize;

        /// <summary>Adds a state.</summary>
        /// <param name="parent">The state before it, or <see cref="None"/>.</param>
        /// <param name="choice">Which successor of that it is, or which initial state.</param>
        /// <returns>The number of the state.</returns>
        public long Add(long parent, int choice)
        {
            if (_used == _chunkSize)
            {
                (_first, var chunk) = predecessors.AddChunk();
                _chunk = (ulong*)chunk;
                _used = 0;
            }

            if (choice >> ChoiceBits != 0)
            {
                throw new InvalidOperationException($"A state has more than {MaxChoices} successors.");
            }

            _chunk[_used] = ((ulong)parent << ChoiceBits) | (uint)choice;
            return _first + _used++;
        }
    }
}
