using System.Buffers.Binary;
using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>A record of the log: a write of the node, or, at the start of a segment, the state that the writes before it led to.</summary>
/// <param name="Sequence">
/// The number of the write: 1, 2, 3, ... over the whole life of the directory; of a state, that of the last write.
/// </param>
/// <param name="IsState">Whether it is the state at the start of a segment.</param>
/// <param name="Term">The term from now on.</param>
/// <param name="VotedFor">The vote from now on; null: none.</param>
/// <param name="Snapshot">The stored snapshot, if it is a state or the write stores one; null: no change.</param>
/// <param name="KeepsLog">Whether the entries that follow the new snapshot are kept.</param>
/// <param name="Log">The new end of the log; null: no change.</param>
/// <param name="LastIndex">The last index of the log, if it is a state.</param>
internal readonly record struct LogRecord(
    long Sequence,
    bool IsState,
    Term Term,
    ServerId? VotedFor,
    SnapshotReference? Snapshot,
    bool KeepsLog,
    LogSuffix? Log,
    LogIndex LastIndex)
{
    /// <summary>The bytes of a record that precede its content.</summary>
    public const int HeadBytes = 17;

    private const byte _write = 1;
    private const byte _state = 2;

    /// <summary>The state at the start of a segment.</summary>
    public static LogRecord Of(long sequence, LogState state) =>
        new(sequence, IsState: true, state.Term, state.VotedFor, state.Snapshot, KeepsLog: false, Log: null, state.LastIndex);

    /// <summary>The bytes of the record.</summary>
    public byte[] ToArray() => Write(new ByteWriter()).ToArray();

    /// <summary>The bytes of the record.</summary>
    /// <param name="writer">Holds them. They are valid until it is used again.</param>
    public ReadOnlySpan<byte> Write(ByteWriter writer)
    {
        writer.Clear();
        writer.Skip(HeadBytes);
        writer.Term(Term);
        writer.Flag(VotedFor is not null);
        if (VotedFor is { } vote)
        {
            writer.Server(vote);
        }

        writer.Flag(Snapshot is not null);
        if (Snapshot is { } snapshot)
        {
            writer.Number(snapshot.Number);
            writer.Index(snapshot.LastIndex);
            writer.Term(snapshot.LastTerm);
            writer.Number(snapshot.Length);
            writer.Number(snapshot.Checksum);
        }

        if (IsState)
        {
            writer.Index(LastIndex);
        }
        else
        {
            writer.Flag(KeepsLog);
            writer.Flag(Log is not null);
            if (Log is { } suffix)
            {
                writer.Index(suffix.First);
                writer.Entries(suffix.Entries);
            }
        }

        WriteHead(writer.Memory.Span);
        return writer.Written;
    }

    /// <summary>Reads the records of a group.</summary>
    /// <exception cref="InvalidDataException">The bytes are no records.</exception>
    public static IEnumerable<LogRecord> ReadAll(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Span.ContainsAnyExcept((byte)0))
        {
            var record = Read(bytes.Span, out var length);
            yield return record;
            bytes = bytes[length..];
        }
    }

    private void WriteHead(Span<byte> record)
    {
        var content = record[HeadBytes..];
        BinaryPrimitives.WriteInt32LittleEndian(record, content.Length);
        record[4] = IsState ? _state : _write;
        BinaryPrimitives.WriteInt64LittleEndian(record[5..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(record[13..], Checksum.Of(record[..13], content));
    }

    private static LogRecord Read(ReadOnlySpan<byte> bytes, out int length)
    {
        const string what = "A record of the log";
        if (bytes.Length < HeadBytes)
        {
            throw new InvalidDataException($"{what} has only {bytes.Length} bytes.");
        }

        var contentLength = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (contentLength < 0 || contentLength > bytes.Length - HeadBytes)
        {
            throw new InvalidDataException($"{what} has a length of {contentLength} bytes, but {bytes.Length - HeadBytes} follow.");
        }

        length = HeadBytes + contentLength;
        var content = bytes[HeadBytes..length];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[13..]) != Checksum.Of(bytes[..13], content))
        {
            throw new InvalidDataException($"The checksum of a record of the log is wrong.");
        }

        var isState = bytes[4] == _state;
        if (!isState && bytes[4] != _write)
        {
            throw new InvalidDataException($"{what} has the unknown type {bytes[4]}.");
        }

        var sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[5..]);
        var reader = new ByteReader(content, what);
        var term = reader.Term("the term");
        ServerId? vote = reader.Flag("whether there is a vote") ? reader.Server("the vote") : null;
        SnapshotReference? snapshot = reader.Flag("whether there is a snapshot") ? ReadSnapshot(ref reader) : null;
        LogRecord record;
        if (isState)
        {
            record = Of(sequence, new LogState(term, vote, snapshot ?? default(SnapshotReference), reader.Index("the last index")));
        }
        else
        {
            var keepsLog = reader.Flag("whether the log is kept");
            var log = reader.Flag("whether there are entries")
                ? new LogSuffix(reader.Index("the first index"), reader.Entries())
                : null;
            record = new LogRecord(sequence, false, term, vote, snapshot, keepsLog, log, default);
        }

        reader.End();
        return record;
    }

    private static SnapshotReference ReadSnapshot(ref ByteReader reader) => new(
        reader.Number("the number of the snapshot"),
        reader.Index("the snapshot's last index"),
        reader.Term("the snapshot's last term"),
        reader.Number("the snapshot's length"),
        unchecked((uint)reader.Number("the snapshot's checksum")));
}
