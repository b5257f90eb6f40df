using System.Collections;

namespace Raft.Impl.Core;

/// <summary>Consecutive log entries. Immutable, compared by value.</summary>
public sealed class EntryList : IReadOnlyList<LogEntry>, IEquatable<EntryList>
{
    private readonly LogEntry[] _entries;

    private EntryList(LogEntry[] entries)
    {
        _entries = entries;
        foreach (var entry in entries)
        {
            Size += entry.Size;
        }
    }

    /// <summary>No entries.</summary>
    public static EntryList Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _entries.Length;

    /// <summary>The bytes that the entries count toward limits (<see cref="LogEntry.Size"/>).</summary>
    public long Size { get; }

    /// <inheritdoc/>
    /// <exception cref="IndexOutOfRangeException">There is no entry at that position.</exception>
    public LogEntry this[int index] => _entries[index];

    /// <summary>The entries, oldest first.</summary>
    public ReadOnlySpan<LogEntry> Span => _entries;

    // It must not be changed.
    internal LogEntry[] Array => _entries;

    /// <summary>Makes a list of a copy of these entries.</summary>
    public static EntryList Of(params ReadOnlySpan<LogEntry> entries) => Owning(entries.ToArray());

    /// <summary>A list of these entries themselves, without a copy. They must not change any more.</summary>
    internal static EntryList Owning(LogEntry[] entries) => entries.Length == 0 ? Empty : new EntryList(entries);

    /// <inheritdoc/>
    public bool Equals(EntryList? other) => other is not null && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EntryList);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = Count;
        foreach (var entry in _entries)
        {
            hash = (hash * 31) + entry.GetHashCode();
        }

        return hash;
    }

    /// <inheritdoc/>
    public IEnumerator<LogEntry> GetEnumerator() => ((IEnumerable<LogEntry>)_entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The entries, in brackets.</summary>
    public override string ToString() => $"[{string.Join(", ", _entries)}]";

    /// <summary>Gathers entries for a list, in memory that the list takes over. It allocates once it has an entry.</summary>
    /// <param name="capacity">How many entries are expected.</param>
    internal struct Builder(int capacity)
    {
        private LogEntry[]? _gathered;

        /// <summary>How many entries were added.</summary>
        public int Count { get; private set; }

        /// <summary>Adds an entry.</summary>
        public void Add(LogEntry entry)
        {
            _gathered ??= new LogEntry[Math.Max(1, capacity)];
            if (Count == _gathered.Length)
            {
                System.Array.Resize(ref _gathered, 2 * Count);
            }

            _gathered[Count++] = entry;
        }

        /// <summary>The list. Nothing may be added after that.</summary>
        public readonly EntryList ToList() =>
            _gathered is null ? Empty : Owning(Count == _gathered.Length ? _gathered : _gathered[..Count]);
    }
}
