using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>§7 and Figure 13: log compaction, and InstallSnapshot RPC.</summary>
public class CompactionRules
{
    // A follower that has committed and applied its whole log, with a service that is ready for more.
    private static Server Applied(params long[] log)
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: log, commit: log.Length);
        server.WritesComplete();
        server.ServiceIsReady();
        return server;
    }

    // A leader of term 5 whose log of four entries S2 holds, and which has committed and applied it; S3 is silent.
    private static Server LeaderOfFour()
    {
        var leader = Leader(term: 5, log: [1, 1, 4]);
        leader.Propose("4@5");
        leader.WritesComplete();
        leader.Agrees(S2);
        leader.ServiceIsReady();
        Assert.Equal(new LogIndex(4), leader.Core.LastApplied);
        return leader;
    }

    // Taking a snapshot.
    [Fact]
    public void Compaction_replaces_the_beginning_of_the_log_by_the_snapshot()
    {
        var server = Applied(1, 1, 4, 5);
        var output = server.Compact(3);
        Assert.Equal(SnapshotAt(3, 4), server.Core.Log.Snapshot);
        Assert.Equal([5], server.Log);
        Assert.Equal((new LogIndex(4), new LogIndex(4)), (server.Core.CommitIndex, server.Core.LastApplied));
        Assert.Equal(SnapshotAt(3, 4), output.Write!.Snapshot);
        Assert.Null(output.Write.Log);
        Assert.Empty(output.Apply);
        Assert.Equal(server.Core.Log, server.Disk.Log);
    }

    [Fact]
    public void Compaction_releases_the_memory()
    {
        var server = Applied([.. Enumerable.Repeat(5L, 1000)]);
        server.Compact(990);
        Assert.Equal(10, server.Core.Log.Capacity);
    }

    [Fact]
    public void A_snapshot_that_is_not_newer_changes_nothing()
    {
        var server = Applied(1, 1, 4, 5);
        server.Compact(3);
        var before = server.Core.Clone();
        Assert.Null(server.Compact(3).Write);
        Assert.Null(server.Compact(2).Write);
        Assert.Equal(before, server.Core);
    }

    [Fact]
    public void What_is_not_applied_cannot_be_compacted()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [5, 5, 5], commit: 1);
        server.AppendEntries(term: 5, prev: 3, prevTerm: 5, commit: 3);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => server.Compact(2));
        Assert.Contains("S1 was asked to compact its log up to 2, but has applied only up to 1.", error.Message, StringComparison.Ordinal);
        Assert.Equal([5, 5, 5], server.Log);
    }

    [Fact]
    public void The_log_goes_on_after_a_snapshot()
    {
        var server = Applied(1, 1, 4);
        server.Compact(3);
        Assert.True(server.AppendEntries(term: 5, prev: 3, prevTerm: 4, entries: [5], commit: 4).Only<AppendEntriesReply>().Success);
        Assert.Equal([5], server.Log);
        Assert.Equal([1, 2, 3, 4], server.Applied.Select(message => message.Index.Value));
    }

    [Fact]
    public void A_leader_with_an_empty_log_after_its_snapshot_goes_on_from_there()
    {
        var leader = LeaderOfFour();
        leader.Compact(4);
        Assert.Equal(new LogIndex(5), leader.Propose("x").Proposals[0].Index);
        leader.WritesComplete();
        leader.Agrees(S2);
        Assert.Equal(new LogIndex(5), leader.Core.CommitIndex);
    }

    // AppendEntries over a snapshot.
    [Theory]
    [InlineData(0, 0, "1 1", 2, "5")]
    [InlineData(0, 0, "1 1 4", 3, "5")]
    [InlineData(0, 0, "1 1 4 5 5", 5, "5 5")]
    [InlineData(2, 1, "4 5 5", 5, "5 5")]
    [InlineData(3, 4, "5 5", 5, "5 5")]
    [InlineData(2, 1, "", 2, "5")]
    public void Entries_that_the_snapshot_covers_are_skipped(long prev, long prevTerm, string entries, long agreed, string log)
    {
        var server = Applied(1, 1, 4, 5);
        server.Compact(3);
        var reply = server.AppendEntries(
            term: 5, prev, prevTerm, [.. entries.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)]);
        Assert.Equal((true, new LogIndex(agreed)), (reply.Only<AppendEntriesReply>().Success, reply.Only<AppendEntriesReply>().LastIndex));
        Assert.Equal(log, string.Join(' ', server.Log));
    }

    // InstallSnapshot RPC, receiver.
    [Fact]
    public void Receiver_1_refuses_a_leader_of_an_earlier_term()
    {
        var server = Started(term: 5, log: [1]);
        Assert.Equal(
            new InstallSnapshotReply(S1, S2, new Term(5), LogIndex.Zero),
            server.InstallSnapshot(term: 4, lastIndex: 7, lastTerm: 4).Only<InstallSnapshotReply>());
        Assert.Equal(Snapshot.None, server.Core.Log.Snapshot);
        Assert.Equal([1], server.Log);
    }

    [Fact]
    public void Receiver_5_saves_the_snapshot()
    {
        var server = Started(term: 5);
        var output = server.InstallSnapshot(term: 5, lastIndex: 7, lastTerm: 4);
        Assert.Equal(SnapshotAt(7, 4), output.Write!.Snapshot);
        Assert.Equal(SnapshotAt(7, 4), server.Disk.Log.Snapshot);
        Assert.Equal(new InstallSnapshotReply(S1, S2, new Term(5), new LogIndex(7)), output.Only<InstallSnapshotReply>());
        Assert.Equal(S2, server.Core.Leader);
    }

    [Fact]
    public void Receiver_6_keeps_the_entries_that_follow_where_the_log_agrees_with_the_snapshot()
    {
        var server = Started(term: 5, log: [1, 1, 4, 4, 5]);
        var output = server.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4);
        Assert.Equal([4, 5], server.Log);
        Assert.Null(output.Write!.Log);
        Assert.Equal(server.Core.Log, server.Disk.Log);
    }

    [Fact]
    public void Receiver_7_discards_the_entire_log_where_it_does_not_agree()
    {
        var server = Started(term: 5, log: [1, 1, 2, 2, 2]);
        var output = server.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4);
        Assert.Empty(server.Log);
        Assert.Equal(new LogIndex(3), server.Core.Log.LastIndex);
        Assert.Equal(new LogSuffix(new LogIndex(4), EntryList.Empty), output.Write!.Log);
        Assert.Equal(server.Core.Log, server.Disk.Log);
    }

    [Fact]
    public void Receiver_8_gives_the_snapshot_to_the_service()
    {
        var server = Applied(1, 1);
        var output = server.InstallSnapshot(term: 5, lastIndex: 7, lastTerm: 4);
        Assert.Equal([new ApplyMessage(SnapshotAt(7, 4))], output.Apply);
        Assert.Equal((new LogIndex(7), new LogIndex(7)), (server.Core.CommitIndex, server.Core.LastApplied));
        Assert.Empty(server.ServiceIsReady().Apply);
    }

    [Fact]
    public void A_busy_service_gets_the_latest_snapshot_and_then_the_entries_that_follow_it()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [1], commit: 1);
        Assert.Empty(server.InstallSnapshot(term: 5, lastIndex: 4, lastTerm: 4).Apply);
        Assert.Empty(server.InstallSnapshot(term: 5, lastIndex: 7, lastTerm: 4).Apply);
        server.AppendEntries(term: 5, prev: 7, prevTerm: 4, entries: [5], commit: 8);
        Assert.Equal(
            [new ApplyMessage(SnapshotAt(7, 4)), new ApplyMessage(new LogIndex(8), Entries(8, 5)[0])],
            server.ServiceIsReady().Apply);
    }

    [Fact]
    public void A_snapshot_never_moves_a_server_backwards()
    {
        var server = Applied(1, 1, 4, 5);
        Assert.All([2, 4], lastIndex =>
        {
            var before = server.Core.Clone();
            var output = server.InstallSnapshot(term: 5, lastIndex, lastTerm: lastIndex == 2 ? 1 : 5);
            Assert.Equal(new InstallSnapshotReply(S1, S2, new Term(5), new LogIndex(lastIndex)), output.Only<InstallSnapshotReply>());
            Assert.Null(output.Write);
            Assert.Empty(output.Apply);
            Assert.Equal(before, server.Core);
        });
    }

    [Fact]
    public void A_snapshot_that_comes_twice_is_taken_once()
    {
        var server = Started(term: 5);
        server.InstallSnapshot(term: 5, lastIndex: 7, lastTerm: 4);
        server.ServiceIsReady();
        var again = server.InstallSnapshot(term: 5, lastIndex: 7, lastTerm: 4);
        Assert.Null(again.Write);
        Assert.Empty(again.Apply);
        Assert.Equal(new LogIndex(7), again.Only<InstallSnapshotReply>().LastIndex);
    }

    // Leader.
    [Fact]
    public void A_leader_sends_its_snapshot_when_it_has_discarded_the_next_entry_and_then_the_entries_that_follow()
    {
        var leader = LeaderOfFour();
        leader.Compact(3);
        var snapshot = leader.Refuses(S3, prev: 3, conflictIndex: 1).Only<InstallSnapshot>();
        Assert.Equal(new InstallSnapshot(S1, S3, new Term(5), SnapshotAt(3, 4)), snapshot);
        Assert.Equal(new Progress(new LogIndex(4), LogIndex.Zero, Probing: true), leader.Core.ProgressOf(S3));

        var rest = leader.Receive(new InstallSnapshotReply(S3, S1, new Term(5), new LogIndex(3))).Only<AppendEntries>();
        Assert.Equal((S3, new LogIndex(3), new Term(4)), (rest.To, rest.PrevLogIndex, rest.PrevLogTerm));
        Assert.Equal([5], Terms(rest.Entries));
        Assert.Equal(new LogIndex(3), leader.Core.ProgressOf(S3).MatchIndex);
        Assert.Empty(leader.Agrees(S3).Only<AppendEntries>().Entries);
    }

    [Fact]
    public void A_leader_backs_up_no_further_than_to_the_entries_that_it_still_holds()
    {
        var leader = LeaderOfFour();
        leader.Compact(2);
        var retry = leader.Refuses(S3, prev: 3, conflictIndex: 3).Only<AppendEntries>();
        Assert.Equal((new LogIndex(2), new Term(1)), (retry.PrevLogIndex, retry.PrevLogTerm));
        Assert.Equal([4, 5], Terms(retry.Entries));
    }

    [Fact]
    public void A_follower_that_conflicts_with_what_was_discarded_gets_the_snapshot()
    {
        var leader = LeaderOfFour();
        leader.Compact(3);
        Assert.Equal(SnapshotAt(3, 4), leader.Refuses(S3, prev: 3, conflictIndex: 2, conflictTerm: 2).Only<InstallSnapshot>().Whole());
    }

    [Fact]
    public void A_reply_to_a_snapshot_of_an_earlier_term_says_nothing()
    {
        var leader = LeaderOfFour();
        var before = leader.Core.Clone();
        Assert.Empty(leader.Receive(new InstallSnapshotReply(S3, S1, new Term(4), new LogIndex(3))).Messages);
        Assert.Equal(before, leader.Core);
    }

    [Fact]
    public void A_late_reply_to_a_snapshot_takes_nothing_back()
    {
        var leader = LeaderOfFour();
        var before = leader.Core.Clone();
        Assert.Empty(leader.Receive(new InstallSnapshotReply(S2, S1, new Term(5), new LogIndex(2))).Messages);
        Assert.Equal(before, leader.Core);
    }

    // Restart.
    [Fact]
    public void A_server_that_restarts_from_a_snapshot_gives_it_to_the_service_first()
    {
        var server = Started(term: 5, snapshot: SnapshotAt(3, 4), log: [5, 5]);
        Assert.Equal(new LogIndex(3), server.Core.CommitIndex);
        Assert.Equal([new ApplyMessage(SnapshotAt(3, 4))], server.ServiceIsReady().Apply);
        server.ServiceIsReady();
        Assert.Equal(
            [new ApplyMessage(new LogIndex(4), Entries(4, 5)[0])],
            server.AppendEntries(term: 5, prev: 5, prevTerm: 5, commit: 4).Apply);
    }

    [Fact]
    public void A_server_without_a_snapshot_gives_none()
    {
        Assert.Empty(Started(term: 5, log: [1]).ServiceIsReady().Apply);
    }
}
