using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class CostTests
{
    private static readonly TimeSpan _start = TimeSpan.FromSeconds(100);
    private readonly History _history = new(new Cost()) { IsOrderly = true };

    [Fact]
    public void A_message_that_is_sent_twice_violates_it()
    {
        _history.Start(S1, Disk(1));
        var message = new RequestVote(S1, S2, new Term(1), LogIndex.Zero, Term.Zero);
        _history.Send(message);
        _history.Send(message);
        _history.Violates("Cost", "S1 sends RequestVote S1 -> S2 (term 1, empty log) twice");
    }

    [Fact]
    public void Two_equal_messages_of_one_step_violate_it()
    {
        _history.Start(S1, Disk(1));
        var output = new Output();
        output.Send(new RequestVote(S1, S2, new Term(1), LogIndex.Zero, Term.Zero), after: 0);
        output.Send(new RequestVote(S1, S2, new Term(1), LogIndex.Zero, Term.Zero), after: 0);
        _history.Turn(S1, _history.Core(S1), output: output);
        _history.Violates("Cost", "S1 sends RequestVote S1 -> S2", "twice in one step");
    }

    [Fact]
    public void A_request_that_is_not_answered_violates_it()
    {
        _history.Start(S1, Disk(1));
        _history.Turn(S1, _history.Core(S1), Append(S2, S1, term: 1), new Output());
        _history.Violates("Cost", "S1 answers AppendEntries S2 -> S1", "0 times");
    }

    [Fact]
    public void An_answer_that_waits_for_a_write_that_it_does_not_need_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1"));
        var output = new Output { Write = new RaftWrite(1, new Term(1), null, null, null) };
        output.Send(new AppendEntriesReply(S1, S2, new Term(1), Success: true, new LogIndex(1)), after: 1);
        _history.Turn(S1, _history.Core(S1), Append(S2, S1, term: 1, prev: 1, prevTerm: 1), output);
        _history.Violates("Cost", "S1 holds what AppendEntries S2 -> S1", "but its answer waits for write 1");
    }

    [Fact]
    public void An_entry_that_goes_again_though_nothing_says_that_it_was_lost_violates_it()
    {
        Leads();
        _history.Step(S1, Proposal("a"));
        var again = new Output();
        again.Send(new AppendEntries(S1, S2, new Term(2), LogIndex.Zero, Term.Zero, Entries("a@2"), LogIndex.Zero), after: 0);
        _history.Turn(S1, _history.Core(S1), HeartbeatTimeout.Instance, again);
        _history.Violates("Cost", "S1 sends entry 1 to S2 again, though nothing that it heard since says that it was lost");
    }

    [Fact]
    public void A_way_back_of_more_round_trips_than_the_log_has_terms_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1", "b@1", "c@1", "d@1", "e@1", "f@1"));
        _history.Start(S2, Disk(1));
        _history.Elect(S1);
        for (var prev = 6; prev >= 3; prev--)
        {
            _history.Turn(S1, _history.Core(S1), Refusal(prev), new Output());
        }

        _history.Violates("Cost", "S2 has taken S1 back in its log 4 times, though that log has entries of 1 terms only");
    }

    [Fact]
    public void A_vote_at_rest_violates_it()
    {
        Rests();
        _history.Send(new RequestVote(S2, S1, new Term(3), LogIndex.Zero, Term.Zero));
        _history.Violates("Cost", "The cluster is at rest, but S2 sends RequestVote");
    }

    [Fact]
    public void A_write_without_entries_at_rest_violates_it()
    {
        Rests();
        _history.Turn(S2, _history.Core(S2), output: new Output { Write = new RaftWrite(9, new Term(2), null, null, null) });
        _history.Violates("Cost", "The cluster is at rest, but S2 writes term 2");
    }

    [Fact]
    public void More_messages_without_entries_than_heartbeats_violate_it()
    {
        Rests();
        for (var i = 0; i < 3; i++)
        {
            _history.Send(new AppendEntries(S1, S2, new Term(2), LogIndex.Zero, Term.Zero, EntryList.Empty, LogIndex.Zero));
        }

        _history.Violates("Cost", "S1 has sent 3 messages without entries to S2 in 0 ms; 2 would do");
    }

    [Fact]
    public void A_commit_that_a_follower_learns_by_the_next_heartbeat_violates_it()
    {
        Rests();
        _history.Step(S1, Proposal("a"));
        _history.Receive(Append(S1, S2, term: 2, Entries("a@2")));
        _history.Persist(S1);
        _history.Persist(S2);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
        _history.Now = _start + TimeSpan.FromMilliseconds(81);
        _history.Receive(Append(S1, S2, term: 2, prev: 1, prevTerm: 2, commit: 1));
        _history.Violates("Cost", "S2 learned only 81 ms after its leader that entry 1 is committed");
    }

    [Fact]
    public void A_commit_that_takes_one_write_and_one_message_keeps_it()
    {
        Rests();
        _history.Send(_history.Step(S1, Proposal("a")));
        _history.Receive(Append(S1, S2, term: 2, Entries("a@2")));
        _history.Persist(S1);
        _history.Persist(S2);
        _history.Send(_history.Receive(Agreement(S2, S1, term: 2, upTo: 1)));
        _history.Now = _start + TimeSpan.FromMilliseconds(20);
        _history.Receive(Append(S1, S2, term: 2, prev: 1, prevTerm: 2, commit: 1));
        _history.IsGood();
    }

    private static MessageReceived Refusal(long prev) =>
        new(new AppendEntriesReply(S2, S1, new Term(2), Success: false, new LogIndex(prev), new LogIndex(prev), null));

    private void Leads()
    {
        _history.Start(S1, Disk(1));
        _history.Start(S2, Disk(1));
        _history.Elect(S1);
        _history.Receive(Append(S1, S2, term: 2));
        _history.Persist(S2);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 0));
    }

    private void Rests()
    {
        Leads();
        _history.Rest(_start);
    }
}
