using System.Text;

namespace Raft.Impl.Core;

/// <summary>
/// What a client asks the replicated state machine to do: bytes that Raft carries and never interprets. Compared by value. The bytes must
/// not change.
/// </summary>
public readonly struct Command : IEquatable<Command>
{
    // The place of these bytes tells them from an empty command. A flag would take eight bytes of each entry.
    private static readonly ReadOnlyMemory<byte> _noOp = new byte[1].AsMemory(0, 0);

    private Command(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>Makes a command of a copy of these bytes.</summary>
    public Command(ReadOnlySpan<byte> bytes) => Bytes = bytes.ToArray();

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The number of bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>
    /// What an entry without a command holds instead (<see cref="LogEntry.NoOp"/>): no bytes. It differs from every command.
    /// </summary>
    internal static Command NoOp { get; } = new(_noOp);

    internal bool IsNoOp => Bytes.Length == 0 && Bytes.Equals(_noOp);

    /// <summary>A command of these bytes themselves, without a copy. They must not change any more.</summary>
    public static Command Of(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>A command that is a text, in UTF-8.</summary>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public static Command FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new Command(Encoding.UTF8.GetBytes(text).AsMemory());
    }

    /// <inheritdoc/>
    public bool Equals(Command other) =>
        Bytes.Equals(other.Bytes) || (Bytes.Span.SequenceEqual(other.Bytes.Span) && IsNoOp == other.IsNoOp);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Command other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => OpaqueBytes.HashOf(Bytes.Span);

    /// <summary>The command as text, if it is short and printable; otherwise its length and its first bytes.</summary>
    public override string ToString() => OpaqueBytes.TextOf(Bytes.Span);

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(Command left, Command right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(Command left, Command right) => !left.Equals(right);
}
