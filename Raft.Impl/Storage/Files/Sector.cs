using System.Buffers.Binary;
using Raft.Impl.Binary;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// The head of a sector of the log: the unit that a disk writes completely or not at all. Each sector has its own checksum, so that a
/// sector that was never written (zeros) differs from a damaged one. It says what it is a part of, so that the sectors of a group can be
/// told apart from any others.
/// </summary>
/// <param name="Epoch">Which opening of the storage wrote it: 1, 2, 3, ... A later one has a higher number.</param>
/// <param name="Group">The number of the group: 1, 2, 3, ..., without gaps.</param>
/// <param name="Index">Its place in the group, from 0 on.</param>
/// <param name="Count">How many sectors the group has.</param>
internal readonly record struct Sector(uint Epoch, long Group, int Index, int Count)
{
    /// <summary>The length of a sector.</summary>
    public const int Bytes = 512;

    /// <summary>The bytes of a sector that precede the data.</summary>
    public const int HeadBytes = 24;

    /// <summary>The bytes of data in a sector.</summary>
    public const int DataBytes = Bytes - HeadBytes;

    /// <summary>How many sectors hold this many bytes of data.</summary>
    public static long CountFor(long dataBytes) => (dataBytes + DataBytes - 1) / DataBytes;

    /// <summary>Writes the head, and the checksum of head and data.</summary>
    public void WriteTo(Span<byte> sector)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(sector[4..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(sector[8..], Group);
        BinaryPrimitives.WriteInt32LittleEndian(sector[16..], Index);
        BinaryPrimitives.WriteInt32LittleEndian(sector[20..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(sector, Checksum.Of(sector[4..Bytes]));
    }

    /// <summary>Reads the head of a sector.</summary>
    /// <returns>False if the checksum is wrong, or a number is out of its range.</returns>
    public static bool TryRead(ReadOnlySpan<byte> sector, out Sector head)
    {
        head = new Sector(
            BinaryPrimitives.ReadUInt32LittleEndian(sector[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(sector[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(sector[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(sector[20..]));
        return head is { Epoch: > 0, Group: > 0, Index: >= 0 } && head.Index < head.Count
            && BinaryPrimitives.ReadUInt32LittleEndian(sector) == Checksum.Of(sector[4..Bytes]);
    }

    /// <summary>Reads the data of a group.</summary>
    /// <param name="group">The sectors of the group, and possibly more bytes.</param>
    /// <param name="head">The first sector of the group.</param>
    /// <param name="data">The data of all its sectors.</param>
    /// <returns>The index of the first sector that is not the one that should be there; null: all are.</returns>
    public static int? ReadGroup(ReadOnlySpan<byte> group, Sector head, out byte[] data)
    {
        data = new byte[head.Count * DataBytes];
        for (var i = 0; i < head.Count; i++)
        {
            var sector = group.Slice(i * Bytes, Bytes);
            if (!TryRead(sector, out var next) || next != head with { Index = i })
            {
                return i;
            }

            sector[HeadBytes..].CopyTo(data.AsSpan(i * DataBytes));
        }

        return null;
    }

    /// <summary>The sector in words.</summary>
    public override string ToString() => $"sector {Index + 1} of {Count} of group {Group} (epoch {Epoch})";
}
