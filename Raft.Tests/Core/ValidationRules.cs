using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>
/// A message that no server of the cluster can have meant for this one costs nothing but itself (not in the paper, whose servers trust each
/// other). Whatever is taken can be stored and loaded again.
/// </summary>
public class ValidationRules
{
    private static readonly Config _config = Config.QuickThrowOnFailure.WithMaxTest(3000)
        .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(2014, 7), FSharpOption<int>.None)));

    // Servers of terms around 5 whose logs are around 5 entries long, in all roles, and some at the end of all numbers.
    private static readonly (string What, Func<Server> Make)[] _states =
    [
        ("new", () => Started()),
        ("follower", () => FollowerWith(commit: 0)),
        ("follower that has committed", () => FollowerWith(commit: 3)),
        ("follower with a snapshot", () => Started(term: 5, snapshot: SnapshotAt(3, 2), log: [3, 5])),
        ("follower with a part of a snapshot", FollowerWithPart),
        ("voter", () => Started(term: 5, votedFor: S2, log: [1, 2])),
        ("candidate whose vote is in flight", () => { var server = Started(term: 4, log: [1, 2]); server.TimeOut(); return server; }),
        ("candidate", () => Candidate(term: 5, log: [1, 2, 4])),
        ("leader", () => Leader(term: 5, log: [1, 2, 4])),
        ("leader that sends entries", LeaderThatSends),
        ("leader that sends a snapshot", LeaderOfASnapshot),
        ("follower of the last term", () => Started(term: Term.MaxValue, log: [1, Term.MaxValue])),
        ("leader of the last term", () => Leader(term: Term.MaxValue, log: [1])),
        ("follower with a log at the last index", () => Started(term: 5, snapshot: SnapshotAt(LogIndex.MaxValue - 1, 3), log: [4])),
        ("leader with a log near the last index", () => Leader(term: 5, snapshot: SnapshotAt(LogIndex.MaxValue - 2, 3))),
    ];

    private static Server FollowerWith(long commit)
    {
        var server = Started(term: 5, log: [1, 2, 2]);
        server.AppendEntries(term: 5, prev: 3, prevTerm: 2, entries: [5, 5], commit: commit);
        return server;
    }

    private static Server FollowerWithPart()
    {
        var server = FollowerWith(commit: 1);
        server.Chunk(term: 5, lastIndex: 7, lastTerm: 4, offset: 0, "abc", done: false);
        return server;
    }

    private static Server LeaderThatSends()
    {
        var server = Leader(term: 5, log: [1, 2]);
        server.Agrees(S2);
        server.Propose("a");
        server.Propose("b");
        server.WritesComplete();
        server.Agrees(S2, upTo: 3);
        return server;
    }

    private static Server LeaderOfASnapshot()
    {
        var server = Leader(term: 5, snapshot: SnapshotAt(4, 2), options: new CoreOptions { MaxMessageBytes = 4 });
        server.Refuses(S2, prev: 4, conflictIndex: 1);
        return server;
    }

    // Strays.
    [Fact]
    public void Messages_from_strangers_from_itself_and_for_others_change_nothing()
    {
        var stranger = new ServerId(9);
        (ServerId From, ServerId To)[] routes = [(stranger, S1), (S1, S1), (S2, S3), (stranger, S2), (S1, S2), (S2, stranger)];
        Assert.All(_states, state => Assert.All(routes, route => Assert.All(Sound(new Term(6), new LogIndex(4)), message =>
        {
            var why = Rejects(state.Make(), message with { From = route.From, To = route.To });
            Assert.Equal($"S1 takes messages from the other members to itself, not from {route.From} to {route.To}", why);
        })));
    }

    [Fact]
    public void A_message_of_an_unknown_kind_changes_nothing() => Assert.All(
        _states,
        state => Assert.Equal("there is no rule for UnknownMessage", Rejects(state.Make(), new UnknownMessage(S2, S1, new Term(9)))));

    [Fact]
    public void A_message_that_a_correct_server_can_have_sent_is_taken()
    {
        Assert.All(_states.Where(state => !state.What.Contains("last", StringComparison.Ordinal)), state =>
            Assert.All(Sound(new Term(6), new LogIndex(9)), message => Assert.Null(state.Make().Receive(message).Rejected)));
    }

    // Contradictions.
    public static TheoryData<Message, string> Contradictory => new()
    {
        { Vote(term: 0), "it is of term 0, in which nothing is sent" },
        { Vote(term: 6, lastIndex: 3, lastTerm: 6), "the candidate's log ends in term 6, which is not before term 6" },
        { Vote(term: 6, lastIndex: 0, lastTerm: 3), "index 0 and term 3 do not go together" },
        { Vote(term: 6, lastIndex: 3, lastTerm: 0), "index 3 and term 0 do not go together" },
        { new RequestVoteReply(S2, S1, new Term(0), true), "it is of term 0" },
        { Append(term: 6, prev: 3, prevTerm: 0), "index 3 and term 0 do not go together" },
        { Append(term: 6, prev: 0, prevTerm: 2), "index 0 and term 2 do not go together" },
        { Append(term: 6, prev: 3, prevTerm: 7), "the log reaches term 7, but the current term is 6" },
        { Append(term: 6, prev: 3, prevTerm: 2, entries: [6, 7]), "the log reaches term 7, but the current term is 6" },
        { Append(term: 6, prev: 3, prevTerm: 2, entries: [5, 4]), "the entry at index 5 has term 4, but the one before it has term 5" },
        { Append(term: 6, prev: 3, prevTerm: 2, entries: [1]), "the entry at index 4 has term 1, but the one before it has term 2" },
        { Append(term: 6, prev: 0, prevTerm: 0, entries: [0]), "the entry at index 1 has term 0" },
        { Append(term: 6, prev: LogIndex.MaxValue - 1, prevTerm: 2, entries: [6, 6]), "2 entries after index 4611686018427387902" },
        { Refusal(term: 6, conflictTerm: 7), "an entry of term 7 in a log that reaches to term 6" },
        { Refusal(term: 6, conflictTerm: 0), "an entry of term 0" },
        { Refusal(term: 6, conflictTerm: -1), "an entry of term -1" },
        { Install(term: 6, lastIndex: 0, lastTerm: 0), "a snapshot of nothing is not sent" },
        { Install(term: 6, lastIndex: 9, lastTerm: 0), "index 9 and term 0 do not go together" },
        { Install(term: 6, lastIndex: 9, lastTerm: 7), "the log reaches term 7, but the current term is 6" },
        { Install(term: 6, lastIndex: 9, lastTerm: 2, offset: -1), "there are not 5 from -1 on" },
        { Install(term: 6, lastIndex: 9, lastTerm: 2, offset: (1L << 50) - 4), "a snapshot has at most 1125899906842624 bytes" },
        { Install(term: 6, lastIndex: 9, lastTerm: 2, offset: long.MaxValue), "a snapshot has at most 1125899906842624 bytes" },
        { new InstallSnapshotReply(S2, S1, new Term(6), new LogIndex(9), Missing: -1), "no byte has the position -1" },
    };

    [Theory]
    [MemberData(nameof(Contradictory))]
    public void A_message_that_contradicts_itself_changes_nothing(Message message, string why) =>
        Assert.All(_states, state => Assert.Contains(why, Rejects(state.Make(), message), StringComparison.Ordinal));

    [Fact]
    public void A_chunk_may_end_at_the_last_byte_that_a_snapshot_can_have() =>
        Assert.Null(Started(term: 5).Receive(Install(term: 6, lastIndex: 9, lastTerm: 2, offset: (1L << 50) - 5)).Rejected);

    [Fact]
    public void What_contradicts_what_is_committed_changes_nothing()
    {
        Func<Server>[] servers = [() => FollowerWith(commit: 3), () => Started(term: 5, snapshot: SnapshotAt(3, 2), log: [3, 5])];
        Assert.All(servers, make =>
        {
            const string why = "entry 3 is committed with term 2, not 3";
            Assert.Equal(why, Rejects(make(), Append(term: 6, prev: 3, prevTerm: 3)));
            Assert.Equal(why, Rejects(make(), Append(term: 5, prev: 2, prevTerm: 2, entries: [3, 3])));
            Assert.Equal(why, Rejects(make(), Install(term: 5, lastIndex: 3, lastTerm: 3)));
        });
    }

    [Fact]
    public void An_old_request_is_refused_whatever_it_says_of_what_is_committed() =>
        Assert.False(FollowerWith(commit: 3).Receive(Append(term: 4, prev: 3, prevTerm: 3)).Only<AppendEntriesReply>().Success);

    // Numbers.
    public static TheoryData<string, long> Extremes
    {
        get
        {
            var extremes = new TheoryData<string, long>();
            foreach (var (what, _) in _states)
            {
                foreach (var number in new[] { Term.MaxValue, Term.MaxValue + 1, long.MaxValue, -1, long.MinValue })
                {
                    extremes.Add(what, number);
                }
            }

            return extremes;
        }
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public void No_number_wraps_and_none_beyond_the_last_is_written(string what, long number)
    {
        var state = _states.Single(state => state.What == what);
        var isBeyond = number is < 0 or > Term.MaxValue;
        foreach (var message in WithNumber(number))
        {
            var server = state.Make();
            if (isBeyond)
            {
                Rejects(server, message);
            }
            else
            {
                TakesOrRejects(server, message);
            }
        }

        // Each of the numbers that each kind of message has.
        static IEnumerable<Message> WithNumber(long number)
        {
            var (term, index) = (new Term(number), new LogIndex(number));
            var (five, two, three) = (new Term(5), new Term(2), new LogIndex(3));
            var entries = Entries(1, number);
            yield return new RequestVote(S2, S1, term, three, two);
            yield return new RequestVote(S2, S1, five, index, two);
            yield return new RequestVote(S2, S1, new Term(6), three, term);
            yield return new RequestVoteReply(S2, S1, term, VoteGranted: true);
            yield return new RequestVoteReply(S2, S1, term, VoteGranted: false);
            yield return new AppendEntries(S2, S1, term, three, two, Entries(4, 5), three);
            yield return new AppendEntries(S2, S1, five, index, two, EntryList.Empty, three);
            yield return new AppendEntries(S2, S1, five, index, two, Entries(4, 5), three);
            yield return new AppendEntries(S2, S1, term, three, term, entries, three);
            yield return new AppendEntries(S2, S1, five, three, two, EntryList.Empty, index);
            yield return new AppendEntries(S2, S1, term, LogIndex.Zero, Term.Zero, entries, LogIndex.Zero);
            yield return new AppendEntriesReply(S2, S1, term, Success: true, three);
            yield return new AppendEntriesReply(S2, S1, five, Success: true, index);
            yield return new AppendEntriesReply(S2, S1, five, Success: false, index, three);
            yield return new AppendEntriesReply(S2, S1, five, Success: false, three, index);
            yield return new AppendEntriesReply(S2, S1, term, Success: false, three, three, term);
            yield return new InstallSnapshot(S2, S1, term, SnapshotAt(9, 2));
            yield return new InstallSnapshot(S2, S1, five, SnapshotAt(number, 2));
            yield return new InstallSnapshot(S2, S1, term, SnapshotAt(9, number));
            yield return new InstallSnapshot(S2, S1, five, new LogIndex(9), two, number, default, Done: true);
            yield return new InstallSnapshotReply(S2, S1, term, three);
            yield return new InstallSnapshotReply(S2, S1, five, index);
            yield return new InstallSnapshotReply(S2, S1, five, index, Missing: 4);
        }
    }

    [Fact]
    public void A_log_that_has_reached_the_last_index_takes_no_more()
    {
        var leader = Leader(term: 5, snapshot: SnapshotAt(LogIndex.MaxValue - 2, 3));
        var x = Command.FromText("x");
        Assert.Equal(
            [ProposalRefusal.None, ProposalRefusal.None, ProposalRefusal.Backlog],
            leader.Step(new Propose(x, x, x)).Proposals.Select(proposal => proposal.Refusal));
        leader.WritesComplete();
        leader.Agrees(S2);
        Assert.Equal(new LogIndex(LogIndex.MaxValue), leader.Core.CommitIndex);
        Assert.Equal(ProposalRefusal.Backlog, leader.Propose("x").Proposals[0].Refusal);
        Assert.Null(leader.Disk.Read().Contradiction());
    }

    // Any messages.
    private static readonly Gen<long> _number = Gen.Frequency(
        (12, Gen.Choose(0, 7).Select(value => (long)value)),
        (1, Gen.Elements(LogIndex.MaxValue - 1, LogIndex.MaxValue, LogIndex.MaxValue + 1, long.MaxValue, -1, long.MinValue)));

    private static readonly Gen<Term> _term = _number.Select(value => new Term(value));

    // Nearly all from a member to this server: the other routes are rejected before anything else is looked at.
    private static readonly Gen<(ServerId From, ServerId To)> _route = Gen.Frequency(
        (8, Gen.Constant((S2, S1))), (8, Gen.Constant((S3, S1))), (1, Gen.Elements((S1, S1), (S2, S3), (new ServerId(9), S1))));

    private static readonly Gen<EntryList> _entries =
        from terms in _number.ArrayOf(3)
        from count in Gen.Choose(0, 3)
        from isSorted in Gen.Frequency((3, Gen.Constant(true)), (1, Gen.Constant(false)))
        select Entries(1, [.. isSorted ? terms.Take(count).Order() : terms.Take(count)]);

    private static readonly Gen<Message> _any =
        from kind in Gen.Choose(0, 5)
        from route in _route
        from term in _term
        from index in _number
        from otherTerm in _term
        from otherIndex in _number
        from number in _number
        from flag in Gen.Elements(true, false)
        from hasNumber in Gen.Elements(true, false)
        from entries in _entries
        from data in Gen.Elements("", "abc", "a longer text")
        select kind switch
        {
            0 => (Message)new RequestVote(route.From, route.To, term, new LogIndex(index), otherTerm),
            1 => new RequestVoteReply(route.From, route.To, term, flag),
            2 => new AppendEntries(route.From, route.To, term, new LogIndex(index), otherTerm, entries, new LogIndex(otherIndex)),
            3 => new AppendEntriesReply(
                route.From, route.To, term, flag, new LogIndex(index), new LogIndex(otherIndex), hasNumber ? otherTerm : null),
            4 => new InstallSnapshot(route.From, route.To, term, new LogIndex(index), otherTerm, number, SnapshotData.FromText(data), flag),
            _ => new InstallSnapshotReply(route.From, route.To, term, new LogIndex(index), hasNumber ? number : null),
        };

    [Fact]
    public void Whatever_messages_come_what_is_written_can_be_loaded_and_what_is_sent_is_sound()
    {
        var taken = new HashSet<(Type Kind, int State)>();
        var runs =
            from state in Gen.Choose(0, _states.Length - 1)
            from messages in _any.ArrayOf(8)
            select (State: state, Messages: messages);
        Check.One(_config, Prop.ForAll(Arb.From(runs), run =>
        {
            var server = _states[run.State].Make();
            foreach (var message in run.Messages)
            {
                if (TakesOrRejects(server, message))
                {
                    taken.Add((message.GetType(), run.State));
                }
            }

            server.ServiceIsReady();
            server.WritesComplete();
            Assert.Equal(server.Core.Log, server.Disk.Log);
        }));

        // Each kind of message was taken by a server in each state but the last ones, where there is little that can still be said.
        Assert.True(taken.Count > 0.8 * 6 * _states.Length, $"Only {taken.Count} of {6 * _states.Length}: {string.Join(", ", taken)}");
    }

    // A server takes a message, and what it writes can be loaded, and what it sends is sound; or it rejects it, and nothing has happened.
    private static bool TakesOrRejects(Server server, Message message)
    {
        var before = server.Core.Clone();
        var output = server.Receive(message);
        if (output.Rejected is not null)
        {
            AssertUntouched(before, server.Core, output);
            return false;
        }

        var stored = server.Disk.Read();
        Assert.Null(stored.Contradiction());
        var next = new RaftCore(S1, server.Core.Members, stored);
        Assert.Equal((server.Core.CurrentTerm, server.Core.VotedFor, server.Core.Log), (next.CurrentTerm, next.VotedFor, next.Log));
        Assert.All(output.Messages, sent => Assert.Null(sent.Message.Contradiction()));
        Assert.InRange(server.Core.CommitIndex.Value, before.CommitIndex.Value, server.Core.Log.LastIndex.Value);
        Assert.InRange(server.Core.CurrentTerm.Value, before.CurrentTerm.Value, Term.MaxValue);
        Assert.InRange(server.Core.Log.LastIndex.Value, 0, LogIndex.MaxValue);
        Assert.All([S2, S3], member => Assert.InRange(server.Core.ProgressOf(member).NextIndex.Value, 1, LogIndex.MaxValue + 1));
        Assert.Equal(BacklogRules.Recount(server.Core), server.Core.UnappliedBytes);
        return true;
    }

    private static string Rejects(Server server, Message message)
    {
        var before = server.Core.Clone();
        var output = server.Receive(message);
        Assert.True(output.Rejected is not null, $"{server.Core.Id} took {message}.");
        AssertUntouched(before, server.Core, output);
        return output.Rejected;
    }

    private static void AssertUntouched(RaftCore before, RaftCore after, Output output)
    {
        Assert.Equal(before, after);
        Assert.Null(output.Write);
        Assert.Empty(output.Messages);
        Assert.Empty(output.Apply);
        Assert.Empty(output.Proposals);
        Assert.Equal((TimerChange.None, TimerChange.None), (output.ElectionTimer, output.HeartbeatTimer));
    }

    // One of each kind that another server can have meant for S1.
    private static Message[] Sound(Term term, LogIndex last) =>
    [
        new RequestVote(S2, S1, term, last, new Term(3)),
        new RequestVoteReply(S2, S1, term, VoteGranted: true),
        new AppendEntries(S2, S1, term, last, new Term(5), Entries(last.Value + 1, 6), LogIndex.Zero),
        new AppendEntriesReply(S2, S1, term, Success: false, last, last, new Term(4)),
        new InstallSnapshot(S2, S1, term, SnapshotAt(last.Value, 5)),
        new InstallSnapshotReply(S2, S1, term, last, Missing: 4),
    ];

    private static RequestVote Vote(long term, long lastIndex = 0, long lastTerm = 0) =>
        new(S2, S1, new Term(term), new LogIndex(lastIndex), new Term(lastTerm));

    private static AppendEntriesReply Refusal(long term, long conflictTerm) =>
        new(S2, S1, new Term(term), Success: false, new LogIndex(3), new LogIndex(2), new Term(conflictTerm));

    private static AppendEntries Append(long term, long prev, long prevTerm, params long[] entries) =>
        new(S2, S1, new Term(term), new LogIndex(prev), new Term(prevTerm), Entries(1, entries), LogIndex.Zero);

    private static InstallSnapshot Install(long term, long lastIndex, long lastTerm, long offset = 0) =>
        new(S2, S1, new Term(term), new LogIndex(lastIndex), new Term(lastTerm), offset, SnapshotData.FromText("bytes"), Done: false);
}
