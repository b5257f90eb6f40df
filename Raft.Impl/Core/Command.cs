using System.Text;

namespace Raft.Impl.Core;

/// <summary>
/// What a client asks the replicated state machine to do: bytes that Raft carries and never looks into. Compared by value.
/// The bytes belong to the command from its making on: do not change them.
/// </summary>
public readonly struct Command : IEquatable<Command>
{
    private readonly byte[]? _bytes;

    /// <summary>Makes a command of a copy of these bytes.</summary>
    public Command(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    private Command(byte[] bytes) => _bytes = bytes;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>A command that is a text, in UTF-8.</summary>
    public static Command FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new Command(Encoding.UTF8.GetBytes(text));
    }

    /// <inheritdoc/>
    public bool Equals(Command other) =>
        ReferenceEquals(_bytes, other._bytes) || Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Command other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = 17;
        foreach (var b in Bytes.Span)
        {
            hash = (hash * 31) + b;
        }

        return hash;
    }

    /// <summary>The command as text, where it is one; else its length and its first bytes.</summary>
    public override string ToString()
    {
        var span = Bytes.Span;
        foreach (var b in span)
        {
            if (b is < 0x20 or > 0x7e)
            {
                return $"{span.Length} bytes {Convert.ToHexString(span[..Math.Min(span.Length, 8)])}";
            }
        }

        return Encoding.ASCII.GetString(span);
    }

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(Command left, Command right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(Command left, Command right) => !left.Equals(right);
}
