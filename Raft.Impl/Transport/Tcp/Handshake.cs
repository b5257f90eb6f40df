using System.Buffers.Binary;
using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>
/// What each end of a new connection sends first, byte by byte as in docs/reference/wire-format.md. The end that connected sends its
/// handshake; the other answers.
/// </summary>
/// <param name="LowestVersion">The lowest version of the protocol that the sender speaks; in an answer, the version that holds.</param>
/// <param name="HighestVersion">The highest version that the sender speaks; in an answer, the version that holds.</param>
/// <param name="ClusterId">The cluster of the sender; zeros in a refusal.</param>
/// <param name="From">The server that sends the handshake.</param>
/// <param name="To">The server that it is for.</param>
/// <param name="Kind">What the connection carries.</param>
/// <param name="Status">Whether the connection is accepted.</param>
internal readonly record struct Handshake(
    int LowestVersion,
    int HighestVersion,
    Guid ClusterId,
    ServerId From,
    ServerId To,
    LinkKind Kind,
    HandshakeStatus Status)
{
    /// <summary>The length in bytes.</summary>
    public const int Bytes = 44;

    /// <summary>The only version that this code speaks.</summary>
    public const int Version = 1;

    private const int _checked = Bytes - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "RAFTWIRE"u8;

    /// <summary>The bytes of the handshake.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Bytes];
        var span = bytes.AsSpan();
        Magic.CopyTo(span);
        BinaryPrimitives.WriteUInt16LittleEndian(span[8..], (ushort)LowestVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(span[10..], (ushort)HighestVersion);
        ClusterId.TryWriteBytes(span[12..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt32LittleEndian(span[28..], From.Value);
        BinaryPrimitives.WriteInt32LittleEndian(span[32..], To.Value);
        span[36] = (byte)Kind;
        span[37] = (byte)Status;
        BinaryPrimitives.WriteUInt32LittleEndian(span[_checked..], Checksum.Of(span[.._checked]));
        return bytes;
    }

    /// <summary>Reads a handshake.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a handshake.</exception>
    public static Handshake Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes || !bytes[..Magic.Length].SequenceEqual(Magic))
        {
            throw new InvalidDataException("The other end does not speak the protocol: its first bytes are not RAFTWIRE.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[_checked..]) != Checksum.Of(bytes[.._checked]))
        {
            throw new InvalidDataException("The handshake is damaged: its checksum does not match.");
        }

        var (lowest, highest) = (BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]));
        var (kind, status) = ((LinkKind)bytes[36], (HandshakeStatus)bytes[37]);
        if (lowest > highest || bytes[38] != 0 || bytes[39] != 0 || !Enum.IsDefined(kind) || !Enum.IsDefined(status))
        {
            throw new InvalidDataException("The handshake is damaged: a field has a value that this version does not know.");
        }

        return new Handshake(
            lowest,
            highest,
            new Guid(bytes[12..28], bigEndian: true),
            new ServerId(BinaryPrimitives.ReadInt32LittleEndian(bytes[28..])),
            new ServerId(BinaryPrimitives.ReadInt32LittleEndian(bytes[32..])),
            kind,
            status);
    }

    /// <summary>The answer that accepts this handshake.</summary>
    public Handshake Accepted() => new(Version, Version, ClusterId, To, From, Kind, HandshakeStatus.Accepted);

    /// <summary>The answer that refuses this handshake. It does not say which cluster refuses.</summary>
    /// <param name="status">Why.</param>
    public Handshake Refused(HandshakeStatus status) => new(Version, Version, Guid.Empty, To, From, Kind, status);

    /// <summary>Reads exactly one handshake from a connection.</summary>
    /// <exception cref="IOException">The connection ends before.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a handshake.</exception>
    public static async Task<Handshake> ReadAsync(IConnection connection)
    {
        var bytes = new byte[Bytes];
        for (var read = 0; read < Bytes;)
        {
            var count = await connection.ReadAsync(bytes.AsMemory(read));
            if (count == 0)
            {
                throw new EndOfStreamException($"The other end closed the connection after {read} of {Bytes} bytes of the handshake.");
            }

            read += count;
        }

        return Parse(bytes);
    }
}

/// <summary>What a connection carries, in one direction: from the end that connected.</summary>
internal enum LinkKind : byte
{
    /// <summary>All messages but those with bytes of a snapshot.</summary>
    Messages = 0,

    /// <summary>Messages with bytes of a snapshot, so that no other message waits behind them.</summary>
    Snapshots = 1,
}

/// <summary>Whether a connection is accepted, or why not.</summary>
internal enum HandshakeStatus : byte
{
    /// <summary>It is accepted. In the first handshake of a connection: nothing is known yet.</summary>
    Accepted = 0,

    /// <summary>The two ends have no version in common.</summary>
    OtherVersion = 1,

    /// <summary>The server belongs to another cluster.</summary>
    OtherCluster = 2,

    /// <summary>The handshake is for another server.</summary>
    OtherServer = 3,

    /// <summary>The sender is not a member, or is the server itself.</summary>
    NoMember = 4,

    /// <summary>The certificate of the sender is not that of the member that it claims to be.</summary>
    OtherCertificate = 5,
}
