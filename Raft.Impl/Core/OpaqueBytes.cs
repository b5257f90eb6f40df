using System.Text;

namespace Raft.Impl.Core;

/// <summary>What commands and snapshot data share: their bytes are compared and shown, but never interpreted.</summary>
internal static class OpaqueBytes
{
    /// <summary>A hash code of the bytes. It is the same in every process.</summary>
    public static int HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = 17;
        foreach (var b in bytes)
        {
            hash = (hash * 31) + b;
        }

        return hash;
    }

    /// <summary>The bytes as text, if it is short and printable; otherwise their number and the first of them.</summary>
    public static string TextOf(ReadOnlySpan<byte> bytes)
    {
        const int longest = 64;
        return bytes.Length <= longest && !bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)
            ? Encoding.ASCII.GetString(bytes)
            : $"{bytes.Length} bytes {Convert.ToHexString(bytes[..Math.Min(bytes.Length, 8)])}";
    }
}
