using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelChecking;

/// <summary>
/// The states that are still to be explored: those of the current depth, and those found of the next. Threads take and add whole blocks.
/// The first block that was added is taken first. So states with a common predecessor are explored one after the other. Their successors
/// are often the same, and were looked up so recently that their fingerprints are in the caches of the processor.
/// </summary>
internal sealed class Frontier(int stateWords)
{
    /// <summary>The most states of a block.</summary>
    public const int BlockSize = 128;

    private readonly object _gate = new();
    private readonly Stack<Block> _spare = [];
    private Queue<Block> _present = [];
    private Queue<Block> _next = [];
    private long _allocated;
    private long _states;

    /// <summary>The number of states.</summary>
    public long States => Volatile.Read(ref _states);

    /// <summary>The memory allocated, in bytes.</summary>
    public long Bytes => Volatile.Read(ref _allocated) * BlockSize * (stateWords + 2) * sizeof(ulong);

    /// <summary>An empty block.</summary>
    public Block Rent()
    {
        lock (_gate)
        {
            if (_spare.TryPop(out var block))
            {
                return block;
            }

            _allocated++;
        }

        return new Block(stateWords);
    }

    /// <summary>Takes an explored block back.</summary>
    public void Return(Block block)
    {
        lock (_gate)
        {
            _states -= block.Count;
            block.Count = 0;
            _spare.Push(block);
        }
    }

    /// <summary>Adds states of the next depth.</summary>
    public void Add(Block block)
    {
        lock (_gate)
        {
            _states += block.Count;
            _next.Enqueue(block);
        }
    }

    /// <summary>Takes a block of the current depth, or null if none is left. Return it when it is explored.</summary>
    public Block? Take()
    {
        lock (_gate)
        {
            return _present.TryDequeue(out var block) ? block : null;
        }
    }

    /// <summary>Moves to the next depth.</summary>
    /// <returns>Whether it has states.</returns>
    public bool Advance()
    {
        (_present, _next) = (_next, _present);
        return _present.Count > 0;
    }

    /// <summary>Some states, each with its number and the sum of its fingerprint, in one place of memory.</summary>
    internal sealed class Block(int stateWords)
    {
        private const int _number = 0;
        private const int _sum = 1;
        private const int _firstWord = 2;

        private readonly int _stride = _firstWord + stateWords;
        // Where the garbage collector does not copy it.
        private readonly ulong[] _entries =
            GC.AllocateUninitializedArray<ulong>(BlockSize * (_firstWord + stateWords), pinned: true);

        public int Count { get; set; }

        public bool IsFull => Count == BlockSize;

        public State this[int index] => new(_entries.AsSpan((index * _stride) + _firstWord, _stride - _firstWord));

        /// <summary>The first word of a state, without a check of bounds.</summary>
        public ref ulong FirstWordOf(int index) =>
            ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), (index * _stride) + _firstWord);

        public long NumberOf(int index) => (long)_entries[(index * _stride) + _number];

        public ulong SumOf(int index) => _entries[(index * _stride) + _sum];

        /// <summary>Adds a state.</summary>
        /// <returns>The state, to be filled in.</returns>
        public State Add(long number, ulong sum)
        {
            _entries[(Count * _stride) + _number] = (ulong)number;
            _entries[(Count * _stride) + _sum] = sum;
            return this[Count++];
        }
    }
}
