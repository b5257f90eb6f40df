namespace ModelChecking;

/// <summary>
/// The states that are still to be explored: those of the current depth, and those found of the next. Workers take and add whole blocks.
/// Each takes those that it added, in their order, and then those of others. So states with a common predecessor are explored one after
/// the other, by one worker. Their successors are often the same, and were looked up so recently that their fingerprints are in the caches
/// of its processor.
/// </summary>
internal sealed unsafe class Frontier(int stateWords, int rows, int workers) : IDisposable
{
    /// <summary>The most states of a block.</summary>
    public const int BlockSize = 128;

    private readonly object _gate = new();
    private readonly HugePages _memory = new();
    private readonly Stack<Block> _spare = [];
    private Queue<Block>[] _present = QueuesOf(workers);
    private Queue<Block>[] _next = QueuesOf(workers);
    private long _allocated;
    private long _states;

    /// <summary>The number of states.</summary>
    public long States => Volatile.Read(ref _states);

    /// <summary>The memory allocated, in bytes.</summary>
    public long Bytes => Volatile.Read(ref _allocated) * BlockSize * Block.StrideOf(stateWords, rows) * sizeof(ulong);

    /// <summary>Frees all blocks.</summary>
    public void Dispose() => _memory.Dispose();

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
            return new Block((ulong*)_memory.Take(BlockSize * Block.StrideOf(stateWords, rows) * sizeof(ulong)), stateWords, rows);
        }
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
    /// <param name="worker">The worker that found them, from 0.</param>
    /// <param name="block">The states.</param>
    public void Add(int worker, Block block)
    {
        lock (_gate)
        {
            _states += block.Count;
            _next[worker].Enqueue(block);
        }
    }

    /// <summary>Takes a block of the current depth, or null if none is left. Return it when it is explored.</summary>
    /// <param name="worker">The worker that explores it, from 0.</param>
    public Block? Take(int worker)
    {
        lock (_gate)
        {
            for (var i = 0; i < workers; i++)
            {
                if (_present[(worker + i) % workers].TryDequeue(out var block))
                {
                    return block;
                }
            }

            return null;
        }
    }

    /// <summary>Moves to the next depth.</summary>
    /// <returns>Whether it has states.</returns>
    public bool Advance()
    {
        (_present, _next) = (_next, _present);
        return Array.Exists(_present, queue => queue.Count > 0);
    }

    private static Queue<Block>[] QueuesOf(int workers) => [.. Enumerable.Range(0, workers).Select(_ => new Queue<Block>())];

    /// <summary>Some states, each with its number, the sum of its fingerprint and those of its rows, in one place of memory.</summary>
    internal sealed class Block(ulong* entries, int stateWords, int rows)
    {
        private const int _number = 0;
        private const int _sum = 1;
        private const int _firstRow = 2;

        private readonly int _firstWord = _firstRow + rows;
        private readonly int _stride = StrideOf(stateWords, rows);

        public int Count { get; set; }

        public bool IsFull => Count == BlockSize;

        public State this[int index] => new(new Span<ulong>(EntryOf(index) + _firstWord, stateWords));

        public long NumberOf(int index) => (long)EntryOf(index)[_number];

        public ulong SumOf(int index) => EntryOf(index)[_sum];

        /// <summary>The sums of the rows of a state.</summary>
        public Span<ulong> RowSumsOf(int index) => new(EntryOf(index) + _firstRow, rows);

        /// <summary>The number of words for a state.</summary>
        public static int StrideOf(int stateWords, int rows) => _firstRow + rows + stateWords;

        /// <summary>Adds a state.</summary>
        /// <param name="number">Its number.</param>
        /// <param name="sum">The sum of its fingerprint.</param>
        /// <param name="rowSums">The sums of its rows, to be filled in.</param>
        /// <returns>The state, to be filled in.</returns>
        public State Add(long number, ulong sum, out Span<ulong> rowSums)
        {
            var entry = EntryOf(Count);
            (entry[_number], entry[_sum]) = ((ulong)number, sum);
            rowSums = RowSumsOf(Count);
            return this[Count++];
        }

        private ulong* EntryOf(int index)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)BlockSize, nameof(index));
            return entries + (index * _stride);
        }
    }
}
