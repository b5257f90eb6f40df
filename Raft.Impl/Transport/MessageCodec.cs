using System.Buffers;
using System.Runtime.InteropServices;
using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Transport;

/// <summary>
/// Encodes messages for a network: a byte for the kind, then the members in the order of Figure 2. Numbers are as short as possible (see
/// docs/reference/encoding.md for the table): an idle heartbeat takes about ten bytes. A transport adds what its medium needs: lengths if
/// there are no packets, checksums if bytes may flip.
/// </summary>
public static class MessageCodec
{
    private enum Kind : byte
    {
        RequestVote = 1,
        RequestVoteReply = 2,
        AppendEntries = 3,
        AppendEntriesReply = 4,
        InstallSnapshot = 5,
        InstallSnapshotReply = 6,
        PreVote = 7,
        PreVoteReply = 8,
        TimeoutNow = 9,
        ReadIndexRequest = 10,
        ReadIndexReply = 11,
    }

    /// <summary>Encodes a message.</summary>
    /// <exception cref="ArgumentNullException">The message is null.</exception>
    /// <exception cref="ArgumentException">The message has an unknown kind, or holds a negative term or index.</exception>
    public static byte[] Encode(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var writer = new ByteWriter();
        Encode(message, writer);
        return writer.ToArray();
    }

    /// <summary>Encodes a message straight into a buffer, such as a pipe.</summary>
    /// <returns>How many bytes it takes.</returns>
    /// <exception cref="ArgumentException">The message has an unknown kind, or holds a negative term or index.</exception>
    public static int Encode(Message message, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(destination);
        var length = EncodeInto(destination.GetMemory(RoomFor(message)), message, new ByteWriter());
        destination.Advance(length);
        return length;
    }

    /// <summary>
    /// The bytes of memory that <see cref="EncodeInto"/> needs. No message takes more bytes than it counts; the number that is written last
    /// reserves a little more than it needs.
    /// </summary>
    internal static int RoomFor(Message message) => checked((int)message.Size + 16);

    /// <summary>Encodes a message into memory.</summary>
    /// <param name="room">At least <see cref="RoomFor"/> bytes.</param>
    /// <param name="message">The message.</param>
    /// <param name="writer">A writer that is used again.</param>
    /// <returns>How many bytes it takes.</returns>
    internal static int EncodeInto(Memory<byte> room, Message message, ByteWriter writer)
    {
        writer.Begin(MemoryMarshal.TryGetArray<byte>(room, out var array) ? array : new byte[room.Length]);
        Encode(message, writer);
        var written = writer.Written;
        if (!written.Overlaps(room.Span))
        {
            written.CopyTo(room.Span);
        }

        return written.Length;
    }

    private static void Encode(Message message, ByteWriter writer)
    {
        writer.Byte((byte)KindOf(message));
        writer.Server(message.From);
        writer.Server(message.To);
        writer.Term(message.Term);
        switch (message)
        {
            case RequestVote request:
                writer.Index(request.LastLogIndex);
                writer.Term(request.LastLogTerm);
                writer.Flag(request.IsTransfer);
                break;
            case RequestVoteReply reply:
                writer.Flag(reply.VoteGranted);
                break;
            case AppendEntries request:
                writer.Index(request.PrevLogIndex);
                writer.Term(request.PrevLogTerm);
                writer.Index(request.LeaderCommit);
                writer.Number(request.Round);
                writer.Entries(request.Entries);
                break;
            case AppendEntriesReply reply:
                writer.Flag(reply.Success);
                writer.Index(reply.LastIndex);
                writer.Index(reply.ConflictIndex);
                writer.Flag(reply.ConflictTerm is not null);
                if (reply.ConflictTerm is { } conflictTerm)
                {
                    writer.Term(conflictTerm);
                }

                writer.Number(reply.Round);
                break;
            case InstallSnapshot request:
                writer.Index(request.LastIndex);
                writer.Term(request.LastTerm);
                writer.Number(request.Offset);
                writer.Flag(request.Done);
                writer.Number(request.Round);
                writer.Bytes(request.Data.Bytes.Span);
                break;
            case InstallSnapshotReply reply:
                writer.Index(reply.LastIndex);
                writer.Flag(reply.Missing is not null);
                if (reply.Missing is { } missing)
                {
                    writer.Number(missing);
                }

                writer.Number(reply.Round);
                break;
            case PreVote request:
                writer.Index(request.LastLogIndex);
                writer.Term(request.LastLogTerm);
                break;
            case PreVoteReply reply:
                writer.Flag(reply.VoteGranted);
                break;
            case ReadIndexRequest request:
                writer.Number(request.Id);
                break;
            case ReadIndexReply reply:
                writer.Number(reply.Id);
                writer.Index(reply.ReadIndex);
                break;
        }
    }

