using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>When entries are committed (Figure 2, the last rule for leaders, and §5.4.2), and how the service gets them.</summary>
public class CommitRules
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    public void An_entry_is_committed_once_a_majority_holds_it(int cluster, int followers)
    {
        var leader = Leader(term: 5, cluster);
        leader.Propose("x");
        leader.WritesComplete();
        for (var i = 0; i < followers; i++)
        {
            Assert.Equal(LogIndex.Zero, leader.Core.CommitIndex);
            leader.Agrees(new ServerId(2 + i));
        }

        Assert.Equal(new LogIndex(1), leader.Core.CommitIndex);
    }

    [Fact]
    public void A_majority_is_counted_entry_by_entry()
    {
        var leader = Leader(term: 5, cluster: 5);
        for (var i = 0; i < 4; i++)
        {
            leader.Propose($"x{i}");
        }

        leader.WritesComplete();
        leader.Agrees(S2, upTo: 4);
        leader.Agrees(S3, upTo: 2);
        Assert.Equal(new LogIndex(2), leader.Core.CommitIndex);
        leader.Agrees(S4, upTo: 3);
        Assert.Equal(new LogIndex(3), leader.Core.CommitIndex);
    }

    [Fact]
    public void One_follower_that_replies_twice_is_no_majority()
    {
        var leader = Leader(term: 5, cluster: 5);
        leader.Propose("x");
        leader.WritesComplete();
        leader.Agrees(S2);
        leader.Agrees(S2);
        Assert.Equal(LogIndex.Zero, leader.Core.CommitIndex);
    }

    // Not in the paper: the news of a commit does not wait for the next heartbeat.
    [Fact]
    public void Followers_that_hold_the_whole_log_learn_at_once_that_it_is_committed()
    {
        var leader = Leader(term: 5, cluster: 5);
        foreach (var follower in (ServerId[])[S2, S3, S4, S5])
        {
            leader.Agrees(follower);
        }

        leader.Propose("x");
        leader.WritesComplete();
        Assert.Empty(leader.Agrees(S2).Messages);
        var told = leader.Agrees(S3).Messages.Select(sent => Assert.IsType<AppendEntries>(sent.Message)).ToArray();
        Assert.Equal([S2, S3], told.Select(message => message.To));
        Assert.All(told, message => Assert.Equal(
            (new LogIndex(1), new LogIndex(1), 0), (message.PrevLogIndex, message.LeaderCommit, message.Entries.Count)));
        Assert.Equal(new LogIndex(1), leader.Agrees(S4).Only<AppendEntries>().LeaderCommit);

        // Once is enough: if it is lost, there are heartbeats.
        Assert.Empty(leader.Agrees(S4).Messages);
    }

    [Fact]
    public void While_more_is_under_way_nobody_is_told_of_a_commit_alone()
    {
        var leader = Leader(term: 5, log: [4]);
        leader.Agrees(S2);
        leader.Propose("x1");
        leader.Propose("x2");
        leader.WritesComplete();
        Assert.Empty(leader.Agrees(S2, upTo: 2).Messages);
        Assert.Equal(new LogIndex(2), leader.Core.CommitIndex);
        Assert.Equal(new LogIndex(3), leader.Agrees(S2, upTo: 3).OnlyTo<AppendEntries>(S2).LeaderCommit);
    }

    [Fact]
    public void A_commit_that_waited_for_the_leaders_own_disk_is_told_too()
    {
        var leader = Leader(term: 5);
        leader.Agrees(S2);
        leader.Propose("x");
        Assert.Empty(leader.Agrees(S2).Messages);
        Assert.Equal(new LogIndex(1), leader.WritesComplete().Only<AppendEntries>().LeaderCommit);
    }

    // §5.4.2, Figure 8: (c) the entry of term 2 is on a majority, but may still be overwritten as in (d); (e) commits it by one of term 4.
    [Fact]
    public void An_entry_of_an_earlier_term_is_not_committed_by_counting_but_with_one_of_this_term()
    {
        var leader = Leader(term: 4, cluster: 5, log: [1, 2]);
        leader.Agrees(S2);
        leader.Agrees(S3);
        leader.Agrees(S4);
        Assert.Equal(LogIndex.Zero, leader.Core.CommitIndex);
        Assert.Empty(leader.Applied);

        leader.Propose("x");
        leader.WritesComplete();
        leader.Agrees(S2);
        Assert.Equal(LogIndex.Zero, leader.Core.CommitIndex);
        leader.Agrees(S3);
        Assert.Equal(new LogIndex(3), leader.Core.CommitIndex);
        Assert.Equal([1, 2, 3], leader.Applied.Select(message => message.Index.Value));
    }

    [Fact]
    public void Leading_alone_commits_nothing()
    {
        var leader = Leader(term: 5, log: [1, 4]);
        leader.Propose("x");
        leader.WritesComplete();
        Assert.Equal(LogIndex.Zero, leader.Core.CommitIndex);
    }

    [Fact]
    public void A_leaders_own_entry_counts_once_it_is_durable()
    {
        var leader = Leader(term: 5);
        leader.Propose("x");
        leader.Agrees(S2);
        Assert.Equal(LogIndex.Zero, leader.Core.CommitIndex);
        leader.WritesComplete();
        Assert.Equal(new LogIndex(1), leader.Core.CommitIndex);
    }

    [Fact]
    public void A_majority_without_the_leader_commits_what_the_leader_has_not_made_durable()
    {
        var leader = Leader(term: 5);
        leader.Propose("x");
        leader.Agrees(S2);
        leader.Agrees(S3);
        Assert.Equal(new LogIndex(1), leader.Core.CommitIndex);
    }

    [Fact]
    public void Of_a_leaders_entries_those_count_whose_writes_are_done()
    {
        var leader = Leader(term: 5);
        var first = leader.Propose("a").Write!.Sequence;
        leader.Propose("b");
        leader.Agrees(S2);
        leader.WritesComplete(first);
        Assert.Equal(new LogIndex(1), leader.Core.CommitIndex);
        leader.WritesComplete();
        Assert.Equal(new LogIndex(2), leader.Core.CommitIndex);
    }

    [Fact]
    public void A_server_that_is_alone_commits_what_is_durable()
    {
        var leader = Leader(term: 5, cluster: 1, log: [4]);
        leader.Propose("x");
        Assert.Equal(LogIndex.Zero, leader.Core.CommitIndex);
        leader.WritesComplete();
        Assert.Equal(new LogIndex(2), leader.Core.CommitIndex);
    }

    [Fact]
    public void Followers_learn_of_a_commit_by_the_next_message()
    {
        var leader = Leader(term: 5);
        leader.Agrees(S2);
        leader.Propose("x");
        leader.WritesComplete();
        leader.Agrees(S2);
        Assert.Equal(new LogIndex(1), leader.Beat().OnlyTo<AppendEntries>(S2).LeaderCommit);
    }

    // The service.
    [Fact]
    public void The_service_gets_each_committed_entry_once_in_order()
    {
        var server = Started(term: 5);
        var all = Entries(1, 5, 5, 5);
        Assert.Empty(server.AppendEntries(term: 5, entries: [5, 5, 5]).Apply);
        Assert.Equal(
            [new ApplyMessage(new LogIndex(1), all[0]), new ApplyMessage(new LogIndex(2), all[1])],
            server.AppendEntries(term: 5, prev: 3, prevTerm: 5, commit: 2).Apply);
        server.ServiceIsReady();
        Assert.Equal(
            [new ApplyMessage(new LogIndex(3), all[2])],
            server.AppendEntries(term: 5, prev: 3, prevTerm: 5, commit: 3).Apply);
        Assert.Empty(server.ServiceIsReady().Apply);
        Assert.Equal(new LogIndex(3), server.Core.LastApplied);
    }

    [Fact]
    public void What_the_service_gets_does_not_change_when_the_log_is_compacted_and_another_leader_replaces_its_end()
    {
        var server = Started(term: 5);
        var all = Entries(1, 5, 5, 5);
        var apply = server.AppendEntries(term: 5, entries: [5, 5, 5], commit: 2).Apply;
        server.InstallSnapshot(term: 5, lastIndex: 2, lastTerm: 5);
        server.AppendEntries(term: 6, prev: 2, prevTerm: 5, entries: [6, 6, 6]);
        Assert.Equal([new ApplyMessage(new LogIndex(1), all[0]), new ApplyMessage(new LogIndex(2), all[1])], apply);
    }

    [Fact]
    public void A_service_gets_long_lists_of_entries_one_at_a_time()
    {
        var server = Started(term: 5);
        var first = Enumerable.Repeat(5L, 100).ToArray();
        server.AppendEntries(term: 5, entries: first);
        server.AppendEntries(term: 5, prev: 100, prevTerm: 5, entries: first);
        Assert.Equal(100, server.AppendEntries(term: 5, prev: 200, prevTerm: 5, commit: 200).Apply.Count);
        Assert.Equal(Enumerable.Range(101, 100), server.ServiceIsReady().Apply.Select(message => (int)message.Index.Value));
        Assert.Empty(server.ServiceIsReady().Apply);
    }

    [Fact]
    public void A_service_that_is_busy_gets_nothing_until_it_is_ready_and_then_all_there_is()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [5, 5, 5], commit: 1);
        Assert.Empty(server.AppendEntries(term: 5, prev: 3, prevTerm: 5, commit: 2).Apply);
        Assert.Empty(server.AppendEntries(term: 5, prev: 3, prevTerm: 5, commit: 3).Apply);
        Assert.Equal(new LogIndex(3), server.Core.CommitIndex);
        Assert.Equal(new LogIndex(1), server.Core.LastApplied);
        Assert.Equal([2, 3], server.ServiceIsReady().Apply.Select(message => message.Index.Value));
    }

    [Fact]
    public void A_service_that_is_ready_early_gets_entries_as_soon_as_they_are_committed()
    {
        var server = Started(term: 5);
        Assert.Empty(server.ServiceIsReady().Apply);
        Assert.Single(server.AppendEntries(term: 5, entries: [5], commit: 1).Apply);
    }

    [Fact]
    public void A_restarted_server_applies_its_log_again_only_as_it_is_committed_again()
    {
        var server = Started(term: 5, log: [1, 5, 5]);
        Assert.Empty(server.ServiceIsReady().Apply);
        Assert.Equal(LogIndex.Zero, server.Core.CommitIndex);
        Assert.Equal([1, 2], server.AppendEntries(term: 5, prev: 3, prevTerm: 5, commit: 2).Apply.Select(message => message.Index.Value));
    }
}
