namespace Raft.Impl.Core;

/// <summary>A term: Raft's logical clock (§5.1). Terms are consecutive integers; a server starts in <see cref="Zero"/>.</summary>
/// <param name="Value">The number of the term: from 0 to <see cref="MaxValue"/>.</param>
public readonly record struct Term(long Value) : IComparable<Term>
{
    /// <summary>
    /// The largest number of a term, 2^62 - 1: at a thousand elections a second it lasts for a hundred million years. What comes from
    /// outside (a message, a disk) is checked against it, so that no sum in here can wrap. A server in this term starts no election.
    /// </summary>
    public const long MaxValue = (1L << 62) - 1;

    /// <summary>The term before the first election; no entry carries it.</summary>
    public static Term Zero => default;

    /// <summary>The last term that there is.</summary>
    public static Term Max => new(MaxValue);

    /// <summary>The term that follows this one.</summary>
    public Term Next => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    /// <summary>Whether the left term is the earlier one.</summary>
    public static bool operator <(Term left, Term right) => left.Value < right.Value;

    /// <summary>Whether the left term is the later one.</summary>
    public static bool operator >(Term left, Term right) => left.Value > right.Value;

    /// <summary>Whether the left term is the earlier one, or the same.</summary>
    public static bool operator <=(Term left, Term right) => left.Value <= right.Value;

    /// <summary>Whether the left term is the later one, or the same.</summary>
    public static bool operator >=(Term left, Term right) => left.Value >= right.Value;

    /// <summary>The number of the term.</summary>
    public override string ToString() => Value.ToString();
}
