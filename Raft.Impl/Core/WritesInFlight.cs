using System.Runtime.InteropServices;

namespace Raft.Impl.Core;

/// <summary>
/// The writes that change the log and are not durable yet. Writes become durable in the order of their sequence. The time of a query is at
/// most logarithmic in the number of writes in flight.
/// </summary>
/// <remarks>
/// Once a later write changes the log from the same index or an earlier one, the earlier write no longer matters: whatever waits for it
/// also waits for the later one. So both numbers rise along the list.
/// </remarks>
internal sealed class WritesInFlight : IEquatable<WritesInFlight>
{
    private readonly List<(long Sequence, LogIndex ChangedFrom)> _changes = [];

    // The writes before this position are durable. They are removed together, so that the cost of moving the others is amortised.
    private int _first;

    /// <summary>The sequence of the last write that was begun; zero if none was.</summary>
    public long LastBegun { get; private set; }

    /// <summary>The sequence of the last write that is durable, with all before it; zero if none is.</summary>
    public long LastDurable { get; private set; }

    /// <summary>The first index that a write in flight changes; null if none changes the log.</summary>
    public LogIndex? ChangedFrom => _first < _changes.Count ? _changes[_first].ChangedFrom : null;

    private ReadOnlySpan<(long Sequence, LogIndex ChangedFrom)> Changes => CollectionsMarshal.AsSpan(_changes)[_first..];

    /// <summary>Begins the next write.</summary>
    /// <param name="changedFrom">The first index of the log that it changes; null: it does not change the log.</param>
    /// <returns>The sequence of the write.</returns>
    public long Begin(LogIndex? changedFrom)
    {
        LastBegun++;
        if (changedFrom is { } from)
        {
            while (_changes.Count > _first && _changes[^1].ChangedFrom >= from)
            {
                _changes.RemoveAt(_changes.Count - 1);
            }

            _changes.Add((LastBegun, from));
        }

        return LastBegun;
    }

    /// <summary>A write, and every one before it, is durable.</summary>
    public void Complete(long sequence)
    {
        LastDurable = Math.Max(LastDurable, Math.Min(sequence, LastBegun));
        while (_first < _changes.Count && _changes[_first].Sequence <= LastDurable)
        {
            _first++;
        }

        if (_first > _changes.Count / 2)
        {
            _changes.RemoveRange(0, _first);
            _first = 0;
        }
    }

    /// <summary>The last write in flight that changes the log at or before an index; zero if none does.</summary>
    public long LastUpTo(LogIndex index)
    {
        var changes = Changes;
        var (low, high) = (0, changes.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = changes[middle].ChangedFrom <= index ? (middle + 1, high) : (low, middle);
        }

        return low == 0 ? 0 : changes[low - 1].Sequence;
    }

    /// <summary>A copy that shares nothing that can change.</summary>
    public WritesInFlight Clone()
    {
        var copy = new WritesInFlight { LastBegun = LastBegun, LastDurable = LastDurable };
        copy._changes.AddRange(Changes);
        return copy;
    }

    /// <summary>The same writes, numbered from the last durable one: that is number 0.</summary>
    public WritesInFlight Renumbered()
    {
        var copy = new WritesInFlight { LastBegun = LastBegun - LastDurable };
        foreach (var (sequence, changedFrom) in Changes)
        {
            copy._changes.Add((sequence - LastDurable, changedFrom));
        }

        return copy;
    }

    /// <inheritdoc/>
    public bool Equals(WritesInFlight? other) =>
        other is not null && LastBegun == other.LastBegun && LastDurable == other.LastDurable && Changes.SequenceEqual(other.Changes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as WritesInFlight);

    /// <inheritdoc/>
    public override int GetHashCode() => (LastBegun.GetHashCode() * 31) + LastDurable.GetHashCode();
}
