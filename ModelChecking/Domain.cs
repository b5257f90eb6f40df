using System.Numerics;

namespace ModelChecking;

/// <summary>The values that a variable or a field of a message may have, coded as numbers from 0.</summary>
public sealed class Domain
{
    private readonly Sort? _sort;
    private readonly bool _isSet;
    private readonly string[]? _names;

    private Domain(int max, Sort? sort = null, bool isSet = false, string[]? names = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        Max = max;
        _sort = sort;
        _isSet = isSet;
        _names = names;
    }

    /// <summary>The greatest code.</summary>
    public int Max { get; }

    internal int Bits => 32 - BitOperations.LeadingZeroCount((uint)Max);

    /// <summary>The numbers from 0 to a greatest.</summary>
    /// <param name="max">The greatest.</param>
    public static Domain Number(int max) => new(max);

    /// <summary>Named alternatives, coded in this order from 0.</summary>
    /// <param name="names">The names.</param>
    public static Domain OneOf(params string[] names) => new(names.Length - 1, names: names);

    /// <summary>One of a sort, coded by its number.</summary>
    /// <param name="sort">The sort.</param>
    public static Domain Member(Sort sort) => new(sort.Count - 1, sort);

    /// <summary>One of a sort, or nil, which is coded by the number of elements.</summary>
    /// <param name="sort">The sort.</param>
    public static Domain MemberOrNil(Sort sort) => new(sort.Count, sort);

    /// <summary>A set of members of a sort, coded as a bit mask.</summary>
    /// <param name="sort">The sort.</param>
    public static Domain SetOf(Sort sort) => new((1 << sort.Count) - 1, sort, isSet: true);

    /// <summary>A value, for people.</summary>
    /// <param name="code">Its code.</param>
    public string Describe(int code) => this switch
    {
        { _names: { } names } => names[code],
        { _isSet: true, _sort: { } sort } =>
            $"{{{string.Join(", ", Enumerable.Range(0, sort.Count).Where(i => (code >> i & 1) != 0).Select(sort.NameOf))}}}",
        { _sort: { } sort } => code == sort.Count ? "nil" : sort.NameOf(code),
        _ => $"{code}",
    };

    internal int Rename(int code, Renaming renaming) =>
        _sort is null ? code : _isSet ? renaming.OfSet(_sort, code) : renaming.Of(_sort, code);
}
