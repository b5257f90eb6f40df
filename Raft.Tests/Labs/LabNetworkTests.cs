using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Tests.Cluster;
using Raft.Verification.Cluster;
using Raft.Verification.Labs;

namespace Raft.Tests.Labs;

/// <summary>The labs' network: labrpc's own tests, and each rule of a call alone. On virtual time, so that delays are exact.</summary>
public class LabNetworkTests
{
    private static readonly ServerId S1 = new(1);
    private static readonly ServerId S2 = new(2);

    [Fact]
    public void Many_calls_of_many_callers_all_succeed_and_are_counted() => Run(servers: 7, async net =>
    {
        for (var caller = 2; caller <= 7; caller++)
        {
            net.Connect(new ServerId(caller), S1);
            for (var i = 0; i < 40; i++)
            {
                net.Call(new ServerId(caller), S1);
            }
        }

        await net.SleepAsync(1);
        Assert.Equal(240, net.Replies);
        Assert.Equal(240, net.Network.CallsTo(S1));
        Assert.Equal(240, net.Network.Calls);
        Assert.Equal(0, net.Network.OpenCalls);
    });

    [Fact]
    public void On_an_unreliable_network_some_calls_succeed_and_some_do_not() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.Network.IsReliable = false;
        for (var i = 0; i < 10_000; i++)
        {
            net.Call(S2, S1);
        }

        await net.SleepAsync(27);

