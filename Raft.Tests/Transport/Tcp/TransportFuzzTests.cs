using Raft.Verification.Parts;

namespace Raft.Tests.Transport.Tcp;

/// <summary>Damaged handshakes and frames. <c>raft-verify fuzz transport</c> feeds more of them.</summary>
public sealed class TransportFuzzTests
{
    [Fact]
    public void A_hundred_thousand_damaged_frames_and_handshakes_cost_their_connections_only()
    {
        var fuzz = new TransportFuzz(seed: 1);
        fuzz.Run(100_000);

        // They reached everything: sound messages, and connections that were ended before all was read.
        Assert.InRange(fuzz.Delivered, 10_000, 100_000);
        Assert.InRange(fuzz.Ended, 1_000, fuzz.Connections);
        Assert.Equal(1_696, fuzz.CorrectedHandshakes);
    }

    [Fact]
    public void Equal_seeds_feed_the_same()
    {
        var (first, second) = (new TransportFuzz(seed: 5), new TransportFuzz(seed: 5));
        first.Run(5_000);
        second.Run(5_000);
        Assert.Equal((first.Connections, first.Delivered, first.Ended), (second.Connections, second.Delivered, second.Ended));
    }
}
