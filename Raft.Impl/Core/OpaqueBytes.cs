using System.Text;

namespace Raft.Impl.Core;

/// <summary>What commands and snapshots have in common: their bytes are compared and shown, but never looked into.</summary>
internal static class OpaqueBytes
{
    /// <summary>A hash code of the bytes: the same in each process.</summary>
    public static int HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = 17;
        foreach (var b in bytes)
        {
            hash = (hash * 31) + b;
        }

        return hash;
    }

    /// <summary>The bytes as text, where it is a short one; otherwise how many there are, and the first ones.</summary>
    public static string TextOf(ReadOnlySpan<byte> bytes)
    {
        const int longest = 64;
        return bytes.Length <= longest && !bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)
            ? Encoding.ASCII.GetString(bytes)
            : $"{bytes.Length} bytes {Convert.ToHexString(bytes[..Math.Min(bytes.Length, 8)])}";
    }
}
