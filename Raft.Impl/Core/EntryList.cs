using System.Collections;

namespace Raft.Impl.Core;

/// <summary>Consecutive log entries. Immutable, compared by value.</summary>
public sealed class EntryList : IReadOnlyList<LogEntry>, IEquatable<EntryList>
{
    private readonly LogEntry[] _entries;

    private EntryList(LogEntry[] entries) => _entries = entries;

    /// <summary>No entries.</summary>
    public static EntryList Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _entries.Length;

    /// <inheritdoc/>
    public LogEntry this[int index] => _entries[index];

    /// <summary>The entries, oldest first.</summary>
    public ReadOnlySpan<LogEntry> Span => _entries;

    /// <summary>A list of a copy of these entries.</summary>
    public static EntryList Of(params ReadOnlySpan<LogEntry> entries) =>
        entries.IsEmpty ? Empty : new EntryList(entries.ToArray());

    /// <summary>The entries without the first <paramref name="count"/>.</summary>
    public EntryList Skip(int count) => count == 0 ? this : Of(Span[Math.Min(count, Count)..]);

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
    public override string ToString() => $"[{string.Join(", ", (object[])_entries)}]";
}
