using System.Buffers.Binary;
using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>The first sector of each file: what it is, whose, and how long.</summary>
/// <param name="Kind">Segment, snapshot or marker.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Server">The server.</param>
/// <param name="Number">The number of the segment or the snapshot: 1, 2, 3, ...; of a marker, a term.</param>
/// <param name="FileBytes">The length of the whole file.</param>
/// <param name="PageBytes">The length of a page of the log; of a snapshot, 512.</param>
/// <param name="DataChecksum">The checksum of what follows in the file of a snapshot; of a segment, 0.</param>
internal readonly record struct FileHeader(
    FileKind Kind, Guid ClusterId, ServerId Server, long Number, long FileBytes, int PageBytes, uint DataChecksum)
{
    /// <summary>The version of the format.</summary>
    public const uint Version = 1;

    /// <summary>The length of the header: a sector.</summary>
    public const int Bytes = Sector.Bytes;

    /// <summary>The name of the file.</summary>
    public string FileName => NameOf(Kind, Number);

    /// <summary>The name of the file of a kind and a number.</summary>
    public static string NameOf(FileKind kind, long number) => kind switch
    {
        FileKind.Segment => $"log-{number:d16}",
        FileKind.Snapshot => $"snapshot-{number:d16}",
        _ => FileStorage.LostName,
    };

    /// <summary>Reads the number of a file from its name.</summary>
    public static bool TryParse(string name, FileKind kind, out long number)
    {
        number = 0;
        var prefix = kind == FileKind.Segment ? "log-" : "snapshot-";
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(prefix.Length), System.Globalization.NumberStyles.None, null, out number)
            && number > 0
            && name == NameOf(kind, number);
    }

    /// <summary>The bytes of the header.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Bytes];
        Magic(Kind).CopyTo(bytes.AsSpan(4));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Version);
        ClusterId.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), Server.Value);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(36), PageBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), FileBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(56), DataChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Checksum.Of(bytes.AsSpan(4)));
        return bytes;
    }

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">The first sector of a file.</param>
    /// <param name="kind">What the file should be.</param>
    /// <param name="problem">What is wrong; null if the header is valid.</param>
    /// <param name="remedy">What to do if the file has another version: it is not damaged. Otherwise null.</param>
    public static FileHeader Read(ReadOnlySpan<byte> bytes, FileKind kind, out string? problem, out string? remedy)
    {
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        (problem, remedy) = !bytes[4..12].SequenceEqual(Magic(kind))
            ? ($"It does not begin as a {kind.ToString().ToLowerInvariant()} does.", null)
            : BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Checksum.Of(bytes[4..Bytes])
                ? ("The checksum of the header is wrong.", null)
            : version != Version
                ? ($"It has version {version} of the format; this program reads version {Version} only.",
                    $"The files were not changed. Start this server with a program that reads version {version}.")
            : ((string?)null, (string?)null);
        return new FileHeader(
            kind,
            new Guid(bytes[16..32], bigEndian: true),
            new ServerId(BinaryPrimitives.ReadInt32LittleEndian(bytes[32..])),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[36..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[56..]));
    }

    private static ReadOnlySpan<byte> Magic(FileKind kind) => kind switch
    {
        FileKind.Segment => "RAFT-LOG"u8,
        FileKind.Snapshot => "RAFTSNAP"u8,
        _ => "RAFTLOST"u8,
    };
}

/// <summary>What a file of a storage is.</summary>
internal enum FileKind
{
    /// <summary>A segment of the log.</summary>
    Segment,

    /// <summary>A snapshot.</summary>
    Snapshot,

    /// <summary>The marker of a directory that was given up.</summary>
    Lost,
}
