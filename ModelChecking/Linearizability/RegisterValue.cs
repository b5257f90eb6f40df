namespace ModelChecking.Linearizability;

/// <summary>
/// The value of a register. A value that another was appended to shares the text of that one, so that a long value costs no more than a
/// short one.
/// </summary>
public sealed class RegisterValue : IEquatable<RegisterValue>
{
    // A hash of the text that does not depend on where it was appended: a polynomial of its characters.
    private const ulong _factor = 0x9E37_79B9_7F4A_7C15;

    private readonly RegisterValue? _prefix;
    private readonly string _suffix;
    private readonly ulong _hash;
    private readonly int _length;

    private RegisterValue(RegisterValue? prefix, string suffix)
    {
        (_prefix, _suffix) = (prefix, suffix);
        (_hash, _length) = prefix is null ? (0, 0) : (prefix._hash, prefix._length);
        _length += suffix.Length;
        foreach (var character in suffix)
        {
            _hash = (_hash * _factor) + character + 1;
        }
    }

    /// <summary>No value.</summary>
    public static RegisterValue Absent { get; } = new(null, string.Empty);

    /// <summary>The value with a text; null: no value.</summary>
    public static RegisterValue Of(string? text) => text is null ? Absent : new(null, text);

    /// <summary>The text; null: there is no value.</summary>
    public string? Text
    {
        get
        {
            if (ReferenceEquals(this, Absent))
            {
                return null;
            }

            var parts = new Stack<string>();
            for (var part = this; part is not null; part = part._prefix)
            {
                parts.Push(part._suffix);
            }

            return string.Concat(parts);
        }
    }

    /// <summary>This value with a text after it; no value counts as empty.</summary>
    public RegisterValue Append(string? text) => new(ReferenceEquals(this, Absent) ? null : this, text ?? string.Empty);

    /// <inheritdoc/>
    public bool Equals(RegisterValue? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || _hash != other._hash || _length != other._length || ReferenceEquals(this, Absent)
            || ReferenceEquals(other, Absent))
        {
            return false;
        }

        // From the end, until what is left is shared.
        var (one, two) = (this, other);
        var (left, right) = (one._suffix.Length, two._suffix.Length);
        for (var rest = _length; rest > 0; rest--)
        {
            for (; left == 0; left = one._suffix.Length)
            {
                one = one._prefix!;
            }

            for (; right == 0; right = two._suffix.Length)
            {
                two = two._prefix!;
            }

            if (left == right && ReferenceEquals(one, two))
            {
                return true;
            }

            if (one._suffix[--left] != two._suffix[--right])
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RegisterValue);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(_hash ^ (_hash >> 32)) ^ (ReferenceEquals(this, Absent) ? 1 : 0);

    /// <inheritdoc/>
    public override string ToString() => Text ?? "nil";
}
