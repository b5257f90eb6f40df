using System.Numerics;

namespace ModelChecking;

/// <summary>The values that a variable or a field of a message may have, coded as numbers from 0.</summary>
public sealed class Domain
{
    private readonly Scalarset? _scalarset;
    private readonly bool _isSet;
    private readonly string[]? _names;

    private Domain(int max, Scalarset? scalarset = null, bool isSet = false, string[]? names = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        Max = max;
        _scalarset = scalarset;
        _isSet = isSet;
        _names = names;
    }

    /// <summary>The greatest code.</summary>
    public int Max { get; }

    internal int Bits => 32 - BitOperations.LeadingZeroCount((uint)Max);

    /// <summary>The numbers from 0 to a maximum.</summary>
    /// <param name="max">The maximum.</param>
    public static Domain Number(int max) => new(max);

    /// <summary>Named alternatives, coded in this order from 0.</summary>
    /// <param name="names">The names.</param>
    public static Domain OneOf(params string[] names) => new(names.Length - 1, names: names);

    /// <summary>An element of a scalarset, coded by its number.</summary>
    /// <param name="scalarset">The scalarset.</param>
    public static Domain Member(Scalarset scalarset) => new(scalarset.Count - 1, scalarset);

    /// <summary>An element of a scalarset, or nil, which is coded by the number of elements.</summary>
    /// <param name="scalarset">The scalarset.</param>
    public static Domain MemberOrNil(Scalarset scalarset) => new(scalarset.Count, scalarset);

    /// <summary>A set of elements of a scalarset, coded as a bit mask.</summary>
    /// <param name="scalarset">The scalarset.</param>
    public static Domain SetOf(Scalarset scalarset) => new((1 << scalarset.Count) - 1, scalarset, isSet: true);

    /// <summary>A value in readable form.</summary>
    /// <param name="code">Its code.</param>
    public string Describe(int code) => this switch
    {
        { _names: { } names } => names[code],
        { _isSet: true, _scalarset: { } scalarset } =>
            $"{{{string.Join(", ", Enumerable.Range(0, scalarset.Count).Where(i => (code >> i & 1) != 0).Select(scalarset.NameOf))}}}",
        { _scalarset: { } scalarset } => code == scalarset.Count ? "nil" : scalarset.NameOf(code),
        _ => $"{code}",
    };

    internal int Rename(int code, Renaming renaming) =>
        _scalarset is null ? code : _isSet ? renaming.OfSet(_scalarset, code) : renaming.Of(_scalarset, code);
}
