using System.Buffers.Binary;
using System.Numerics;

namespace Raft.Impl.Binary;

/// <summary>CRC-32C (Castagnoli; RFC 3720, appendix B.4). It detects every single flipped bit, and every burst of up to 32 bits.</summary>
internal static class Checksum
{
    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Add(uint.MaxValue, bytes);

    /// <summary>The checksum of two runs of bytes, one after the other.</summary>
    public static uint Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => ~Add(Add(uint.MaxValue, first), second);

    internal static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var b in bytes)
        {
            sum = BitOperations.Crc32C(sum, b);
        }

        return sum;
    }
}

/// <summary>The <see cref="Checksum"/> of bytes that come in parts.</summary>
internal struct RunningChecksum()
{
    private uint _sum = uint.MaxValue;

    /// <summary>The checksum of all parts so far.</summary>
    public readonly uint Value => ~_sum;

    /// <summary>Adds the next part.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => _sum = Checksum.Add(_sum, bytes);
}
