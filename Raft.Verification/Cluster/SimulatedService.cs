using System.Buffers.Binary;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>
/// The service of a server: a state machine whose state is a fingerprint of everything that it applied, in order. Services that applied
/// different commands have different states.
/// </summary>
/// <param name="compactEvery">The number of entries after which it compacts the log; zero means never.</param>
/// <param name="server">
/// The server. Snapshots of the same state differ between servers, so that a snapshot pieced together from two servers is detected.
/// </param>
internal sealed class SimulatedService(int compactEvery, ServerId server) : IService
{
    private LogIndex _compacted;

    /// <inheritdoc/>
    public ulong State { get; private set; }

    /// <inheritdoc/>
    public LogIndex Applied { get; private set; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Apply(ApplyMessage message)
    {
        Applied = message.Index;
        if (message.Snapshot is { } snapshot)
        {
            _compacted = message.Index;

            // Data that no service made gives another state, which the monitors detect.
            var data = snapshot.Data.Bytes.Span;
            var state = data.Length >= sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(data) : 0;
            var filling = data.Length > sizeof(ulong) ? data[^1] : default;
            State = snapshot.Data == Data(Applied, state, filling) ? state : RaftDigest.Add(0, snapshot.Data);
            return default;
        }

        State = RaftDigest.Add(State ^ (ulong)message.Index.Value, message.Command);
        return BitConverter.GetBytes(State);
    }

    /// <inheritdoc/>
    public SnapshotData? Compact()
    {
        if (compactEvery == 0 || Applied - _compacted < compactEvery)
        {
            return null;
        }

        _compacted = Applied;
        return Data(Applied, State, (byte)server.Value);
    }

    // The sizes vary, so that some snapshots take several chunks.
    private static SnapshotData Data(LogIndex applied, ulong state, byte filling)
    {
        var bytes = new byte[sizeof(ulong) + (applied.Value % 4 * 12)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, state);
        bytes.AsSpan(sizeof(ulong)).Fill(filling);
        return SnapshotData.Of(bytes);
    }
}
