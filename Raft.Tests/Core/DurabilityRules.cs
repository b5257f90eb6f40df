using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>Figure 2: persistent state is "updated on stable storage before responding to RPCs".</summary>
public class DurabilityRules
{
    [Fact]
    public void A_vote_waits_until_it_is_durable()
    {
        var server = Started(term: 4);
        var output = server.RequestVote(S2, term: 5);
        Assert.Equal(new RaftWrite(1, new Term(5), S2, null, null), output.Write);
        Assert.Equal(1, output.After());
    }

    [Fact]
    public void A_vote_that_is_granted_again_waits_for_the_first_ones_write_while_that_is_in_flight()
    {
        var server = Started(term: 4);
        server.RequestVote(S2, term: 5);
        Assert.Equal(1, server.RequestVote(S2, term: 5).After());
        server.WritesComplete();
        Assert.Equal(0, server.RequestVote(S2, term: 5).After());
    }

    [Fact]
    public void A_refusal_waits_for_the_term_that_it_tells()
    {
        var server = Started(term: 4, log: [4]);
        Assert.Equal(1, server.RequestVote(S2, term: 5).After());
        Assert.Equal(1, server.RequestVote(S3, term: 4, lastIndex: 1, lastTerm: 3).After());
        Assert.Equal(1, server.AppendEntries(term: 4).After());
        Assert.Equal(1, server.AppendEntries(term: 5, prev: 3, prevTerm: 4).After());
        Assert.Equal(1, server.InstallSnapshot(term: 4, lastIndex: 3, lastTerm: 4).After());
    }

