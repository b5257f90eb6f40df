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

        // The transport read each of them, which undamaged ones do not help to reach.
        Assert.Equal(100_000, fuzz.Damaged);

        // They reached everything: both kinds of connections, the fields of handshakes, sound messages, and connections that were ended
        // before their stream.
        Assert.InRange(fuzz.SnapshotConnections, 45_000, 55_000);
        Assert.InRange(fuzz.DamagedHandshakes, 25_000, 28_000);
        Assert.InRange(fuzz.CorrectedHandshakes, 7_000, 14_000);
        Assert.InRange(fuzz.Undamaged, 100_000, 300_000);
        Assert.InRange(fuzz.Delivered, 50_000, 200_000);
        Assert.InRange(fuzz.Ended, 30_000, 90_000);
    }

    [Fact]
    public void Equal_seeds_feed_the_same()
    {
        var (first, second) = (new TransportFuzz(seed: 5), new TransportFuzz(seed: 5));
        first.Run(5_000);
        second.Run(5_000);
        Assert.Equal(Counts(first), Counts(second));

        static (long, long, long, long, long) Counts(TransportFuzz fuzz) =>
            (fuzz.Undamaged, fuzz.CorrectedHandshakes, fuzz.SnapshotConnections, fuzz.Delivered, fuzz.Ended);
    }
}
