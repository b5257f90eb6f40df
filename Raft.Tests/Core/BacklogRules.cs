using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>
/// A leader takes no more than <see cref="CoreOptions.MaxUncommittedBytes"/> that its service has not applied (not in the paper).
/// </summary>
public class BacklogRules
{
    private const int EntrySize = LogEntry.Overhead + 1;

    // Room for three entries of one letter each.
    private static readonly CoreOptions _threeEntries = new() { MaxUncommittedBytes = 3 * EntrySize };

    private static ProposalRefusal[] Refusals(Output output) => [.. output.Proposals.Select(proposal => proposal.Refusal)];

    private static ProposalRefusal Propose(Server leader) => Refusals(leader.Propose("x"))[0];

    private static void Commit(Server leader)
    {
        leader.WritesComplete();
        leader.Agrees(S2);
    }

    [Fact]
    public void A_leader_that_is_cut_off_refuses_what_goes_beyond_and_holds_no_more()
    {
        var leader = Leader(term: 5, options: _threeEntries);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ProposalRefusal.None, Propose(leader));
        }

        for (var i = 0; i < 100; i++)
        {
            var output = leader.Propose("x");
            Assert.Equal(new Proposal(LogIndex.Zero, new Term(5), ProposalRefusal.Backlog), Assert.Single(output.Proposals));
            Assert.Null(output.Write);
            Assert.True(output.Proposals[0].IsLeader);
        }

        Assert.Equal(new LogIndex(3), leader.Core.Log.LastIndex);
    }

    [Fact]
    public void Of_commands_that_are_proposed_together_as_many_are_taken_as_there_is_room_for()
    {
        var leader = Leader(term: 5, options: _threeEntries);
        var x = Command.FromText("x");
        Assert.Equal(
            [ProposalRefusal.None, ProposalRefusal.None, ProposalRefusal.Backlog, ProposalRefusal.None],
            Refusals(leader.Step(new Propose(x, x, new Command(new byte[30]), x))));
    }

    [Fact]
    public void There_is_room_again_once_the_service_is_given_what_was_committed()
    {
        var leader = Leader(term: 5, options: _threeEntries);
        leader.Step(new Propose([.. Enumerable.Repeat(Command.FromText("x"), 3)]));
        Assert.Equal(ProposalRefusal.Backlog, Propose(leader));
        Commit(leader);
        Assert.Equal(new LogIndex(3), leader.Core.LastApplied);
        Assert.Equal(ProposalRefusal.None, Propose(leader));
    }

    [Fact]
    public void A_service_that_takes_nothing_holds_the_proposals_back_though_all_is_committed()
    {
        var leader = Leader(term: 5, options: _threeEntries);
        Propose(leader);
        Commit(leader);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ProposalRefusal.None, Propose(leader));
            Commit(leader);
        }

        Assert.Equal(new LogIndex(4), leader.Core.CommitIndex);
        Assert.Equal(new LogIndex(1), leader.Core.LastApplied);
        Assert.Equal(ProposalRefusal.Backlog, Propose(leader));
        leader.ServiceIsReady();
        Assert.Equal(ProposalRefusal.None, Propose(leader));
    }

    [Fact]
    public void One_entry_is_always_taken()
    {
        var leader = Leader(term: 5, options: new CoreOptions { MaxUncommittedBytes = 1 });
        Assert.Equal(ProposalRefusal.None, Propose(leader));
        Assert.Equal(ProposalRefusal.Backlog, Propose(leader));
        Commit(leader);
        Assert.Equal(ProposalRefusal.None, Propose(leader));
    }

    // §5.4.2: without it, none of them would ever be committed.
    [Fact]
    public void A_new_leader_takes_one_entry_of_its_term_however_much_earlier_leaders_left()
    {
        var leader = Leader(term: 5, log: [1, 1, 1, 4, 4], options: _threeEntries);
        var output = leader.Step(new Propose(Command.FromText("x"), Command.FromText("y")));
        Assert.Equal([ProposalRefusal.None, ProposalRefusal.Backlog], Refusals(output));
        Assert.Equal(ProposalRefusal.Backlog, Propose(leader));
        Commit(leader);
        Assert.Equal(new LogIndex(6), leader.Core.LastApplied);
        Assert.Equal(ProposalRefusal.None, Propose(leader));
    }

    [Fact]
    public void A_command_that_is_too_large_is_refused_as_such_though_there_is_no_room_either()
    {
        var leader = Leader(term: 5, options: new CoreOptions { MaxUncommittedBytes = 1, MaxMessageBytes = 8 });
        Propose(leader);
        Assert.Equal([ProposalRefusal.TooLarge], Refusals(leader.Propose("too large")));
    }

    [Fact]
    public void Who_does_not_lead_says_so_whatever_else_there_is_to_say()
    {
        var follower = Started(term: 5, log: [1, 1, 1, 1], options: _threeEntries with { MaxMessageBytes = 8 });
        Assert.Equal([ProposalRefusal.NotLeader], Refusals(follower.Propose("too large")));
    }

    [Fact]
    public void What_an_earlier_leader_left_counts_on()
    {
        // Three entries, one of which gives way to another of a later leader.
        var server = Started(term: 5, log: [1, 1], options: _threeEntries);
        server.AppendEntries(term: 5, prev: 2, prevTerm: 1, entries: [5]);
        server.AppendEntries(term: 6, prev: 2, prevTerm: 1, entries: [6]);
        Assert.Equal(Recount(server.Core), server.Core.UnappliedBytes);
        Assert.Equal(server.Core.Log.From(new LogIndex(1)).Size, server.Core.UnappliedBytes);
    }

    [Fact]
    public void A_snapshot_in_the_place_of_entries_makes_room()
    {
        var agrees = Started(term: 5, log: [1, 1, 4, 4]);
        agrees.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4);
        Assert.Equal(Recount(agrees.Core), agrees.Core.UnappliedBytes);
        Assert.True(agrees.Core.UnappliedBytes > 0);

        var replaces = Started(term: 5, log: [1, 1, 2, 2]);
        replaces.InstallSnapshot(term: 5, lastIndex: 3, lastTerm: 4);
        Assert.Equal(0, replaces.Core.UnappliedBytes);
    }

    /// <summary>The bytes of the entries that a service has not been given, counted over the log.</summary>
    internal static long Recount(RaftCore core)
    {
        var bytes = 0L;
        for (var index = LogIndex.Max(core.LastApplied.Next, core.Log.FirstIndex); index <= core.Log.LastIndex; index = index.Next)
        {
            bytes += core.Log[index].Size;
        }

        return bytes;
    }
}
