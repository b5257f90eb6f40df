using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>
/// The form of a server's durable state in bytes: the labs' raft state, that is all of it but the snapshot's data, which a service gives
/// in its own form and is kept beside it. The form is that of <see cref="Transport.MessageCodec"/>.
/// </summary>
public static class DurableStateCodec
{
    private const byte _version = 1;

    /// <summary>The bytes of the state, without the snapshot's data.</summary>
    public static byte[] Encode(DurableState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var writer = new ByteWriter();
        writer.Byte(_version);
        writer.Term(state.Term);
        writer.Flag(state.VotedFor is not null);
        if (state.VotedFor is { } vote)
        {
            writer.Server(vote);
        }

        writer.Index(state.Snapshot.LastIndex);
        writer.Term(state.Snapshot.LastTerm);
        writer.Entries(state.Entries);
        return writer.ToArray();
    }

    /// <summary>The state that these bytes are, with the snapshot's data that was kept beside them.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a state, or the state contradicts itself.</exception>
    public static DurableState Decode(ReadOnlySpan<byte> bytes, SnapshotData snapshot)
    {
        const string what = "A server's durable state";
        var reader = new ByteReader(bytes, what);
        var version = reader.Byte("its version");
        if (version != _version)
        {
            throw reader.Damaged($"its version is {version}, not {_version}");
        }

        var term = reader.Term("the term");
        ServerId? vote = reader.Flag("whether there is a vote") ? reader.Server("the vote") : null;
        var lastIndex = reader.Index("the snapshot's last index");
        var lastTerm = reader.Term("the snapshot's last term");
        var state = new DurableState(term, vote, new Snapshot(lastIndex, lastTerm, snapshot), reader.Entries());
        reader.End();
        return state.Contradiction() is { } contradiction
            ? throw new InvalidDataException($"{what} is damaged: {contradiction}.")
            : state;
    }
}
