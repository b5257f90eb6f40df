namespace Raft.Verification.KeyValue;

/// <summary>What became of a <see cref="KeyValueCommand"/>.</summary>
public enum KeyValueOutcome
{
    /// <summary>It was done: the value was read, or set.</summary>
    Done = 1,

    /// <summary>The key has another value than the expected one, so nothing was set.</summary>
    Mismatch,

    /// <summary>The bytes are not a command of a key-value store. They changed nothing.</summary>
    Damaged,
}

/// <summary>The result of a <see cref="KeyValueCommand"/>.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Value">
/// Of a get, or of a mismatch: the value of the key; null: it has none. Null for everything else.
/// </param>
public sealed record KeyValueResult(KeyValueOutcome Outcome, string? Value = null)
{
    /// <summary>The result as bytes.</summary>
    public byte[] Encode() => KeyValueEncoding.Write(writer =>
    {
        writer.Write((byte)Outcome);
        KeyValueEncoding.WriteOptional(writer, Value);
    });

    /// <summary>Decodes a result.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a result of a key-value store.</exception>
    public static KeyValueResult Decode(ReadOnlyMemory<byte> bytes) => KeyValueEncoding.Read(bytes, "A result", reader =>
    {
        var outcome = (KeyValueOutcome)reader.ReadByte();
        return outcome is >= KeyValueOutcome.Done and <= KeyValueOutcome.Damaged
            ? new KeyValueResult(outcome, KeyValueEncoding.ReadOptional(reader))
            : throw new InvalidDataException($"A result is damaged: there is no outcome {(byte)outcome}.");
    });
}
