namespace Raft.Impl.Core;

/// <summary>A position in the replicated log. The first entry has index 1 (Figure 2); <see cref="Zero"/> stands before it.</summary>
/// <param name="Value">The position: from 0 to <see cref="MaxValue"/>.</param>
public readonly record struct LogIndex(long Value) : IComparable<LogIndex>
{
    /// <summary>
    /// The largest position, 2^62 - 1. What comes from outside (a message, a disk) is checked against it, so that no sum in here can wrap.
    /// A log that reaches it takes no more entries.
    /// </summary>
    public const long MaxValue = (1L << 62) - 1;

    /// <summary>The position before the first entry.</summary>
    public static LogIndex Zero => default;

    /// <summary>The position after this one.</summary>
    public LogIndex Next => new(Value + 1);

    /// <summary>The position before this one.</summary>
    public LogIndex Previous => new(Value - 1);

    /// <summary>The smaller of two positions.</summary>
    public static LogIndex Min(LogIndex left, LogIndex right) => left <= right ? left : right;

    /// <summary>The larger of two positions.</summary>
    public static LogIndex Max(LogIndex left, LogIndex right) => left >= right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);

    /// <summary>The position a number of entries further on.</summary>
    public static LogIndex operator +(LogIndex index, long entries) => new(index.Value + entries);

    /// <summary>The number of entries between two positions.</summary>
    public static long operator -(LogIndex left, LogIndex right) => left.Value - right.Value;

    /// <summary>Whether the left position is the earlier one.</summary>
    public static bool operator <(LogIndex left, LogIndex right) => left.Value < right.Value;

    /// <summary>Whether the left position is the later one.</summary>
    public static bool operator >(LogIndex left, LogIndex right) => left.Value > right.Value;

    /// <summary>Whether the left position is the earlier one, or the same.</summary>
    public static bool operator <=(LogIndex left, LogIndex right) => left.Value <= right.Value;

    /// <summary>Whether the left position is the later one, or the same.</summary>
    public static bool operator >=(LogIndex left, LogIndex right) => left.Value >= right.Value;

    /// <summary>The position as a number.</summary>
    public override string ToString() => Value.ToString();
}
