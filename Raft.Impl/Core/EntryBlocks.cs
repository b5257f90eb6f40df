using System.Collections;

namespace Raft.Impl.Core;

/// <summary>
/// The entries of a log, oldest first: entries are added at the end, and removed at both ends. They stand in blocks of one length, so that
/// an entry is found in constant time, and neither to add nor to remove entries moves the others. It is compared by value.
/// </summary>
/// <remarks>
/// One array that doubles would be simpler. Once it is long, the runtime puts it among the large objects, which only a full garbage
/// collection frees: a flood of proposals then spends a quarter of its time in collections.
/// </remarks>
public sealed class EntryBlocks : IReadOnlyList<LogEntry>, IEquatable<EntryBlocks>
{
    /// <summary>How many entries a block has room for. It takes 24 KB; objects are large from 85 KB on.</summary>
    public const int BlockLength = 1024;

    // All blocks are whole, except for an only one, which doubles until it is.
    private readonly List<LogEntry[]> _blocks = [];

    // How many entries were removed from the first block.
    private int _start;

    internal EntryBlocks(ReadOnlySpan<LogEntry> entries)
    {
        if (!entries.IsEmpty)
        {
            _blocks.Add(new LogEntry[Math.Min(entries.Length, BlockLength)]);
            Append(entries);
        }
    }

    private EntryBlocks(EntryBlocks other)
    {
        if (other._blocks is [_])
        {
            _blocks.Add(other.RunAt(0).ToArray());
        }
        else
        {
            _blocks.AddRange(other._blocks.Select(block => block.AsSpan().ToArray()));
            _start = other._start;
        }

        Count = other.Count;
    }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>The number of entries that memory is held for.</summary>
    public int Capacity => _blocks.Count == 0 ? 0 : ((_blocks.Count - 1) * BlockLength) + _blocks[^1].Length;

    /// <summary>An entry, in its place.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public ref readonly LogEntry this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            var position = (uint)(_start + index);
            return ref _blocks[(int)(position / BlockLength)][position % BlockLength];
        }
    }

    LogEntry IReadOnlyList<LogEntry>.this[int index] => this[index];

    /// <summary>The entries from an index on that stand together in memory: at least one, where there is an entry at that index.</summary>
    public ReadOnlySpan<LogEntry> RunAt(int index)
    {
        var length = Math.Min(Count - index, BlockLength - ((_start + index) % BlockLength));
        return length == 0 ? [] : _blocks[(_start + index) / BlockLength].AsSpan((_start + index) % BlockLength, length);
    }

    /// <summary>Copies the entries from an index on; as many as there is room for.</summary>
    public void CopyTo(int index, Span<LogEntry> target)
    {
        while (!target.IsEmpty)
        {
            var run = RunAt(index);
            run = run[..Math.Min(run.Length, target.Length)];
            run.CopyTo(target);
            index += run.Length;
            target = target[run.Length..];
        }
    }

    /// <summary>A copy of some of the entries.</summary>
    public EntryList ToList(int index, int count)
    {
        var entries = new LogEntry[count];
        CopyTo(index, entries);
        return EntryList.Owning(entries);
    }

    /// <summary>A copy of all entries.</summary>
    public EntryList ToList() => ToList(0, Count);

    /// <inheritdoc/>
    public bool Equals(EntryBlocks? other)
    {
        if (other is null || Count != other.Count)
        {
            return false;
        }

        for (var i = 0; i < Count;)
        {
            var here = RunAt(i);
            var there = other.RunAt(i);
            var length = Math.Min(here.Length, there.Length);
            if (!here[..length].SequenceEqual(there[..length]))
            {
                return false;
            }

            i += length;
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

    internal void Append(ReadOnlySpan<LogEntry> entries)
    {
        while (!entries.IsEmpty)
        {
            var room = Room(entries.Length);
            var added = entries[..Math.Min(entries.Length, room.Length)];
            added.CopyTo(room);
            Count += added.Length;
            entries = entries[added.Length..];
        }
    }

    /// <summary>Removes all entries from an index on.</summary>
    internal void RemoveFrom(int index)
    {
        if (index < Count)
        {
            var lastBlock = (_start + index) / BlockLength;
            _blocks.RemoveRange(lastBlock + 1, _blocks.Count - lastBlock - 1);
            _blocks[lastBlock].AsSpan((_start + index) % BlockLength).Clear();
            Count = index;
        }
    }

    /// <summary>Removes the first entries. Memory is released so that at least a quarter of it is in use.</summary>
    internal void RemoveFirst(int count)
    {
        _start += count;
        Count -= count;
        _blocks.RemoveRange(0, _start / BlockLength);
        _start %= BlockLength;
        if (Count == 0)
        {
            _blocks.Clear();
            _start = 0;
        }
        else if (Count < Capacity / 4)
        {
            Move(Count);
        }
        else
        {
            _blocks[0].AsSpan(0, _start).Clear();
        }
    }

    internal EntryBlocks Clone() => new(this);

    // Room at the end for at least one entry.
    private Span<LogEntry> Room(int wanted)
    {
        var end = _start + Count;
        if (end == Capacity)
        {
            if (_blocks is [{ Length: < BlockLength }] or [])
            {
                Move(Math.Min(BlockLength, Math.Max(Count + Math.Max(Count, wanted), 4)));
                end = Count;
            }
            else
            {
                _blocks.Add(new LogEntry[BlockLength]);
            }
        }

        return _blocks[^1].AsSpan(end - ((_blocks.Count - 1) * BlockLength));
    }

    // To a block of its own. It has room for all entries: they fit one.
    private void Move(int length)
    {
        var block = new LogEntry[length];
        CopyTo(0, block.AsSpan(0, Count));
        _blocks.Clear();
        _blocks.Add(block);
        _start = 0;
    }
}
