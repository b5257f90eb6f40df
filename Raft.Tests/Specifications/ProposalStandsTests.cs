using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class ProposalStandsTests
{
    private readonly History _history = new(new ProposalStands());

    [Fact]
    public void A_client_that_gets_another_term_than_that_of_its_entry_violates_it()
    {
        LeadsTerm2();
        _history.Step(S1, Proposal("a"));
        _history.Answer(S1, "a", At(index: 1, term: 3));
        _history.Violates("ProposalStands", "S1 put a at index 1 in term 2, but told its client index 1 and term 3");
    }

    [Fact]
    public void A_follower_that_takes_a_command_violates_it()
    {
        LeadsTerm2();
        var answer = Leader().Step(Proposal("a"));
        _history.Turn(S1, Unseen(S1, Disk(2, "a@2")), Proposal("a"), answer);
        _history.Violates("ProposalStands", "S1 took a, though it is Follower in term 2");
    }

    [Fact]
    public void An_index_at_which_the_log_holds_another_entry_violates_it()
    {
        LeadsTerm2();
        var answer = Leader().Step(Proposal("a"));
        _history.Turn(S1, Unseen(S1, Disk(1), [.. Election(S1, 2), Proposal("b")]), Proposal("a"), answer);
        _history.Violates("ProposalStands", "S1 says that it put a at index 1 in term 2");
    }

    [Fact]
    public void A_client_that_gets_the_position_of_its_command_keeps_it()
    {
        LeadsTerm2();
        _history.Answer(S1, "a", _history.Step(S1, Proposal("a")).Proposals[0]);
        _history.IsGood();
    }

    [Fact]
    public void A_server_that_declines_keeps_it()
    {
        _history.Start(S1, Disk(1));
        _history.Answer(S1, "a", _history.Step(S1, Proposal("a")).Proposals[0]);
        _history.IsGood();
    }

    private static RaftCore Leader() => Unseen(S1, Disk(1), Election(S1, 2));

    private static Proposal At(long index, long term) => new(new LogIndex(index), new Term(term), ProposalRefusal.None);

    private void LeadsTerm2()
    {
        _history.Start(S1, Disk(1));
        _history.Elect(S1);
    }
}
