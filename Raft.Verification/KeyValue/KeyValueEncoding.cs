using System.Text;

namespace Raft.Verification.KeyValue;

/// <summary>The bytes of commands, results and snapshots: a text is its length in UTF-8, in groups of seven bits, and its bytes.</summary>
internal static class KeyValueEncoding
{
    // Texts that are not valid are damage: replaced, two of them could become one.
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes that an action writes.</summary>
    public static byte[] Write(Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, _strict);
        write(writer);
        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>What a function reads from bytes, all of them.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> bytes, string what, Func<BinaryReader, T> read)
    {
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        using var reader = new BinaryReader(stream, _strict);
        try
        {
            var value = read(reader);
            return stream.Position == stream.Length
                ? value
                : throw new InvalidDataException($"{what} is damaged: {stream.Length - stream.Position} bytes follow its end.");
        }
        catch (Exception exception) when (exception is IOException or FormatException or DecoderFallbackException)
        {
            throw new InvalidDataException($"{what} is damaged: {exception.Message}", exception);
        }
    }

    /// <summary>Writes a text, or that there is none.</summary>
    public static void WriteOptional(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
        {
            writer.Write(text);
        }
    }

    /// <summary>Reads a text, or that there is none.</summary>
    public static string? ReadOptional(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;
}