    [Fact]
    public void A_refusal_that_tells_nothing_new_does_not_wait()
    {
        var server = Started(term: 5, votedFor: S3, log: [4]);
        Assert.Equal(0, server.RequestVote(S2, term: 5).After());
        Assert.Equal(0, server.RequestVote(S2, term: 4).After());
        Assert.Equal(0, server.AppendEntries(term: 4).After());
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 3, prevTerm: 4).After());
        Assert.Equal(0, server.InstallSnapshot(term: 4, lastIndex: 3, lastTerm: 4).After());
    }

    [Fact]
    public void A_refusal_does_not_wait_for_writes_of_entries()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [5, 5]);
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 9, prevTerm: 5).After());
        Assert.Equal(0, server.AppendEntries(term: 4).After());
    }

    [Fact]
    public void An_append_is_confirmed_once_it_is_durable()
    {
        var server = Started(term: 5, log: [1]);
        var output = server.AppendEntries(term: 5, prev: 1, prevTerm: 1, entries: [5, 5]);
        Assert.Equal(1, output.After());
        Assert.Equal(1, output.Write!.Sequence);
        Assert.Equal(new LogSuffix(new LogIndex(2), Entries(2, 5, 5)), output.Write.Log);
    }

    [Fact]
    public void A_duplicate_waits_for_the_write_of_the_first_that_is_still_in_flight()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [5]);
        var duplicate = server.AppendEntries(term: 5, entries: [5]);
        Assert.Null(duplicate.Write);
        Assert.Equal(1, duplicate.After());
        server.WritesComplete();
        Assert.Equal(0, server.AppendEntries(term: 5, entries: [5]).After());
    }

    [Fact]
    public void A_confirmation_waits_for_the_entries_that_it_speaks_of_and_not_for_later_ones()
    {
        var server = Started(term: 5, log: [1]);
        server.AppendEntries(term: 5, prev: 1, prevTerm: 1, entries: [5]);
        server.AppendEntries(term: 5, prev: 2, prevTerm: 5, entries: [5]);
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 1, prevTerm: 1).After());
        Assert.Equal(1, server.AppendEntries(term: 5, prev: 2, prevTerm: 5).After());
        Assert.Equal(2, server.AppendEntries(term: 5, prev: 3, prevTerm: 5).After());
        server.WritesComplete(1);
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 2, prevTerm: 5).After());
        Assert.Equal(2, server.AppendEntries(term: 5, prev: 3, prevTerm: 5).After());
    }

    [Fact]
    public void A_confirmation_waits_for_the_term_that_it_tells()
    {
        var server = Started(term: 4, log: [1]);
        Assert.Equal(1, server.AppendEntries(term: 5, prev: 1, prevTerm: 1).After());
        server.AppendEntries(term: 5, prev: 1, prevTerm: 1, entries: [5]);
        Assert.Equal(1, server.AppendEntries(term: 5, prev: 1, prevTerm: 1).After());
        server.WritesComplete(1);
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 1, prevTerm: 1).After());
    }

    [Fact]
    public void A_confirmation_of_an_entry_that_was_overwritten_waits_for_the_overwriting()
    {
        var server = Started(term: 5, log: [1, 2, 2]);
        var output = server.AppendEntries(term: 5, prev: 1, prevTerm: 1, entries: [4]);
        Assert.Equal(new LogSuffix(new LogIndex(2), Entries(2, 4)), output.Write!.Log);
        Assert.Equal(1, server.AppendEntries(term: 5, prev: 2, prevTerm: 4).After());
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 1, prevTerm: 1).After());
        Assert.Equal(server.Core.Log, server.Disk.Log);
    }

    [Fact]
    public void A_request_for_votes_waits_for_the_term_the_vote_and_the_log()
    {
        var server = Started(term: 4);
        server.AppendEntries(term: 4, entries: [4]);
        var output = server.TimeOut();
        Assert.Equal(2, output.Write!.Sequence);
        Assert.Equal(2, output.After());
    }

    [Fact]
    public void A_candidates_own_vote_counts_once_it_is_durable()
    {
        var server = Started(term: 4);
        server.TimeOut();
        server.VoteReply(S2, term: 5);
        Assert.Equal(Role.Candidate, server.Core.Role);
        var output = server.WritesComplete();
        Assert.Equal(Role.Leader, server.Core.Role);
        Assert.Equal([S2, S3], output.Messages.Select(sent => sent.Message.To));
    }

    [Fact]
    public void The_write_of_an_earlier_election_makes_no_vote_of_this_one_durable()
    {
        var server = Candidate(term: 5);
        server.TimeOut();
        server.VoteReply(S2, term: 6);
        server.WritesComplete(1);
        Assert.Equal(Role.Candidate, server.Core.Role);
        server.WritesComplete(2);
        Assert.Equal(Role.Leader, server.Core.Role);
    }

    [Fact]
    public void A_leader_sends_entries_while_its_own_write_of_them_is_in_flight()
    {
        var leader = Leader(term: 5);
        var output = leader.Propose("x");
        Assert.NotNull(output.Write);
        Assert.Single(output.OnlyTo<AppendEntries>(S2).Entries);
        Assert.Equal(0, output.After());
        Assert.Equal(0, leader.Beat().After());
    }

    [Fact]
    public void A_snapshot_that_replaces_the_log_is_confirmed_once_it_is_durable_and_so_is_all_that_builds_on_it()
    {
        var server = Started(term: 5, log: [1, 1, 2, 2]);
        var output = server.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4);
        Assert.Equal(output.Write!.Sequence, output.After());
        Assert.Equal(1, server.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4).After());
        Assert.Equal(1, server.AppendEntries(term: 5, prev: 3, prevTerm: 4).After());
        server.AppendEntries(term: 5, prev: 3, prevTerm: 4, entries: [4]);
        Assert.Equal(2, server.AppendEntries(term: 5, prev: 4, prevTerm: 4).After());
        server.WritesComplete();
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 4, prevTerm: 4).After());
        Assert.Equal(0, server.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4).After());
    }

    [Fact]
    public void A_snapshot_that_the_log_agrees_with_is_confirmed_without_waiting_for_its_write()
    {
        var server = Started(term: 5, log: [1, 1, 4, 4]);
        var output = server.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4);
        Assert.NotNull(output.Write);
        Assert.Equal(0, output.After());
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 4, prevTerm: 4).After());
    }

    [Fact]
    public void A_snapshot_that_the_log_agrees_with_waits_for_the_writes_of_the_entries_that_it_replaces()
    {
        var server = Started(term: 5, log: [1, 1]);
        server.AppendEntries(term: 5, prev: 2, prevTerm: 1, entries: [4]);
        server.AppendEntries(term: 5, prev: 3, prevTerm: 4, entries: [4]);
        Assert.Equal(1, server.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4).After());
        Assert.Equal(2, server.AppendEntries(term: 5, prev: 4, prevTerm: 4).After());
    }

    [Fact]
    public void A_snapshot_of_the_own_service_delays_nothing()
    {
        var server = Started(term: 5);
        server.AppendEntries(term: 5, entries: [5, 5], commit: 2);
        server.WritesComplete();
        Assert.NotNull(server.Compact(1).Write);
        Assert.Equal(0, server.AppendEntries(term: 5, prev: 2, prevTerm: 5).After());
    }

    [Fact]
    public void A_snapshot_of_its_own_does_not_keep_a_leader_from_committing()
    {
        var leader = Leader(term: 5);
        leader.Propose("a");
        leader.WritesComplete();
        leader.Agrees(S2);
        leader.Propose("b");
        leader.WritesComplete();
        leader.Compact(1);
        leader.Agrees(S2);
        Assert.Equal(new LogIndex(2), leader.Core.CommitIndex);
    }

    [Fact]
    public void Writes_are_numbered_one_after_the_other_and_tell_all_that_changed()
    {
        var server = Started(term: 4);
        Assert.Equal(new RaftWrite(1, new Term(5), S2, null, null), server.RequestVote(S2, term: 5).Write);
        Assert.Equal(
            new RaftWrite(2, new Term(6), null, null, new LogSuffix(new LogIndex(1), Entries(1, 5, 6))),
            server.AppendEntries(term: 6, entries: [5, 6]).Write);
        Assert.Equal(
            new RaftWrite(3, new Term(7), null, SnapshotAt(4, 6), new LogSuffix(new LogIndex(5), EntryList.Empty)),
            server.InstallSnapshot(term: 7, lastIndex: 4, lastTerm: 6).Write);
        server.WritesComplete();
        Assert.Equal(new RaftWrite(4, new Term(8), S1, null, null), server.TimeOut().Write);
    }

    [Fact]
    public void What_changes_nothing_that_lasts_writes_nothing()
    {
        var server = Started(term: 5, log: [5]);
        Assert.Null(server.AppendEntries(term: 5, prev: 1, prevTerm: 5, commit: 1).Write);
        Assert.Null(server.RequestVote(S2, term: 4).Write);
        Assert.Null(server.ServiceIsReady().Write);
        Assert.Null(server.Beat().Write);
        Assert.Null(server.WritesComplete().Write);
        Assert.Null(server.Propose("x").Write);
    }
}
