using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>A core is a value: it is made of members and what was stored, can be copied, and compared.</summary>
public class CoreValue
{
    [Fact]
    public void A_copy_is_equal_and_independent()
    {
        var leader = Leader(term: 5, log: [1, 4]);
        leader.Propose("in flight");
        var copy = leader.Core.Clone();
        Assert.Equal(leader.Core, copy);
        Assert.Equal(leader.Core.GetHashCode(), copy.GetHashCode());

        copy.Step(new Propose(Command.FromText("x")));
        copy.Step(new MessageReceived(new AppendEntriesReply(S2, S1, new Term(5), Success: true, new LogIndex(3))));
        copy.Step(new WriteDurable(2));
        Assert.Equal([1, 4, 5], leader.Log);
        Assert.Equal(LogIndex.Zero, leader.Core.CommitIndex);
        Assert.Equal(LogIndex.Zero, leader.Core.ProgressOf(S2).MatchIndex);
        leader.WritesComplete();
        Assert.Equal(new LogIndex(3), leader.Core.ProgressOf(S1).MatchIndex);
    }

    [Fact]
    public void A_copy_goes_on_as_the_original_would()
    {
        var server = Started(term: 4);
        server.TimeOut();
        server.VoteReply(S2, term: 5);
        var copy = server.Core.Clone();
        server.WritesComplete();
        copy.Step(new WriteDurable(1));
        Assert.Equal(Role.Leader, copy.Role);
        Assert.Equal(server.Core, copy);
    }

    [Fact]
    public void Every_step_that_changes_something_makes_a_difference()
    {
        var cases = new (string What, Func<Server> Make, Action<Server> Step)[]
        {
            ("term", () => Started(term: 4), server => server.VoteReply(S2, term: 5, granted: false)),
            ("vote", () => Started(term: 4), server => server.RequestVote(S2, term: 4)),
            ("role", () => Started(term: 4), server => server.TimeOut()),
            ("leader", () => Started(term: 4), server => server.AppendEntries(term: 4)),
            ("log", () => Leader(term: 5), server => server.Propose("x")),
            (
                "commit and applied",
                () => Started(term: 4, log: [1]),
                server => server.AppendEntries(term: 4, prev: 1, prevTerm: 1, commit: 1)),
            ("votes", () => Candidate(term: 5, cluster: 5), server => server.VoteReply(S2, term: 5)),
            ("progress", () => Leader(term: 5, cluster: 5, log: [1]), server => server.Agrees(S2)),
            ("window", () => LeaderThatWasRefused(), server => server.Beat()),
            ("transfer", () => LeaderWithATransfer(), server => server.Beat()),
            (
                "part of a snapshot",
                () => Started(term: 4),
                server => server.Chunk(4, lastIndex: 7, lastTerm: 3, offset: 0, "abc", done: false)),
            ("next part", () => FollowerWithAPart(), server => server.Chunk(4, lastIndex: 7, lastTerm: 3, offset: 3, "def", done: false)),
            ("writes in flight", () => LeaderWithAWriteInFlight(), server => server.WritesComplete()),
            ("readiness", () => BusyWithOneEntry(), server => server.ServiceIsReady()),
            ("snapshot", () => BusyWithOneEntry(), server => server.Compact(1)),
        };
        Assert.All(cases, one =>
        {
            var server = one.Make();
            var before = server.Core.Clone();
            Assert.Equal(before, server.Core);
            one.Step(server);
            Assert.True(!before.Equals(server.Core), $"The {one.What} does not count.");
        });

        static Server BusyWithOneEntry()
        {
            var server = Started(term: 4, log: [1]);
            server.AppendEntries(term: 4, prev: 1, prevTerm: 1, commit: 1);
            return server;
        }

        static Server LeaderWithAWriteInFlight()
        {
            var leader = Leader(term: 5, cluster: 5);
            leader.Propose("x");
            return leader;
        }

        static Server LeaderThatWasRefused()
        {
            var leader = LeaderWithAWriteInFlight();
            leader.Refuses(S2, prev: 1, conflictIndex: 1);
            return leader;
        }

        static Server LeaderWithATransfer()
        {
            var leader = Leader(term: 5, log: [1], snapshot: SnapshotAt(3, 1));
            leader.Refuses(S2, prev: 4, conflictIndex: 1);
            return leader;
        }

        static Server FollowerWithAPart()
        {
            var follower = Started(term: 4);
            follower.Chunk(term: 4, lastIndex: 7, lastTerm: 3, offset: 0, "abc", done: false);
            return follower;
        }
    }

