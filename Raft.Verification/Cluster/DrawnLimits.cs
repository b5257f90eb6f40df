using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>
/// The limits of the nodes and of the network in a schedule. Small clusters never reach limits that suit production, so tight limits are
/// drawn that they reach.
/// </summary>
/// <param name="Core">The limits of each server's core.</param>
/// <param name="MaxInboxBytes">The largest number of bytes of messages, and of proposals, in a node's inbox.</param>
/// <param name="BytesPerSecond">How many bytes a second a connection carries; zero means unlimited.</param>
internal sealed record DrawnLimits(CoreOptions Core, long MaxInboxBytes, long BytesPerSecond)
{
    private const long _roomy = 64 << 20;

    // An entry counts at least 35 bytes, a message at least 64.
    private static readonly DrawnLimits[] _tight =
    [
        new(new() { MaxEntriesPerMessage = 8, MaxInflightMessages = 1 }, _roomy, 0),
        new(new() { MaxEntriesPerMessage = 1, MaxInflightMessages = 3, MaxInflightBytes = 100 }, _roomy, 0),
        new(new() { MaxEntriesPerMessage = 64, MaxMessageBytes = 80, MaxInflightBytes = 200 }, _roomy, 20_000),
        new(new() { MaxEntriesPerMessage = 64, MaxMessageBytes = 16, MaxInflightMessages = 4 }, _roomy, 0),
        new(new() { MaxEntriesPerMessage = 4, MaxUncommittedBytes = 150 }, 400, 0),
        new(new() { MaxEntriesPerMessage = 64, MaxMessageBytes = 40, MaxInflightMessages = 2, MaxUncommittedBytes = 400 }, _roomy, 10_000),
    ];

    /// <summary>The limits of a schedule: tight ones, or in one schedule out of four those of the options.</summary>
    public static DrawnLimits Of(ClusterOptions options, Choices choices)
    {
        var draw = options.DrawsLimits ? choices.Number(_tight.Length + 2) : 0;
        return draw < 2 ? new DrawnLimits(options.Core, _roomy, options.BytesPerSecond) : _tight[draw - 2];
    }
}
