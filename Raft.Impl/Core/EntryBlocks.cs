using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Raft.Impl.Core;

/// <summary>
/// The entries of a log, oldest first. Entries are added at the end, and removed at both ends. They are stored in blocks, so that neither
/// moves the other entries. The time to find an entry is logarithmic in the number of blocks. The first entries may be in the storage only
/// (<see cref="StoredEntries"/>); they are read back when they are looked at. Compared by value.
/// </summary>
/// <remarks>
/// One array that doubles would be simpler, but a long array is on the large object heap, which only a full garbage collection frees. A
/// long list of entries becomes a block without a copy: the log, its write and its messages share it. Both together halve the bytes that a
/// flood of proposals allocates.
/// </remarks>
public sealed class EntryBlocks : IReadOnlyList<LogEntry>, IEquatable<EntryBlocks>
{
    /// <summary>The most entries in a block that is not shared. It takes 24 KB; the large object heap starts at 85 KB.</summary>
    public const int BlockLength = 1024;

    /// <summary>The fewest entries in a list that becomes a block without a copy.</summary>
    public const int SharedLength = 16;

    private readonly List<Block> _blocks = [];

    // The entries before the blocks; null: the storage cannot read entries back, so that all are in the blocks.
    private readonly StoredPrefix? _stored;

    // The last of the blocks.
    private Block _last = Block.None;

    // The position of the first entry. Positions count from the first entry that was ever added, indexes from the first entry that is left.
    private long _first;

    internal EntryBlocks(ReadOnlySpan<LogEntry> entries, StoredPrefix? stored = null)
    {
        _stored = stored;
        Count = (int)(stored?.End ?? 0);
        while (!entries.IsEmpty)
        {
            var block = entries[..Math.Min(BlockLength, entries.Length)];
            Add(Block.Of(block, Count));
            Grow(block);
            entries = entries[block.Length..];
        }
    }

    private EntryBlocks(EntryBlocks other)
    {
        foreach (var block in other._blocks)
        {
            Add(block.Clone());
        }

        _stored = other._stored?.Clone();
        _first = other._first;
        (Count, Bytes) = (other.Count, other.Bytes);
    }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>
    /// The bytes of the entries that are in memory (<see cref="LogEntry.Size"/>), if some may be in the storage only; otherwise zero.
    /// </summary>
    internal long Bytes { get; private set; }

    /// <summary>The number of entries that memory is held for.</summary>
    public int Capacity => _blocks.Sum(block => block.Entries.Length);

    /// <summary>The entry at an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer entries.</exception>
    /// <exception cref="IOException">The entry cannot be read back.</exception>
    public ref readonly LogEntry this[int index]
    {
        get
        {
            // Most look-ups are in the last block.
            var position = _first + index;
            if (_last.Holds(position))
            {
                return ref _last.Entries[_last.Slot(position)];
            }

            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            if (IsStored(position))
            {
                return ref _stored.At(position);
            }

            var block = _blocks[Search(position)];
            return ref block.Entries[block.Slot(position)];
        }
    }

    LogEntry IReadOnlyList<LogEntry>.this[int index] => this[index];

    /// <summary>The entries from an index on that are contiguous in memory: at least one, if there is an entry at that index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer entries.</exception>
    /// <exception cref="IOException">The entries cannot be read back.</exception>
    public ReadOnlySpan<LogEntry> RunAt(int index)
    {
        if (index == Count)
        {
            return [];
        }

        var position = _first + index;
        if (IsStored(position))
        {
            return _stored.LookAt(position);
        }

        var block = BlockAt(position);
        return block.Entries.AsSpan(block.Slot(position)..block.End);
    }

    /// <summary>The same, for the rules of Raft: what is read back is kept for the entries that follow.</summary>
    internal ReadOnlySpan<LogEntry> ReadRunAt(int index) =>
        index < Count && IsStored(_first + index) ? _stored.RunAt(_first + index) : RunAt(index);

    /// <summary>Whether the entry at an index need not be read back.</summary>
    internal bool IsInMemory(int index) => !IsStored(_first + index);

    /// <summary>The term of the entry at an index, which is never read back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer entries.</exception>
    internal Term TermAt(int index) =>
        (uint)index < (uint)Count && IsStored(_first + index) ? _stored.TermAt(_first + index) : this[index].Term;

