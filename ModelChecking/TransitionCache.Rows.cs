using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelChecking;

// The steps of all groups of a member of a scalarset, found with one look-up.
internal sealed partial class TransitionCache
{
    private RowTable? _table;
    private RowRequest _request;
    private int[] _requestedSteps = new int[64];

    /// <summary>Looks up the rows of a block of states.</summary>
    /// <returns>Whether the steps of rows are kept.</returns>
    public bool BeginRows(Frontier.Block block)
    {
        if (_table is { PaysOff: false })
        {
            _table.Clear(this);
            _table.Dispose();
            _table = null;
        }

        _table?.Begin(block, this);
        return _table is not null;
    }

    /// <summary>Whether the steps of all rows of a state were found, or can be kept now.</summary>
    /// <param name="block">The block.</param>
    /// <param name="index">The index of the state in it.</param>
    /// <param name="next">To ask the specification for the groups.</param>
    public bool HasRows(Frontier.Block block, int index, Successors next)
    {
        for (var row = 0; row < _rowCount; row++)
        {
            if (!_table!.IsFound(index, row, block.RowSumsOf(index)[row]) && !AddRow(row, block, index, next))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The indexes of the steps of a row of such a state. They are taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> TakeRow(int state, int row) => _table!.Take(state, row, this);

    /// <summary>What a step adds to the sums of the rows.</summary>
    public ReadOnlySpan<ulong> RowDifferences(int step) => _rowDifferences.AsSpan(step * _rowCount, _rowCount);

    /// <summary>While <see cref="Successors.RequestsGroups"/>: finds the steps of a group, if it is of the row that is added.</summary>
    public void Request(ActionGroup group, ulong message, int slot)
    {
        if (group.Member < _request.LastMember)
        {
            throw new InvalidOperationException("A group of an earlier member is added after one of a later member.");
        }

        _request.LastMember = group.Member;
        if (group.Member != _request.Row || !_request.IsKept)
        {
            return;
        }

        var steps = Find(group, _request.Block[_request.Index], message, slot);
        _request.IsKept = steps.Count >= 0;
        for (var step = steps.First; step < steps.First + steps.Count; step++)
        {
            Append(ref _requestedSteps, ref _request.Count, step);
        }
    }

    // Returns false if the steps cannot be kept.
    private bool AddRow(int row, Frontier.Block block, int index, Successors next)
    {
        _request = new RowRequest { Row = row, Block = block, Index = index, IsKept = true };
        RequestGroups(block[index], next);
        if (!_request.IsKept)
        {
            return false;
        }

        _table!.Add(index, row, block.RowSumsOf(index)[row], _requestedSteps.AsSpan(0, _request.Count));
        return true;
    }

    private void RequestGroups(State state, Successors next)
    {
        state.Words.CopyTo(_asked);
        AccessLog.Clear(_asked, _words);
        next.Clear();
        next.RequestsGroups = true;
        try
        {
            _specification.Next(State.Record(_asked, _words), next);
        }
        finally
        {
            next.RequestsGroups = false;
        }

        if (next.Count > 0)
        {
            throw new InvalidOperationException("Groups belong to members, but a step that is of no group is added too.");
        }

        for (var word = 0; word < _words; word++)
        {
            if (AccessLog.IsAccessed(_asked, _words, word) && !IsInBag(word))
            {
                throw new InvalidOperationException("Groups belong to members, but which of them are added depends on variables.");
            }
        }
    }

    // The steps of a group that accesses what belongs to another member depend on more than the row.
    private void CheckRow(ActionGroup group, ReadOnlySpan<bool> accessed)
    {
        for (var word = 0; _rows is not null && word < accessed.Length; word++)
        {
            if (accessed[word] && !_rows.Has(group.Member, word))
            {
                throw new InvalidOperationException($"A group of {group.Members!.NameOf(group.Member)} accesses rows of another member.");
            }
        }
    }

    /// <summary>A row that is added.</summary>
    private struct RowRequest
    {
        public Frontier.Block Block;
        public int Index;
        public int Row;
        public int LastMember;
        public int Count;
        public bool IsKept;
    }

    /// <summary>
    /// The steps of rows, by their sums, outside the managed heap. A row is in the first slot that was free from the one on that its
    /// highest bits give.
    /// </summary>
    private sealed unsafe class RowTable : IDisposable
    {
        private const int _maxBits = 19;

        // After so many rows were added it is decided whether to keep them pays: to add one costs as much as several look-ups.
        private const int _trial = 1 << 16;
        private const int _costOfAdding = 4;

        private readonly int _rows;
        private readonly Row*[] _found;
        private readonly int[] _steps = new int[Row.StepsInside];
        private Row* _slots;
        private int _bits = 12;
        private int _count;
        private int[] _more = new int[1024];
        private int _moreCount;
        private long _lookUps;
        private int _added;

        public RowTable(int rows)
        {
            _rows = rows;
            _found = new Row*[rows * Frontier.BlockSize];
            _slots = Allocate(_bits);
        }

        /// <summary>Whether rows are found again often enough.</summary>
        public bool PaysOff { get; private set; } = true;

        /// <summary>The memory used, in bytes.</summary>
        public long Bytes => ((long)sizeof(Row) << _bits) + (_more.LongLength * sizeof(int));

        public void Dispose()
        {
            HugePages.Free(_slots);
            _slots = null;
        }

        /// <summary>Makes room for the rows of a block, and finds those that are there.</summary>
        public void Begin(Frontier.Block block, TransitionCache cache)
        {
            var lookUps = block.Count * _rows;
            _lookUps += lookUps;
            while (_count + lookUps > 3 << (_bits - 2))
            {
                if (_bits == _maxBits)
                {
                    Clear(cache);
                }
                else
                {
                    Grow();
                }
            }

            Prefetch(block);
            Find(block);
        }

        /// <summary>Whether a row was found, or added since then.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsFound(int state, int row, ulong sum)
        {
            ref var found = ref _found[(state * _rows) + row];
            if (found == null)
            {
                found = Present(Fingerprint.Of(sum));
            }

            return found != null;
        }

        /// <summary>The steps of a row, which are taken. Valid until the next call.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ReadOnlySpan<int> Take(int state, int row, TransitionCache cache)
        {
            var found = _found[(state * _rows) + row];
            if (++found->Taken == uint.MaxValue)
            {
                CountSteps(cache);
            }

            return StepsOf(found);
        }

        /// <summary>Adds a row that was not found.</summary>
        public void Add(int state, int row, ulong sum, ReadOnlySpan<int> steps)
        {
            if (++_added % _trial == 0)
            {
                PaysOff = _lookUps >= (long)_costOfAdding * _trial;
                _lookUps = 0;
            }

            sum = Fingerprint.Of(sum);
            var slot = SlotOf(sum);
            *slot = new Row(sum, steps, _moreCount);
            if (!slot->HasStepsInside)
            {
                foreach (var step in steps)
                {
                    Append(ref _more, ref _moreCount, step);
                }
            }

            _found[(state * _rows) + row] = slot;
            _count++;
        }

        /// <summary>Forgets all rows.</summary>
        public void Clear(TransitionCache cache)
        {
            CountSteps(cache);
            NativeMemory.Clear(_slots, (nuint)sizeof(Row) << _bits);
            (_count, _moreCount) = (0, 0);
        }

        /// <summary>Counts how often the steps were taken.</summary>
        public void CountSteps(TransitionCache cache)
        {
            for (var slot = _slots; slot < _slots + (1L << _bits); slot++)
            {
                if (slot->Taken > 0)
                {
                    foreach (var step in StepsOf(slot))
                    {
                        cache._steps[step].Taken += slot->Taken;
                    }

                    slot->Taken = 0;
                }
            }
        }

        private static Row* Allocate(int bits)
        {
            var slots = (Row*)HugePages.Allocate((nuint)sizeof(Row) << bits);
            NativeMemory.Clear(slots, (nuint)sizeof(Row) << bits);
            return slots;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private ReadOnlySpan<int> StepsOf(Row* row)
        {
            if (!row->HasStepsInside)
            {
                return _more.AsSpan(row->FirstOutside, row->Count);
            }

            row->CopyTo(_steps);
            return _steps.AsSpan(0, row->Count);
        }

        private void Prefetch(Frontier.Block block)
        {
            if (Sse.IsSupported)
            {
                var slots = (nint)_slots;
                var shift = 64 - _bits;
                for (var i = 0; i < block.Count; i++)
                {
                    foreach (var sum in block.RowSumsOf(i))
                    {
                        Sse.Prefetch0((Row*)slots + (sum >> shift));
                    }
                }
            }
        }

        // A loop of its own, so that the processor overlaps one look-up with the next.
        private void Find(Frontier.Block block)
        {
            var number = 0;
            for (var i = 0; i < block.Count; i++)
            {
                foreach (var sum in block.RowSumsOf(i))
                {
                    _found[number++] = Present(Fingerprint.Of(sum));
                }
            }
        }

        // The row, or null.
        private Row* Present(ulong sum)
        {
            var slot = SlotOf(sum);
            return slot->Sum == sum ? slot : null;
        }

        // The slot of a row, or the free one for it.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Row* SlotOf(ulong sum)
        {
            var mask = (1UL << _bits) - 1;
            var slot = sum >> (64 - _bits);
            while (_slots[slot].Sum != sum && _slots[slot].Sum != 0)
            {
                slot = (slot + 1) & mask;
            }

            return _slots + slot;
        }

        private void Grow()
        {
            var old = _slots;
            var slots = 1L << _bits;
            _slots = Allocate(++_bits);
            for (var slot = old; slot < old + slots; slot++)
            {
                if (slot->Sum != 0)
                {
                    *SlotOf(slot->Sum) = *slot;
                }
            }

            HugePages.Free(old);
        }
    }

    /// <summary>The steps of a row, in half a cache line: their indexes, or where they begin if they are too many or too large.</summary>
    private struct Row
    {
        public const int StepsInside = 8;

        /// <summary>What identifies the row; 0 if the slot is free.</summary>
        public readonly ulong Sum;

        /// <summary>How often all its steps were taken.</summary>
        public uint Taken;

        private readonly int _count;
        private readonly Vector128<ushort> _steps;

        public Row(ulong sum, ReadOnlySpan<int> steps, int firstOutside)
        {
            Sum = sum;
            if (steps.Length <= StepsInside && !steps.ContainsAnyExceptInRange(0, ushort.MaxValue))
            {
                _count = steps.Length;
                for (var i = 0; i < steps.Length; i++)
                {
                    _steps = _steps.WithElement(i, (ushort)steps[i]);
                }
            }
            else
            {
                _count = ~steps.Length;
                _steps = Vector128.CreateScalar(firstOutside).AsUInt16();
            }
        }

        public readonly bool HasStepsInside => _count >= 0;

        public readonly int Count => _count < 0 ? ~_count : _count;

        public readonly int FirstOutside => _steps.AsInt32().ToScalar();

        public readonly void CopyTo(int[] steps)
        {
            var (first, last) = Vector128.Widen(_steps);
            first.AsInt32().CopyTo(steps);
            last.AsInt32().CopyTo(steps, Vector128<int>.Count);
        }
    }
}
