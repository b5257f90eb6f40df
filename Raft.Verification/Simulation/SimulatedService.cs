using System.Buffers.Binary;
using Raft.Impl.Core;
using Raft.Verification.Exploration;

namespace Raft.Verification.Simulation;

/// <summary>
/// The service on a server: a state machine whose state is a fingerprint of everything it applied, in order. Two services that applied different
/// things are in different states.
/// </summary>
internal sealed class SimulatedService
{
    /// <summary>A fingerprint of all that was applied.</summary>
    public ulong State { get; private set; }

    /// <summary>The index of what was applied last.</summary>
    public LogIndex Applied { get; private set; }

    /// <summary>Applies an entry, or takes the state of a snapshot.</summary>
    public void Apply(ApplyMessage message)
    {
        Applied = message.Index;
        if (message is ApplySnapshot { Snapshot: var snapshot })
        {
            // Data that no service ever made is another state too; what that means the monitors say.
            var data = snapshot.Data.Bytes.Span;
            State = data.Length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(data) : Digest.Add(0, snapshot.Data);
        }
        else if (message is ApplyEntry entry)
        {
            State = Digest.Add(State ^ (ulong)entry.Index.Value, entry.Command);
        }
    }

    /// <summary>The state, as a snapshot holds it.</summary>
    public Command Snapshot()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, State);
        return new Command(bytes);
    }
}
