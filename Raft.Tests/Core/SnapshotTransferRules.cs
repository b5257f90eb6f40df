using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>Figure 13: a snapshot goes in chunks, with their offsets, one at a time; it is resumed where it stopped.</summary>
public class SnapshotTransferRules
{
    private const string Data = "abcdefghij";

    private static readonly CoreOptions _chunksOfFour = new() { MaxMessageBytes = 4 };

    private static Snapshot SnapshotOf(string data) => new(new LogIndex(4), new Term(1), SnapshotData.FromText(data));

    // A leader of term 5 whose log is a snapshot up to entry 4, and S3, whose log is empty.
    private static Server LeaderOf(string data = Data, CoreOptions? options = null) =>
        Leader(term: 5, snapshot: SnapshotOf(data), options: options ?? _chunksOfFour);

    private static Server Follower() => Started(term: 5, id: S3);

    private static Output Begin(Server leader) => leader.Refuses(S3, prev: 4, conflictIndex: 1);

    private static Output Lacks(Server leader, long missing, long lastIndex = 4) =>
        leader.Receive(new InstallSnapshotReply(S3, S1, leader.Core.CurrentTerm, new LogIndex(lastIndex), missing));

    private static InstallSnapshot Chunk(Output output) => output.OnlyTo<InstallSnapshot>(S3);

    private static (long Offset, string Data, bool Done) Content(InstallSnapshot chunk) =>
        (chunk.Offset, chunk.Data.ToString(), chunk.Done);

    private static long? Missing(Output output) => output.Only<InstallSnapshotReply>().Missing;

    // Passes messages between the leader and S3 until none is left.
    private static List<Message> Exchange(Server leader, Server follower, Message first)
    {
        var sent = new List<Message>();
        var queue = new Queue<Message>([first]);
        while (queue.TryDequeue(out var message))
        {
            sent.Add(message);
            var output = message.To == S3 ? follower.Receive(message) : leader.Receive(message);
            foreach (var (next, _) in output.Messages.Where(outgoing => outgoing.Message.To == S3 || outgoing.Message.From == S3))
            {
                queue.Enqueue(next);
            }
        }

        return sent;
    }

    // What goes.
    [Fact]
    public void A_large_snapshot_goes_in_chunks_the_next_once_the_follower_has_the_one_before()
    {
        var leader = LeaderOf();
        Assert.Equal((0, "abcd", false), Content(Chunk(Begin(leader))));
        Assert.DoesNotContain(leader.Propose("x").Messages, sent => sent.Message.To == S3);
        Assert.Equal((4, "efgh", false), Content(Chunk(Lacks(leader, 4))));
        Assert.Equal((8, "ij", true), Content(Chunk(Lacks(leader, 8))));
        Assert.Equal(new Term(1), Chunk(leader.Beat()).LastTerm);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("abcd")]
    public void A_snapshot_that_fits_into_a_message_goes_in_one(string data)
    {
        var leader = LeaderOf(data);
        var chunk = Chunk(Begin(leader));
        Assert.Equal((0, data, true), Content(chunk));
        var follower = Follower();
        Assert.Null(Missing(follower.Receive(chunk)));
        Assert.Equal(SnapshotOf(data), follower.Core.Log.Snapshot);
        Assert.Equal(new ApplyMessage(SnapshotOf(data)), Assert.Single(follower.Applied));
    }

    [Theory]
    [InlineData("abcde", 2)]
    [InlineData("abcdefgh", 2)]
    [InlineData(Data, 3)]
    public void The_follower_puts_the_chunks_together_and_then_gets_the_entries_that_follow(string data, int chunks)
    {
        var leader = LeaderOf(data);
        var follower = Follower();
        leader.Propose("x");
        var sent = Exchange(leader, follower, Chunk(Begin(leader)));
        Assert.Equal(chunks, sent.OfType<InstallSnapshot>().Count());
        Assert.Equal(leader.Core.Log, follower.Core.Log);
        Assert.Equal(leader.Core.Log, follower.Disk.Log);
        Assert.Equal(leader.Core.Log.LastIndex, leader.Core.ProgressOf(S3).MatchIndex);
    }

    [Fact]
    public void A_snapshot_is_installed_by_its_last_chunk_and_not_before()
    {
        var follower = Follower();
        foreach (var offset in (int[])[0, 4])
        {
            var output = follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset, Data.Substring(offset, 4), done: false);
            Assert.Null(output.Write);
            Assert.Empty(output.Apply);
            Assert.Equal(offset + 4, Missing(output));
        }