    /// <summary>Copies entries from an index on, until the target is full.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer entries.</exception>
    public void CopyTo(int index, Span<LogEntry> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target.Length, Count - index, nameof(target));
        while (!target.IsEmpty)
        {
            var run = RunAt(index);
            run = run[..Math.Min(run.Length, target.Length)];
            run.CopyTo(target);
            index += run.Length;
            target = target[run.Length..];
        }
    }

    /// <summary>Some of the entries: the list that was added, if it has the same entries; otherwise a copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer entries.</exception>
    public EntryList ToList(int index, int count)
    {
        var position = _first + index;
        if (count > 0 && !IsStored(position)
            && BlockAt(position) is { Shared: { } shared } block && block.First == position && shared.Count == count)
        {
            return shared;
        }

        var entries = new LogEntry[count];
        CopyTo(index, entries);
        return EntryList.Owning(entries);
    }

    /// <summary>All entries.</summary>
    public EntryList ToList() => ToList(0, Count);

    /// <inheritdoc/>
    public bool Equals(EntryBlocks? other)
    {
        if (other is null || Count != other.Count)
        {
            return false;
        }

        ReadOnlySpan<LogEntry> here = [], there = [];
        for (var i = 0; i < Count;)
        {
            here = here.IsEmpty ? RunAt(i) : here;
            there = there.IsEmpty ? other.RunAt(i) : there;
            var length = Math.Min(here.Length, there.Length);
            if (!here[..length].SequenceEqual(there[..length]))
            {
                return false;
            }

            i += length;
            here = here[length..];
            there = there[length..];
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EntryBlocks);

    /// <inheritdoc/>
    public override int GetHashCode() => Count == 0 ? 0 : (Count * 31) + this[Count - 1].GetHashCode();

    /// <inheritdoc/>
    public IEnumerator<LogEntry> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Append(EntryList entries)
    {
        if (entries.Count >= SharedLength)
        {
            Add(new Block(_first + Count, entries));
            Grow(entries.Span);
        }
        else
        {
            Append(entries.Span);
        }
    }

    internal void Append(ReadOnlySpan<LogEntry> entries)
    {
        while (!entries.IsEmpty)
        {
            var block = BlockWithRoom(entries.Length);
            var added = entries[..Math.Min(entries.Length, block.Room)];
            block.Append(added);
            Grow(added);
            entries = entries[added.Length..];
        }
    }

    /// <summary>Removes all entries from an index on.</summary>
    internal void RemoveFrom(int index)
    {
        if (index >= Count)
        {
            return;
        }

        var position = _first + index;
        if (IsStored(position))
        {
            _stored.ForgetFrom(position);
            _blocks.Clear();
            (_last, Bytes) = (Block.None, 0);
        }
        else
        {
            Bytes -= SizeBetween(position, _first + Count);
            var last = Search(position);
            _blocks.RemoveRange(last + 1, _blocks.Count - last - 1);
            _blocks[last] = _last = _blocks[last].Only(_blocks[last].First, position);
        }

        Count = index;
    }

    /// <summary>Removes the first entries.</summary>
    internal void RemoveFirst(int count)
    {
        _first += count;
        Count -= count;
        DropBefore(_first);
        _stored?.ForgetBefore(_first);
    }

    /// <summary>
    /// Releases the oldest entries from memory, if more than the cache may hold are there. It releases an eighth of the cache at least, so
    /// that the cost of moving the blocks is amortised.
    /// </summary>
    /// <param name="count">How many of the first entries may be released: they are durable, and will not be removed at the end.</param>
    internal void Release(int count)
    {
        if (_stored is null || Bytes <= _stored.CacheBytes)
        {
            return;
        }

        var (excess, end) = (Bytes - _stored.CacheBytes + (_stored.CacheBytes / 8), _first + count);
        var position = FirstInMemory;
        while (position < end && excess > 0)
        {
            foreach (ref readonly var entry in RunAt((int)(position - _first)))
            {
                if (position == end || excess <= 0)
                {
                    break;
                }

                _stored.Add(position, entry.Term);
                excess -= entry.Size;
                position++;
            }
        }

        DropBefore(position);
    }

    internal EntryBlocks Clone() => new(this);

    /// <summary>Where entries may be read back from; null: all stay in memory.</summary>
    internal StoredPrefix? Stored => _stored;

    private long FirstInMemory => _blocks is [var first, ..] ? first.First : _first + Count;

    [MemberNotNullWhen(true, nameof(_stored))]
    private bool IsStored(long position) => _stored is not null && position < _stored.End;

    // These entries were added to the last block.
    private void Grow(ReadOnlySpan<LogEntry> added)
    {
        Count += added.Length;
        Bytes += SizeBetween(_first + Count - added.Length, _first + Count);
    }

    // What the entries between two positions count, if it matters. They are in memory.
    private long SizeBetween(long first, long end)
    {
        var size = 0L;
        while (_stored is not null && first < end)
        {
            var block = _blocks[Search(first)];
            var last = Math.Min(block.Last, end);
            foreach (ref readonly var entry in block.Entries.AsSpan(block.Slot(first)..block.Slot(last)))
            {
                size += entry.Size;
            }

            first = last;
        }

        return size;
    }

    // Drops the blocks, or parts of them, before a position.
    private void DropBefore(long position)
    {
        if (_blocks.Count == 0 || position <= _blocks[0].First)
        {
            return;
        }

        Bytes -= SizeBetween(_blocks[0].First, Math.Min(position, _last.Last));
        _blocks.RemoveRange(0, position < _last.Last ? Search(position) : _blocks.Count);
        if (_blocks.Count > 0)
        {
            _blocks[0] = _blocks[0].Only(position, _blocks[0].Last);
        }

        _last = _blocks is [.., var last] ? last : Block.None;
    }

    private Block BlockAt(long position) => position >= _last.First ? _last : _blocks[Search(position)];

    private int Search(long position)
    {
        var (low, high) = (0, _blocks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _blocks[middle].First <= position ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    // The last block, if it has room for an entry, or else a new one. The first block doubles until it has its full length. The one after a
    // full block has its full length at once: as many entries will probably follow.
    private Block BlockWithRoom(int wanted)
    {
        if (_last.Room > 0)
        {
            return _last;
        }

        if (_blocks.Count > 0 && _last is { Shared: null, Entries.Length: < BlockLength })
        {
            _last.Resize(Math.Clamp(_last.Count + Math.Max(_last.Count, wanted), 4, BlockLength));
            return _last;
        }

        var least = _last is { Shared: null, Entries.Length: BlockLength } ? BlockLength : 4;
        Add(Block.Empty(_first + Count, Math.Clamp(wanted, least, BlockLength)));
        return _last;
    }

    private void Add(Block block)
    {
        _blocks.Add(block);
        _last = block;
    }

    // Entries that are contiguous in memory. The array of a shared block is that of a list, and never changes.
    private sealed class Block
    {
        private int _start;

        public Block(long first, EntryList shared)
        {
            (First, Shared, Entries, End) = (first, shared, shared.Array, shared.Count);
        }

        private Block(long first, LogEntry[] entries, int count)
        {
            (First, Entries, End) = (first, entries, count);
        }

        // No room, and no entries.
        public static Block None { get; } = Empty(0, 0);

        // The position of the first entry.
        public long First { get; private set; }

        public EntryList? Shared { get; }

        public LogEntry[] Entries { get; private set; }

        // The slot after the last entry.
        public int End { get; private set; }

        public int Count => End - _start;

        // The position after the last entry.
        public long Last => First + Count;

        public int Room => Shared is null ? Entries.Length - End : 0;

        public static Block Empty(long first, int length) => new(first, new LogEntry[length], 0);

        public static Block Of(ReadOnlySpan<LogEntry> entries, long first) => new(first, entries.ToArray(), entries.Length);

        public bool Holds(long position) => (ulong)(position - First) < (ulong)Count;

        public int Slot(long position) => _start + (int)(position - First);

        public void Append(ReadOnlySpan<LogEntry> entries)
        {
            entries.CopyTo(Entries.AsSpan(End));
            End += entries.Length;
        }

        // Keeps only the entries between two positions. Releases the removed entries, and the memory if less than a quarter of it is used.
        public Block Only(long first, long last)
        {
            var (start, end) = (Slot(first), Slot(last));
            if ((start, end) == (_start, End))
            {
                return this;
            }

            if (Shared is not null || end - start < Entries.Length / 4)
            {
                return Of(Entries.AsSpan(start..end), first);
            }

            Entries.AsSpan(_start..start).Clear();
            Entries.AsSpan(end..End).Clear();
            (First, _start, End) = (first, start, end);
            return this;
        }

        public void Resize(int length)
        {
            var entries = new LogEntry[length];
            Entries.AsSpan(_start..End).CopyTo(entries);
            (Entries, _start, End) = (entries, 0, Count);
        }

        public Block Clone() => Shared is null ? Of(Entries.AsSpan(_start..End), First) : this;
    }
}
