using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>
/// Encodes a server's durable state: the labs' raft state. That is everything but the snapshot's data, which is in the service's own form,
/// and is stored separately. Numbers are encoded as in <see cref="Transport.MessageCodec"/>.
/// </summary>
public static class DurableStateCodec
{
    private const byte _version = 1;

    /// <summary>Encodes the state, without the snapshot's data.</summary>
    /// <exception cref="ArgumentNullException">The state is null.</exception>
    /// <exception cref="ArgumentException">The state holds a negative term or index, or a command of term 0.</exception>
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

    /// <summary>Decodes a state, and adds the snapshot's data, which was stored separately.</summary>
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
