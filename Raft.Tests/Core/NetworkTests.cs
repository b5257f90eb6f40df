using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>What replication costs on networks that delay, lose, or are slow: no more than a little above what is needed.</summary>
public class NetworkTests(Xunit.Abstractions.ITestOutputHelper output)
{
    // Of what must be sent.
    private const double Most = 1.3;

    // The shortest election timeout by default, in microseconds.
    private const long ElectionTimeout = 400_000;

    public static TheoryData<long, int, int> Rates
    {
        get
        {
            var rates = new TheoryData<long, int, int>();
            foreach (var (every, servers) in new[] { (10L, 2), (50, 2), (200, 3), (1_000, 3), (3_000, 3) })
            {
                for (var seed = 0; seed < 3; seed++)
                {
                    rates.Add(every, servers, seed);
                }
            }

            return rates;
        }
    }

    // A proposal each so many microseconds.
    [Theory]
    [MemberData(nameof(Rates))]
    public void Messages_that_overtake_each_other_cost_little(long every, int servers, int seed)
    {
        var network = new DelayedNetwork(servers, seed);
        network.Run(Math.Max(300_000, 500 * every), every);
        network.Run(200_000);
        for (var follower = 1; follower < servers; follower++)
        {
            Assert.Equal(network.Leader.Log, network.Cores[follower].Log);
            Check("entries", network.EntriesSent[follower], network.Leader.Log.LastIndex.Value);
        }
    }

    [Theory]
    [InlineData(10, 100)]
    [InlineData(50, 100)]
    [InlineData(200, 20)]
    [InlineData(1_000, 20)]
    public void Lost_messages_cost_little_more_than_what_was_lost(long every, int lossOneIn)
    {
        var (sent, needed) = (0L, 0L);
        for (var seed = 0; seed < 10; seed++)
        {
            var network = new DelayedNetwork(servers: 3, seed) { LossOneIn = lossOneIn };
            network.Run(Math.Max(200_000, 1_000 * every), every);
            network.Run(1_000_000);
            for (var follower = 1; follower < 3; follower++)
            {
                Assert.Equal(network.Leader.Log, network.Cores[follower].Log);
                sent += network.EntriesSent[follower];
                needed += network.Leader.Log.LastIndex.Value;
            }
        }

        Check("entries", sent, needed);
    }

    [Fact]
    public void Refusals_that_come_late_do_not_multiply_what_is_sent_again()
    {
        // A loss in the midst of a full pipeline: each message after it is refused, and the refusals arrive in any order while the rest is
        // sent again.
        var network = new DelayedNetwork(servers: 3, seed: 1) { WriteTime = 1_000, LossOneIn = 100 };
        network.Run(1_000_000, proposeEvery: 200);
        network.Run(500_000);
        for (var follower = 1; follower < 3; follower++)
        {
            Check("entries", network.EntriesSent[follower], network.Leader.Log.LastIndex.Value);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(2_000)]
    public void A_follower_that_was_cut_off_catches_up_within_a_second_at_little_cost(long maxDelay)
    {
        var network = new DelayedNetwork(servers: 3, seed: 7) { MaxDelay = maxDelay, Isolated = S3 };
        var commands = Enumerable.Repeat(Command.FromText("x"), 1_000).ToArray();
        for (var i = 0; i < 300; i++)
        {
            network.Propose(commands);
            network.Run(10_000);
        }

        network.Heal();
        var before = network.EntriesSent[2];
        output.WriteLine($"{network.RunUntilCaughtUp(S3, atMost: 1_000_000)} us");
        Check("entries", network.EntriesSent[2] - before, network.Leader.Log.LastIndex.Value);
    }

    // Bytes a second, the bytes of a command, and how many.
    [Theory]
    [InlineData(10_000_000, 40_000, 1_000)]
    [InlineData(125_000_000, 1_000_000, 200)]
    [InlineData(1_000_000, 100, 20_000)]
    public void Over_a_slow_link_a_follower_catches_up_without_an_election(long bytesPerSecond, int bytes, int count)
    {
        // A message must take far less time than an election timeout.
        var options = new CoreOptions
        {
            MaxUncommittedBytes = long.MaxValue,
            MaxMessageBytes = (int)Math.Min(bytesPerSecond / 10, CoreOptions.Default.MaxMessageBytes),
        };
        var network = new DelayedNetwork(servers: 3, seed: 7, options) { Isolated = S3 };
        network.Propose([.. Enumerable.Repeat(new Command(new byte[bytes]), count)]);
        network.Run(100_000);
        network.BytesPerSecond = bytesPerSecond;
        network.Heal();
        var (sent, needed) = (network.BytesSent[2], network.Leader.Log.From(new LogIndex(1)).Size);
        var ideal = needed * 1_000_000 / bytesPerSecond;
        var taken = network.RunUntilCaughtUp(S3, atMost: 2 * ideal);
        output.WriteLine($"{taken} us, at least {ideal}; silent for {network.LongestSilence[2]} us");
        Check("bytes", network.BytesSent[2] - sent, needed);
        Assert.InRange(network.LongestSilence[2], 0, ElectionTimeout);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Over_a_slow_link_a_snapshot_arrives_once_and_no_election_begins(int lossOneIn)
    {
        var network = new DelayedNetwork(servers: 3, seed: 7) { Isolated = S3 };
        network.Run(10_000, proposeEvery: 1_000);
        network.Run(10_000);
        const int bytes = 20_000_000;
        network.Compact(new SnapshotData(new byte[bytes]));
        (network.BytesPerSecond, network.LossOneIn) = (10_000_000, lossOneIn);
        network.Heal();
        var sent = network.BytesSent[2];
        var taken = network.RunUntilCaughtUp(S3, atMost: 4_000_000);
        output.WriteLine($"{taken} us; silent for {network.LongestSilence[2]} us");
        Check("bytes", network.BytesSent[2] - sent, bytes);
        Assert.InRange(network.LongestSilence[2], 0, ElectionTimeout);
        Assert.Equal(network.Leader.Log.Snapshot, network.Cores[2].Log.Snapshot);
    }

    private void Check(string what, long sent, long needed)
    {
        output.WriteLine($"{sent} {what} sent, {needed} needed: {(double)sent / needed:0.000}");
        Assert.True(sent <= Most * needed, $"{sent} {what} were sent, {needed} were needed: {(double)sent / needed:0.00} times as many.");
    }
}