    [Fact]
    public void Servers_of_other_names_members_or_limits_differ()
    {
        Assert.Equal(Started().Core, Started().Core);
        Assert.NotEqual(Started(id: S1).Core, Started(id: S2).Core);
        Assert.NotEqual(Started(cluster: 3).Core, Started(cluster: 4).Core);
        Assert.NotEqual(Started().Core, Started(options: new CoreOptions { MaxEntriesPerMessage = 7 }).Core);
        Assert.False(Started().Core.Equals(null));
    }

    [Fact]
    public void Members_are_ordered_by_name()
    {
        Assert.Equal([S1, S2, S3], new RaftCore(S2, [S3, S1, S2], DurableState.Initial).Members.AsEnumerable());
    }

    [Fact]
    public void A_core_starts_as_a_follower_with_what_was_stored()
    {
        var core = Started(term: 5, votedFor: S3, log: [1, 4]).Core;
        Assert.Equal((S1, new Term(5), (ServerId?)S3, Role.Follower), (core.Id, core.CurrentTerm, core.VotedFor, core.Role));
        Assert.Null(core.Leader);
        Assert.Equal(Entries(1, 1, 4), core.Log.Entries.ToList());
        Assert.Equal((LogIndex.Zero, LogIndex.Zero), (core.CommitIndex, core.LastApplied));
    }

    [Fact]
    public void Members_that_make_no_cluster_are_refused()
    {
        Assert.Contains("at least one server", Refused([]), StringComparison.Ordinal);
        Assert.Contains("names S2 more than once", Refused([S2, S1, S2]), StringComparison.Ordinal);
        Assert.Contains("(S2, S3) lacks this server, S1", Refused([S2, S3]), StringComparison.Ordinal);

        static string Refused(ServerId[] members) =>
            Assert.Throws<ArgumentException>(() => new RaftCore(S1, members, DurableState.Initial)).Message;
    }

    [Fact]
    public void A_stored_vote_for_a_stranger_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => Started(term: 5, votedFor: new ServerId(9)));
        Assert.Contains("S1 holds a vote for S9, which is not a member", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_storage_that_contradicts_itself_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => Started(term: 2, log: [1, 3]));
        Assert.Contains(
            "S1 contradicts itself: the log reaches term 3, but the current term is 2.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_server_can_have_stored_has_no_contradiction()
    {
        Assert.Null(DurableState.Initial.Contradiction());
        Assert.Null(Stored(term: 5, vote: S2, snapshot: SnapshotAt(3, 2), 2, 4, 5).Contradiction());
    }

    [Fact]
    public void Contradictions_are_told_with_what_contradicts_what()
    {
        Assert.Equal($"there is no term -1: terms go from 0 to {Term.MaxValue}", Stored(term: -1).Contradiction());
        Assert.Equal(
            $"there is no term {Term.MaxValue + 1}: terms go from 0 to {Term.MaxValue}", Stored(term: Term.MaxValue + 1).Contradiction());
        Assert.Equal(
            $"there is no index -3: indexes go from 0 to {LogIndex.MaxValue}",
            Stored(term: 1, snapshot: SnapshotAt(-3, 1)).Contradiction());
        Assert.Equal(
            $"there is no term -1: terms go from 0 to {Term.MaxValue}", Stored(term: 1, snapshot: SnapshotAt(3, -1)).Contradiction());
        Assert.Equal("it holds a vote for S2 in term 0, in which there is no election", Stored(term: 0, vote: S2).Contradiction());
        Assert.StartsWith(
            "index 0 and term 1 do not go together", Stored(term: 1, snapshot: SnapshotAt(0, 1)).Contradiction(), StringComparison.Ordinal);
        Assert.StartsWith(
            "index 3 and term 0 do not go together", Stored(term: 1, snapshot: SnapshotAt(3, 0)).Contradiction(), StringComparison.Ordinal);
        Assert.Equal(
            "the entry at index 1 has term 0, but the one before it has term 0",
            Stored(term: 1, vote: null, snapshot: null, 0).Contradiction());
        Assert.Equal(
            "the entry at index 5 has term 2, but the one before it has term 3",
            Stored(term: 4, vote: null, snapshot: SnapshotAt(3, 2), 3, 2).Contradiction());
        Assert.Equal("the log reaches term 3, but the current term is 2", Stored(term: 2, snapshot: SnapshotAt(3, 3)).Contradiction());
    }

    private static DurableState Stored(long term, ServerId? vote = null, Snapshot? snapshot = null, params long[] log)
    {
        var start = snapshot ?? Snapshot.None;
        return new DurableState(new Term(term), vote, start, Entries(start.LastIndex.Value + 1, log));
    }
}
