using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>
/// The limits of the nodes and of the network in a schedule, the protocol, the storage and the transport. Small clusters never reach
/// limits that suit production, so tight limits are drawn that they reach.
/// </summary>
/// <param name="Protocol">The extensions of Figure 2 that each server has.</param>
/// <param name="Core">The limits of each server's core.</param>
/// <param name="MaxInboxBytes">The largest number of bytes of messages, and of proposals, in a node's inbox.</param>
/// <param name="BytesPerSecond">How many bytes a second a connection carries; zero means unlimited.</param>
/// <param name="Files">Whether the servers store in files.</param>
/// <param name="Streams">Whether the servers send over streams of bytes.</param>
internal sealed record DrawnLimits(
    ProtocolOptions Protocol, CoreOptions Core, long MaxInboxBytes, long BytesPerSecond, bool Files, bool Streams)
{
    // Files and streams take more steps. A schedule that has them is one of so many.
    private const int _everyFew = 16;
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
        var protocol = options.DrawsProtocol ? DrawProtocol(options.Protocol, choices.Number) : options.Protocol;
        var files = options.Files || (options.DrawsStorage && choices.Number(_everyFew) == _everyFew - 1);
        var streams = options.Streams || (options.DrawsTransport && choices.Number(_everyFew) == _everyFew - 1);
        return new DrawnLimits(protocol, core, maxInboxBytes, bytesPerSecond, files, streams);
    }

    /// <summary>
    /// Draws extensions of Figure 2: in one case out of four the given ones, in one those of production, otherwise any combination. If the
    /// given ones have leases, all have.
    /// </summary>
    /// <param name="given">The extensions that a scenario is made for.</param>
    /// <param name="number">Draws a number from 0 up to, but not including, a bound.</param>
    public static ProtocolOptions DrawProtocol(ProtocolOptions given, Func<int, int> number)
    {
        var draw = number(4);
        if (draw == 0)
        {
            return given;
        }

        var bits = draw == 1 ? 0 : number(1 << 7);
        bool Has(int bit) => (bits >> bit & 1) == 1;
        var lease = given.LeaseReads || Has(6);
        var protocol = draw == 1 ? ProtocolOptions.Production : new()
        {
            NoOp = Has(0),
            PreVote = Has(1),
            CheckQuorum = Has(2),
            LeadershipTransfer = Has(3),
            LeaderStickiness = Has(4),
            ReadIndex = Has(5),
        };
        return lease ? protocol with { LeaderStickiness = true, ReadIndex = true, LeaseReads = true } : protocol;
    }
}