    /// <summary>
    /// Decodes a message. The message may still be contradictory (<see cref="Message.Contradiction"/>). It takes a small multiple of the
    /// bytes in memory, whatever the bytes are.
    /// </summary>
    /// <exception cref="InvalidDataException">The bytes are not a message. The exception says what does not fit, and where.</exception>
    public static Message Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, "A message");
        var kind = (Kind)reader.Byte("its kind");
        if (!Enum.IsDefined(kind))
        {
            throw reader.Damaged($"there is no kind {(byte)kind}");
        }

        var from = reader.Server("the sender");
        var to = reader.Server("the receiver");
        var term = reader.Term("the term");
        var message = Members(ref reader, kind, from, to, term);
        reader.End();
        return message;
    }

    private static Message Members(ref ByteReader reader, Kind kind, ServerId from, ServerId to, Term term)
    {
        switch (kind)
        {
            case Kind.RequestVote:
                return new RequestVote(
                    from, to, term, reader.Index("lastLogIndex"), reader.Term("lastLogTerm"), reader.Flag("whether it is by transfer"));
            case Kind.RequestVoteReply:
                return new RequestVoteReply(from, to, term, reader.Flag("voteGranted"));
            case Kind.AppendEntries:
                var prevLogIndex = reader.Index("prevLogIndex");
                var prevLogTerm = reader.Term("prevLogTerm");
                var leaderCommit = reader.Index("leaderCommit");
                var round = reader.Number("the round");
                return new AppendEntries(
                    from, to, term, prevLogIndex, prevLogTerm, reader.Entries(CoreOptions.MostEntriesPerMessage), leaderCommit, round);
            case Kind.AppendEntriesReply:
                var success = reader.Flag("success");
                var lastIndex = reader.Index("the last index");
                var conflictIndex = reader.Index("the conflicting index");
                Term? conflictTerm = reader.Flag("whether there is a conflicting term") ? reader.Term("the conflicting term") : null;
                return new AppendEntriesReply(
                    from, to, term, success, lastIndex, conflictIndex, conflictTerm, reader.Number("the round"));
            case Kind.InstallSnapshot:
                var lastIncludedIndex = reader.Index("lastIncludedIndex");
                var lastIncludedTerm = reader.Term("lastIncludedTerm");
                var offset = reader.Number("the offset");
                var done = reader.Flag("done");
                var roundOfChunk = reader.Number("the round");
                return new InstallSnapshot(
                    from, to, term, lastIncludedIndex, lastIncludedTerm, offset, reader.SnapshotData("the data"), done, roundOfChunk);
            case Kind.PreVote:
                return new PreVote(from, to, term, reader.Index("lastLogIndex"), reader.Term("lastLogTerm"));
            case Kind.PreVoteReply:
                return new PreVoteReply(from, to, term, reader.Flag("voteGranted"));
            case Kind.TimeoutNow:
                return new TimeoutNow(from, to, term);
            case Kind.ReadIndexRequest:
                return new ReadIndexRequest(from, to, term, reader.Number("the read"));
            case Kind.ReadIndexReply:
                return new ReadIndexReply(from, to, term, reader.Number("the read"), reader.Index("the read index"));
            default:
                var installed = reader.Index("the last index");
                long? missing = reader.Flag("whether bytes are missing") ? reader.Number("the position of the missing bytes") : null;
                return new InstallSnapshotReply(from, to, term, installed, missing, reader.Number("the round"));
        }
    }

    private static Kind KindOf(Message message) => message switch
    {
        RequestVote => Kind.RequestVote,
        RequestVoteReply => Kind.RequestVoteReply,
        AppendEntries => Kind.AppendEntries,
        AppendEntriesReply => Kind.AppendEntriesReply,
        InstallSnapshot => Kind.InstallSnapshot,
        InstallSnapshotReply => Kind.InstallSnapshotReply,
        PreVote => Kind.PreVote,
        PreVoteReply => Kind.PreVoteReply,
        TimeoutNow => Kind.TimeoutNow,
        ReadIndexRequest => Kind.ReadIndexRequest,
        ReadIndexReply => Kind.ReadIndexReply,
        _ => throw new ArgumentException($"There is no form for {message.GetType().Name}.", nameof(message)),
    };
}
