using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class ClientHistoryTests
{
    private readonly History _history = new(new ClientHistory());

    public ClientHistoryTests()
    {
        _history.Start(S1, Disk(1));
        _history.Start(S2, Disk(1));
        _history.Elect(S1);
    }

    [Fact]
    public void A_command_that_no_client_proposed_violates_it()
    {
        _history.Apply(S1, 1, "a@2", 0);
        _history.Violates("ClientHistory", "The service of S1 applied a as entry 1, but no client proposed it");
    }

    [Fact]
    public void A_command_that_is_applied_twice_violates_it()
    {
        _history.Propose(S1, "a");
        _history.Apply(S1, 1, "a@2", 0);
        _history.Apply(S2, 1, "a@2", 0);
        _history.IsGood();
        _history.Apply(S2, 2, "a@2", 0);
        _history.Violates("ClientHistory", "a was applied at 2 indexes; clients proposed it 1 times, of which 0 were refused");
    }

    [Fact]
    public void A_command_that_was_refused_and_is_applied_violates_it_in_either_order()
    {
        _history.Propose(S1, "a");
        _history.Answer(S1, "a", new Proposal(LogIndex.Zero, new Term(2), ProposalRefusal.Backlog));
        _history.IsGood();
        _history.Apply(S2, 1, "a@2", 0);
        _history.Violates("ClientHistory", "a was applied at 1 indexes; clients proposed it 1 times, of which 1 were refused");

        var other = new History(new ClientHistory());
        other.Start(S1, Disk(1));
        other.Propose(S1, "a");
        other.Apply(S1, 1, "a@2", 0);
        other.Answer(S1, "a", new Proposal(LogIndex.Zero, new Term(2), ProposalRefusal.NotLeader));
        other.Violates("ClientHistory", "of which 1 were refused");
    }

    [Fact]
    public void A_server_that_takes_a_command_in_a_term_that_it_never_led_violates_it()
    {
        _history.Propose(S2, "a");
        _history.Answer(S2, "a", Taken(1, 2));
        _history.Violates("ClientHistory", "S2 told a client that it took a in term 2, which it never led");
    }

    [Fact]
    public void Two_clients_that_get_the_same_position_violate_it()
    {
        _history.Propose(S1, "a");
        _history.Propose(S1, "b");
        _history.Answer(S1, "a", Taken(1, 2));
        _history.Answer(S1, "b", Taken(1, 2));
        _history.Violates("ClientHistory", "S1 told a client that b is entry 1 of term 2, but another client that a is");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_command_at_the_position_that_a_client_got_violates_it(bool isAppliedFirst)
    {
        _history.Propose(S1, "a");
        _history.Propose(S1, "b");
        if (isAppliedFirst)
        {
            _history.Apply(S2, 1, "b@2", 0);
            _history.Answer(S1, "a", Taken(1, 2));
        }
        else
        {
            _history.Answer(S1, "a", Taken(1, 2));
            _history.Apply(S2, 1, "b@2", 0);
        }

        _history.Violates("ClientHistory", "a is entry 1 of term 2");
    }

    [Fact]
    public void A_command_that_gives_way_to_that_of_a_later_term_keeps_it()
    {
        _history.Propose(S1, "a");
        _history.Answer(S1, "a", Taken(1, 2));
        _history.Propose(S2, "b");
        _history.Apply(S2, 1, "b@3", 0);
        _history.IsGood();
    }

    [Fact]
    public void A_command_that_is_proposed_twice_may_be_applied_twice()
    {
        _history.Propose(S1, "a");
        _history.Propose(S1, "a");
        _history.Apply(S1, 1, "a@2", 0);
        _history.Apply(S1, 2, "a@2", 0);
        _history.IsGood();
    }

    private static Proposal Taken(long index, long term) => new(new LogIndex(index), new Term(term));
}