        var last = follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 8, "ij", done: true);
        Assert.Equal(SnapshotOf(Data), last.Write!.Snapshot);
        Assert.Equal(new InstallSnapshotReply(S3, S2, new Term(5), new LogIndex(4)), last.Only<InstallSnapshotReply>());
        Assert.Equal(last.Write.Sequence, last.After());
    }

    // Contact.
    [Fact]
    public void Each_chunk_puts_the_followers_election_off_and_so_does_each_heartbeat_in_between()
    {
        var leader = LeaderOf();
        var follower = Follower();
        Assert.Equal(TimerChange.Restart, follower.Receive(Chunk(Begin(leader))).ElectionTimer);
        var heartbeat = leader.Beat();
        Assert.Equal((0, "", false), Content(Chunk(heartbeat)));
        Assert.IsType<AppendEntries>(heartbeat.Messages.Single(sent => sent.Message.To == S2).Message);
        var answer = follower.Receive(Chunk(heartbeat));
        Assert.Equal(TimerChange.Restart, answer.ElectionTimer);
        Assert.Equal(4, Missing(answer));
    }

    [Fact]
    public void What_is_told_of_a_part_waits_for_the_term_to_be_durable_and_for_nothing_else()
    {
        var follower = Started(term: 4, id: S3);
        Assert.Equal(1, follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 0, "abcd", done: false).After());
        follower.WritesComplete();
        Assert.Equal(0, follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 4, "efgh", done: false).After());
    }

    // Networks.
    [Fact]
    public void A_chunk_that_was_lost_is_sent_again_once_the_follower_was_asked_twice()
    {
        var leader = LeaderOf();
        Begin(leader);
        Chunk(Lacks(leader, 4));
        leader.Beat();
        Assert.Empty(Lacks(leader, 4).Messages);
        leader.Beat();
        Assert.Equal((4, "efgh", false), Content(Chunk(Lacks(leader, 4))));
    }

    [Fact]
    public void A_chunk_that_is_only_late_is_not_sent_again()
    {
        var leader = LeaderOf();
        Begin(leader);

        // Heartbeats overtake each chunk.
        leader.Beat();
        Assert.Empty(Lacks(leader, 0).Messages);
        leader.Beat();
        Assert.Equal((4, "efgh", false), Content(Chunk(Lacks(leader, 4))));

        // Answers to heartbeats that were sent before the chunk come now.
        Assert.Empty(Lacks(leader, 4).Messages);
        leader.Beat();
        Assert.Empty(Lacks(leader, 4).Messages);
        Assert.Empty(Lacks(leader, 4).Messages);
        Assert.Equal((8, "ij", true), Content(Chunk(Lacks(leader, 8))));
    }

    [Fact]
    public void An_answer_that_was_lost_is_made_up_for_by_the_next_heartbeat()
    {
        var leader = LeaderOf();
        var follower = Follower();
        follower.Receive(Chunk(Begin(leader)));
        var answer = follower.Receive(Chunk(leader.Beat())).Only<InstallSnapshotReply>();
        Assert.Equal((4, "efgh", false), Content(Chunk(leader.Receive(answer))));
    }

    [Fact]
    public void The_answer_to_the_last_chunk_that_was_lost_is_made_up_for_too()
    {
        var leader = LeaderOf("abc");
        var follower = Follower();
        follower.Receive(Chunk(Begin(leader)));
        var answer = follower.Receive(Chunk(leader.Beat())).Only<InstallSnapshotReply>();
        Assert.Null(answer.Missing);
        leader.Receive(answer);
        Assert.Equal(new Progress(new LogIndex(5), new LogIndex(4), Probing: true), leader.Core.ProgressOf(S3));
    }

    [Fact]
    public void A_chunk_that_comes_twice_is_taken_once()
    {
        var leader = LeaderOf();
        var follower = Follower();
        var first = Chunk(Begin(leader));
        var answer = follower.Receive(first).Only<InstallSnapshotReply>();
        Assert.Equal(answer, follower.Receive(first).Only<InstallSnapshotReply>());
        var second = Chunk(leader.Receive(answer));
        Assert.Empty(leader.Receive(answer).Messages);
        Exchange(leader, follower, second);
        Assert.Equal(SnapshotOf(Data), follower.Core.Log.Snapshot);
    }

    [Fact]
    public void A_chunk_that_comes_before_the_one_before_it_is_not_taken()
    {
        var follower = Follower();
        Assert.Equal(0, Missing(follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 8, "ij", done: true)));
        Assert.Equal(4, Missing(follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 0, "abcd", done: false)));
        Assert.Equal(4, Missing(follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 8, "ij", done: true)));
        Assert.Equal(Snapshot.None, follower.Core.Log.Snapshot);
    }

    [Fact]
    public void The_leader_goes_on_where_the_follower_says_that_it_stands()
    {
        var leader = LeaderOf();
        Begin(leader);
        Assert.Equal((6, "ghij", true), Content(Chunk(Lacks(leader, 6))));
    }

    [Theory]
    [InlineData(11, 4)]
    [InlineData(long.MaxValue, 4)]
    [InlineData(4, 3)]
    public void An_answer_about_bytes_that_the_snapshot_has_not_or_about_another_snapshot_changes_nothing(long missing, long lastIndex)
    {
        var leader = LeaderOf();
        Begin(leader);
        var before = leader.Core.Clone();
        Assert.Empty(Lacks(leader, missing, lastIndex).Messages);
        Assert.Equal(before, leader.Core);
    }

    [Fact]
    public void An_answer_that_comes_when_no_snapshot_is_under_way_changes_nothing()
    {
        var leader = LeaderOf();
        var before = leader.Core.Clone();
        Assert.Empty(Lacks(leader, 4).Messages);
        Assert.Equal(before, leader.Core);
    }

    // Restarts and leaders.
    [Fact]
    public void A_follower_that_restarts_in_the_middle_gets_the_snapshot_from_its_beginning()
    {
        var leader = LeaderOf();
        var follower = Follower();
        var second = Chunk(leader.Receive(follower.Receive(Chunk(Begin(leader))).Only<InstallSnapshotReply>()));

        follower = Follower();
        Assert.Empty(leader.Receive(follower.Receive(second).Only<InstallSnapshotReply>()).Messages);
        Exchange(leader, follower, Chunk(leader.Beat()));
        var sent = Exchange(leader, follower, Chunk(leader.Beat()));
        Assert.Equal([0, 4, 8], sent.OfType<InstallSnapshot>().Skip(1).Select(chunk => chunk.Offset));
        Assert.Equal(SnapshotOf(Data), follower.Core.Log.Snapshot);
    }

    [Fact]
    public void What_came_from_an_earlier_leader_is_not_mixed_with_what_comes_from_the_next()
    {
        // Two services need not write the same state in the same bytes.
        var follower = Follower();
        follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 0, "abcd", done: false);
        Assert.Equal(0, Missing(follower.Chunk(term: 6, lastIndex: 4, lastTerm: 1, offset: 4, "EFGH", done: true, from: S1)));
        follower.Chunk(term: 6, lastIndex: 4, lastTerm: 1, offset: 0, "ABCD", done: false, from: S1);
        var late = follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 4, "efgh", done: true);
        Assert.Equal(new InstallSnapshotReply(S3, S2, new Term(6), LogIndex.Zero), late.Only<InstallSnapshotReply>());
        follower.Chunk(term: 6, lastIndex: 4, lastTerm: 1, offset: 4, "EFGH", done: true, from: S1);
        Assert.Equal(SnapshotOf("ABCDEFGH"), follower.Core.Log.Snapshot);
    }

    [Fact]
    public void A_candidate_forgets_the_part_that_it_has()
    {
        var follower = Follower();
        follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 0, "abcd", done: false);
        follower.TimeOut();
        var other = Follower();
        other.TimeOut();
        Assert.Equal(other.Core.CurrentTerm, follower.Core.CurrentTerm);
        follower.WritesComplete();
        Assert.Equal(0, Missing(follower.Chunk(term: 6, lastIndex: 4, lastTerm: 1, offset: 4, "efgh", done: true)));
    }

    [Fact]
    public void A_leader_that_compacts_again_in_the_middle_sends_the_snapshot_that_it_began_with_to_its_end()
    {
        var leader = LeaderOf();
        var follower = Follower();
        leader.ServiceIsReady();
        var first = Chunk(Begin(leader));
        leader.Propose("x");
        leader.WritesComplete();
        leader.Agrees(S2);
        leader.ServiceIsReady();
        leader.Compact(5);
        Assert.Equal(new LogIndex(5), leader.Core.Log.Snapshot.LastIndex);

        var sent = Exchange(leader, follower, first).OfType<InstallSnapshot>().ToArray();
        Assert.Equal([4, 4, 4, 5], sent.Take(4).Select(chunk => chunk.LastIndex.Value));
        Assert.Equal(leader.Core.Log.Snapshot, follower.Core.Log.Snapshot);
        Assert.Equal([4, 5], follower.Applied.Concat(follower.ServiceIsReady().Apply).Select(message => message.Index.Value).Distinct());
    }

    [Fact]
    public void Another_snapshot_of_the_leader_takes_the_place_of_the_part_that_there_is()
    {
        var follower = Follower();
        follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 0, "abcd", done: false);
        Assert.Equal(3, Missing(follower.Chunk(term: 5, lastIndex: 7, lastTerm: 1, offset: 0, "ABC", done: false)));
        Assert.Null(Missing(follower.Chunk(term: 5, lastIndex: 7, lastTerm: 1, offset: 3, "D", done: true)));
        Assert.Equal("ABCD", follower.Core.Log.Snapshot.Data.ToString());
    }

    // AppendEntries that overtakes.
    [Fact]
    public void Entries_that_reach_the_end_of_the_snapshot_end_the_transfer()
    {
        var leader = LeaderOf();
        leader.Propose("x");
        Begin(leader);

        // An earlier leader's entries, say, were on their way.
        Assert.Equal(5, leader.Agrees(S3, upTo: 4).Only<AppendEntries>().LastIndex.Value);
        Assert.Empty(Lacks(leader, 4).Messages);
        Assert.IsType<AppendEntries>(leader.Beat().Messages.Single(sent => sent.Message.To == S3).Message);
    }

    [Fact]
    public void A_refusal_that_comes_late_does_not_begin_the_transfer_anew()
    {
        var leader = LeaderOf();
        Begin(leader);
        Chunk(Lacks(leader, 4));
        var before = leader.Core.Clone();
        Assert.Empty(Begin(leader).Messages);
        Assert.Empty(leader.Refuses(S3, prev: 3, conflictIndex: 1).Messages);
        Assert.Equal(before, leader.Core);
    }

    [Fact]
    public void A_follower_that_gets_all_entries_in_the_meantime_needs_no_more_of_the_snapshot()
    {
        var follower = Follower();
        follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 0, "abcd", done: false);
        follower.AppendEntries(term: 5, entries: [1, 1, 1, 1], commit: 4);
        var late = follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 4, "efgh", done: false);
        Assert.Equal(new InstallSnapshotReply(S3, S2, new Term(5), new LogIndex(4)), late.Only<InstallSnapshotReply>());
        Assert.Equal(Snapshot.None, follower.Core.Log.Snapshot);
    }

    [Fact]
    public void A_part_that_is_held_does_not_count_once_its_entries_are_committed()
    {
        var follower = Follower();
        follower.Chunk(term: 5, lastIndex: 4, lastTerm: 1, offset: 0, "abcd", done: false);
        follower.AppendEntries(term: 5, entries: [1, 1, 1, 1], commit: 4);
        var other = Follower();
        other.AppendEntries(term: 5, entries: [1, 1, 1, 1], commit: 4);
        Assert.Equal(other.Core, follower.Core);
    }

    // A snapshot of many chunks on networks that lose a third of the messages and let the others overtake each other.
    [Fact]
    public void However_bad_the_network_the_snapshot_arrives_as_it_was()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var network = new DelayedNetwork(servers: 3, seed, new CoreOptions { MaxMessageBytes = 16 });
            (network.Isolated, network.HeartbeatInterval) = (S3, 3_000);
            network.Run(10_000, proposeEvery: 1_000);
            network.Run(10_000);
            var data = new byte[1_000];
            new Random(seed).NextBytes(data);
            network.Compact(new SnapshotData(data));
            network.LossOneIn = 3;
            network.Heal();
            network.RunUntilCaughtUp(S3, atMost: 60_000_000);
            Assert.Equal(network.Leader.Log.Snapshot, network.Cores[2].Log.Snapshot);
        }
    }
}
