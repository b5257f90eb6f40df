using Raft.Impl.Core;

namespace Raft.Verification.KeyValue;

/// <summary>A command to <see cref="KeyValueStore"/>.</summary>
/// <param name="Key">The key.</param>
public abstract record KeyValueCommand(string Key)
{
    /// <summary>The command as bytes, for a <see cref="Raft.Impl.Service.SessionCommand"/>.</summary>
    public Command Encode() => Command.Of(KeyValueEncoding.Write(writer =>
    {
        switch (this)
        {
            case Get:
                writer.Write((byte)1);
                writer.Write(Key);
                break;
            case Put put:
                writer.Write((byte)2);
                writer.Write(Key);
                writer.Write(put.Value);
                break;
            case CompareAndSet set:
                writer.Write((byte)3);
                writer.Write(Key);
                KeyValueEncoding.WriteOptional(writer, set.Expected);
                writer.Write(set.Value);
                break;
        }
    }));

    /// <summary>Decodes a command.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a command of a key-value store.</exception>
    public static KeyValueCommand Decode(ReadOnlyMemory<byte> bytes) => KeyValueEncoding.Read<KeyValueCommand>(bytes, "A command", reader =>
    {
        var kind = reader.ReadByte();
        var key = reader.ReadString();
        return kind switch
        {
            1 => new Get(key),
            2 => new Put(key, reader.ReadString()),
            3 => new CompareAndSet(key, KeyValueEncoding.ReadOptional(reader), reader.ReadString()),
            _ => throw new InvalidDataException($"A command is damaged: there is no kind {kind}."),
        };
    });

    // Only this file derives from it.
    private protected abstract void Closed();

    /// <summary>Reads the value of a key, through the log.</summary>
    /// <param name="Key">The key.</param>
    public sealed record Get(string Key) : KeyValueCommand(Key)
    {
        private protected override void Closed()
        {
        }
    }

    /// <summary>Gives a key a value.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Value">The value.</param>
    public sealed record Put(string Key, string Value) : KeyValueCommand(Key)
    {
        private protected override void Closed()
        {
        }
    }

    /// <summary>Gives a key a value, if it has the expected one.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Expected">The value that it must have; null: it must have none.</param>
    /// <param name="Value">The new value.</param>
    public sealed record CompareAndSet(string Key, string? Expected, string Value) : KeyValueCommand(Key)
    {
        private protected override void Closed()
        {
        }
    }
}