        // One request in ten is lost, and of the others one reply in ten.
        Assert.InRange(net.Network.CallsTo(S1), 8_800, 9_200);
        Assert.InRange(net.Replies, 7_900, 8_300);
        Assert.Equal(10_000, net.Network.Calls);
        Assert.Equal(0, net.Network.OpenCalls);
    });

    [Fact]
    public void An_unreliable_network_brings_requests_late_and_out_of_order() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.Network.IsReliable = false;
        for (var i = 0; i < 300; i++)
        {
            net.Call(S2, S1);
        }

        await net.SleepAsync(100);
        Assert.NotEqual(net.ReceivedTerms.Order(), net.ReceivedTerms);
        Assert.InRange(net.ReceivedAt.Max(), 24, 26);
        Assert.InRange(net.ReceivedAt.Min(), 0, 2);
        Assert.InRange(net.ReceivedAt.Average(), 11, 15);
    });

    [Fact]
    public void Calls_over_a_disabled_end_fail_late_and_delay_no_other_call() => Run(servers: 2, async net =>
    {
        for (var i = 0; i < 1000; i++)
        {
            net.Call(S2, S1);
        }

        Assert.Equal(1000, net.Network.OpenCalls);
        net.Connect(S2, S1);
        net.Call(S2, S1);
        await net.SleepAsync(1);
        Assert.Equal(1, net.Replies);
        Assert.Equal(1, net.Network.CallsTo(S1));

        // They take 0 to 7 seconds, evenly.
        await net.SleepAsync(3499);
        Assert.InRange(net.Network.OpenCalls, 440, 560);
        await net.SleepAsync(3400);
        Assert.InRange(net.Network.OpenCalls, 1, 40);
        await net.SleepAsync(100);
        Assert.Equal(0, net.Network.OpenCalls);
        Assert.Equal(1, net.Replies);
    });

    [Fact]
    public void A_call_that_a_deleted_server_was_handling_is_over_at_once() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.HoldReplies = true;
        net.Call(S2, S1);
        await net.SleepAsync(1);
        Assert.Equal(1, net.Network.OpenCalls);
        net.Network.Delete(S1);
        Assert.Equal(0, net.Network.OpenCalls);
        net.ReleaseReplies();
        await net.SleepAsync(10_000);
        Assert.Equal(0, net.Replies);
    });

    [Fact]
    public void A_reply_over_an_end_that_was_disabled_meanwhile_is_lost() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.HoldReplies = true;
        net.Call(S2, S1);
        await net.SleepAsync(1);
        net.Network.Enable(S2, S1, false);
        net.ReleaseReplies();
        await net.SleepAsync(10_000);
        Assert.Equal(0, net.Replies);
        Assert.Equal(0, net.Network.OpenCalls);
    });

    [Fact]
    public void What_was_under_way_to_an_earlier_life_does_not_reach_the_next() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.Call(S2, S1);
        net.Start(S1);
        net.Connect(S2, S1);
        await net.SleepAsync(10);
        Assert.Equal(0, net.Network.CallsTo(S1));
        net.Call(S2, S1);
        await net.SleepAsync(10);
        Assert.Equal(1, net.Network.CallsTo(S1));
    });

    [Fact]
    public void The_ends_of_an_earlier_life_carry_nothing() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        var old = net.Ends(S2);
        net.Start(S2);
        net.Connect(S2, S1);
        old.Send(new RequestVote(S2, S1, new Term(1), LogIndex.Zero, Term.Zero));
        await net.SleepAsync(10);
        Assert.Equal(0, net.Network.CallsTo(S1));
        Assert.Equal(1, net.Network.Calls);
    });

    [Fact]
    public void Long_reordering_holds_two_replies_in_three_back_for_up_to_two_seconds() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.Network.ReordersReplies = true;
        for (var i = 0; i < 3000; i++)
        {
            net.Call(S2, S1);
        }

        await net.SleepAsync(199);
        Assert.Equal(3000, net.Network.CallsTo(S1));
        Assert.InRange(net.Replies, 900, 1100);
        await net.SleepAsync(2001);
        Assert.Equal(3000, net.Replies);
        var late = net.RepliedAt.Where(at => at >= 200).ToArray();
        Assert.InRange(late.Average(), 650, 750);
        Assert.InRange(late.Max(), 1500, 2199);
    });

    [Fact]
    public void Bytes_are_those_of_all_requests_and_of_the_replies_that_arrive() => Run(servers: 2, async net =>
    {
        var request = MessageCodec.Encode(Net.Request(S2, S1, 1)).Length;
        net.Call(S2, S1);
        Assert.Equal(request, net.Network.Bytes);
        net.Connect(S2, S1);
        net.Call(S2, S1);
        await net.SleepAsync(1);
        Assert.Equal((2 * request) + MessageCodec.Encode(new RequestVoteReply(S1, S2, new Term(1), true)).Length, net.Network.Bytes);
    });

    [Fact]
    public void A_request_is_answered_once() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.Call(S2, S1);
        await net.SleepAsync(1);
        var error = Assert.Throws<InvalidOperationException>(() => net.Ends(S1).Send(new RequestVoteReply(S1, S2, new Term(1), true)));
        Assert.Contains("answers no call", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_pre_vote_is_a_call_with_a_reply() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.Ends(S2).Send(PreVote(1));
        await net.SleepAsync(1);
        Assert.Equal(1, net.Network.OpenCalls);
        net.Ends(S1).Send(PreVoteReply(1));
        await net.SleepAsync(1);
        Assert.Equal((1L, 0), (net.Network.Calls, net.Network.OpenCalls));
        Assert.Equal([PreVote(1), PreVoteReply(1)], net.Others);
        Assert.Equal(MessageCodec.Encode(PreVote(1)).Length + MessageCodec.Encode(PreVoteReply(1)).Length, net.Network.Bytes);
    });

    [Fact]
    public void A_pre_vote_ends_the_call_of_an_earlier_one_that_was_not_answered() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.Network.IsReliable = false;
        while (net.Others.Count == 0)
        {
            net.Ends(S2).Send(PreVote(1));
            await net.SleepAsync(30);
        }

        // What the later call began with holds for the reply: nothing is lost.
        net.Network.IsReliable = true;
        var replies = 0;
        for (var round = 0; round < 100; round++)
        {
            net.Ends(S2).Send(PreVote(2));
            await net.SleepAsync(1);
            Assert.Equal(1, net.Network.OpenCalls);
            net.Ends(S1).Send(PreVoteReply(2));
            await net.SleepAsync(1);
            Assert.Equal(++replies, net.Others.Count(one => one is PreVoteReply));
        }
    });

    [Fact]
    public void A_reply_to_a_pre_vote_whose_call_has_ended_is_lost() => Run(servers: 2, async net =>
    {
        net.Connect(S2, S1);
        net.Ends(S2).Send(PreVote(1));
        net.Ends(S2).Send(PreVote(2));
        await net.SleepAsync(1);
        net.Ends(S1).Send(PreVoteReply(1));
        net.Ends(S1).Send(PreVoteReply(2));
        await net.SleepAsync(1);
        Assert.Single(net.Others, one => one is PreVoteReply);
        Assert.Equal(0, net.Network.OpenCalls);
    });

    [Fact]
    public void A_request_to_stand_for_election_is_a_call_that_ends_when_it_arrives() => Run(servers: 2, async net =>
    {
        var request = new TimeoutNow(S2, S1, new Term(3));
        net.Connect(S2, S1);
        net.Ends(S2).Send(request);
        Assert.Equal(1, net.Network.OpenCalls);
        await net.SleepAsync(1);
        Assert.Equal([request], net.Others);
        Assert.Equal((1L, 0), (net.Network.Calls, net.Network.OpenCalls));
        Assert.Equal(MessageCodec.Encode(request).Length, net.Network.Bytes);
    });

    [Fact]
    public void The_answer_to_a_read_is_that_of_the_request_with_its_name() => Run(servers: 2, async net =>
    {
        ReadIndexReply Reply(long id) => new(S1, S2, new Term(1), id, new LogIndex(4));
        net.Connect(S2, S1);
        net.Ends(S2).Send(new ReadIndexRequest(S2, S1, new Term(1), 7));
        await net.SleepAsync(1);
        net.Ends(S1).Send(Reply(6));
        await net.SleepAsync(1);
        Assert.Equal(1, net.Network.OpenCalls);
        net.Ends(S1).Send(Reply(7));
        await net.SleepAsync(1);
        Assert.Equal(0, net.Network.OpenCalls);
        Assert.Equal([Reply(7)], net.Others.OfType<ReadIndexReply>());
    });

    private static PreVote PreVote(long term) => new(S2, S1, new Term(term), LogIndex.Zero, Term.Zero);

    private static PreVoteReply PreVoteReply(long term) => new(S1, S2, new Term(term), VoteGranted: true);

    private static void Run(int servers, Func<Net, Task> test)
    {
        var result = Runs.Once(
            cluster => test(new Net(cluster.World)), new ClusterOptions { Servers = servers, Time = TimeMode.Virtual });
        Assert.True(result.Violation is null, result.Violation?.Message);
    }

    /// <summary>A network whose servers answer each request for a vote at once, without nodes.</summary>
    private sealed class Net
    {
        private readonly IWorld _world;
        private readonly Dictionary<ServerId, IRaftTransport> _ends = [];
        private readonly List<Action> _held = [];
        private int _term;

        public Net(IWorld world)
        {
            _world = world;
            Network = new LabNetwork(world);
            foreach (var server in world.Servers)
            {
                Start(server);
            }
        }

        public LabNetwork Network { get; }

        public bool HoldReplies { get; set; }

        public List<long> ReceivedTerms { get; } = [];

        public List<double> ReceivedAt { get; } = [];

        // What arrived, beside votes and requests for them.
        public List<Message> Others { get; } = [];

        public List<double> RepliedAt { get; } = [];

        public int Replies => RepliedAt.Count;

        public IRaftTransport Ends(ServerId server) => _ends[server];

        public static RequestVote Request(ServerId from, ServerId to, long term) =>
            new RequestVote(from, to, new Term(term), LogIndex.Zero, Term.Zero);

        public void Start(ServerId server)
        {
            var ends = Network.Add(server);
            _ends[server] = ends;
            ends.Listen(server, message => Receive(server, ends, message));
        }

        public void Connect(ServerId from, ServerId to) => Network.Enable(from, to, true);

        public void Call(ServerId from, ServerId to) => _ends[from].Send(Request(from, to, ++_term));

        public Task SleepAsync(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _world.Time);

        public void ReleaseReplies() => _held.ForEach(release => release());

        private double Milliseconds => TimeSpan.FromTicks(_world.Time.GetTimestamp()).TotalMilliseconds;

        private void Receive(ServerId server, IRaftTransport ends, Message message)
        {
            if (message is RequestVoteReply)
            {
                RepliedAt.Add(Milliseconds);
                return;
            }

            if (message is not RequestVote)
            {
                Others.Add(message);
                return;
            }

            ReceivedTerms.Add(message.Term.Value);
            ReceivedAt.Add(Milliseconds);
            void Reply() => ends.Send(new RequestVoteReply(server, message.From, new Term(1), true));
            if (HoldReplies)
            {
                _held.Add(Reply);
            }
            else
            {
                Reply();
            }
        }
    }
}
