using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>
/// The limits of the nodes and of the network in a schedule, and the protocol. Small clusters never reach limits that suit production, so
/// tight limits are drawn that they reach.
/// </summary>
/// <param name="Protocol">The extensions of Figure 2 that each server has.</param>
/// <param name="Core">The limits of each server's core.</param>
/// <param name="MaxInboxBytes">The largest number of bytes of messages, and of proposals, in a node's inbox.</param>
/// <param name="BytesPerSecond">How many bytes a second a connection carries; zero means unlimited.</param>
internal sealed record DrawnLimits(ProtocolOptions Protocol, CoreOptions Core, long MaxInboxBytes, long BytesPerSecond)
{
    private const long _roomy = 64 << 20;

    // An entry counts at least 35 bytes, a message at least 64.
    private static readonly (CoreOptions Core, long MaxInboxBytes, long BytesPerSecond)[] _tight =
    [
        (new() { MaxEntriesPerMessage = 8, MaxInflightMessages = 1 }, _roomy, 0),
        (new() { MaxEntriesPerMessage = 1, MaxInflightMessages = 3, MaxInflightBytes = 100 }, _roomy, 0),
        (new() { MaxEntriesPerMessage = 64, MaxMessageBytes = 80, MaxInflightBytes = 200 }, _roomy, 20_000),
        (new() { MaxEntriesPerMessage = 64, MaxMessageBytes = 16, MaxInflightMessages = 4 }, _roomy, 0),
        (new() { MaxEntriesPerMessage = 4, MaxUncommittedBytes = 150 }, 400, 0),
        (new() { MaxEntriesPerMessage = 64, MaxMessageBytes = 40, MaxInflightMessages = 2, MaxUncommittedBytes = 400 }, _roomy, 10_000),
    ];

    /// <summary>The limits of a schedule: tight ones, or in one schedule out of four those of the options.</summary>
    public static DrawnLimits Of(ClusterOptions options, Choices choices)
    {
        var draw = options.DrawsLimits ? choices.Number(_tight.Length + 2) : 0;
        var (core, maxInboxBytes, bytesPerSecond) = draw < 2 ? (options.Core, _roomy, options.BytesPerSecond) : _tight[draw - 2];
        return new DrawnLimits(DrawProtocol(options, choices), core, maxInboxBytes, bytesPerSecond);
    }

    // In one schedule out of four, what the options say; in one, what production has; otherwise any combination.
    private static ProtocolOptions DrawProtocol(ClusterOptions options, Choices choices)
    {
        var draw = options.DrawsProtocol ? choices.Number(4) : 0;
        if (draw < 2)
        {
            return draw == 0 ? options.Protocol : ProtocolOptions.Production;
        }

        var bits = choices.Number(1 << 7);
        bool Has(int bit) => (bits >> bit & 1) == 1;
        var lease = Has(6);
        return new()
        {
            NoOp = Has(0),
            PreVote = Has(1),
            CheckQuorum = Has(2),
            LeadershipTransfer = Has(3),
            LeaderStickiness = lease || Has(4),
            ReadIndex = lease || Has(5),
            LeaseReads = lease,
        };
    }
}
