using Raft.Impl.Core;
using Raft.Verification.Cluster;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>When the timers of a node fire, exact to the tick.</summary>
internal static class NodeTimers
{
    private const string _property = "NodeTimers";
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);

    /// <summary>Election timeouts: drawn once a term, restarted by the leader, never early, and longer where the disk is slow.</summary>
    public static async Task ElectionsAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster);
        var shortest = TimeSpan.FromMilliseconds(150 + numbers.Next(300));
        var spread = TimeSpan.FromMilliseconds(1 + numbers.Next(300));
        node.Options = node.Options with { MinElectionTimeout = shortest, MaxElectionTimeout = shortest + spread };
        var timeout = Draw(node, numbers);
        await node.StartAsync();
        Unless(
            node.Random.Bound == (int)spread.TotalMicroseconds + 1,
            _property,
            $"An election timeout is drawn among {node.Random.Bound} microseconds, though the longest is {spread} longer than the "
                + $"shortest.");
        LookAt(node, timeout, "a node starts");
        var before = numbers.Next(100);
        node.Clock.Advance(TimeSpan.FromMilliseconds(before));
        var next = Draw(node, numbers);
        if (numbers.OneIn(3))
        {
            // A message that arrived before the timer fired restarts the timer.
            node.Clock.Advance(timeout - TimeSpan.FromMilliseconds(before) - _tick);
            Beat(node);
            node.Clock.Advance(_tick);
        }
        else
        {
            Beat(node);
        }

        await node.RunAsync();
        Unless(
            node.Core is { Role: Role.Follower, CurrentTerm.Value: 1 },
            _property,
            $"A leader has been heard from, but the node is {node.Core.Role} in term {node.Core.CurrentTerm}.");
        timeout = next;
        if (node.Inputs.Count == 1)
        {
            LookAt(node, timeout, "the first leader is heard from");
        }

        // It keeps the timeout of its term.
        node.Random.Value += 7;
        node.Clock.Advance(TimeSpan.FromMilliseconds(1 + numbers.Next(100)));
        Beat(node);
        await node.RunAsync();
        LookAt(node, timeout, "the leader is heard from again");

        // A coarse clock.
        var early = numbers.OneOf(10L, 11, 9_999, 10_000, 10_001, 45_000);
        node.Clock.Advance(timeout - TimeSpan.FromTicks(early));
        node.Clock.RunOutEarly();
        await node.RunAsync();
        var rest = TimeSpan.FromMilliseconds(Math.Ceiling(TimeSpan.FromTicks(early).TotalMilliseconds));
        LookAt(node, rest, $"its timer runs out {early} ticks too early");
        Unless(node.Core.CurrentTerm.Value == 1, _property, $"An election begins {early} ticks too early.");
        node.Clock.Advance(TimeSpan.FromTicks(early - 5));
        timeout = Draw(node, numbers);
        node.WritesAtOnce = false;
        node.Clock.RunOutEarly();
        await node.RunAsync();
        Unless(
            node.Core is { Role: Role.Candidate, CurrentTerm.Value: 2 },
            _property,
            $"The timeout has passed but for less than what clocks can tell, and the node is {node.Core.Role} in term "
                + $"{node.Core.CurrentTerm}.");
        LookAt(node, timeout, "an election begins");

        // The timeout is extended by the time that writing its own vote took, up to a bound.
        var written = numbers.OneOf(
            TimeSpan.Zero,
            timeout / 2,
            node.Options.MaxElectionTimeout * 2 - _tick,
            node.Options.MaxElectionTimeout * 2,
            node.Options.MaxElectionTimeout * 3);
        node.Clock.Advance(written);
        await node.RunAsync();
        Unless(
            node.Core.CurrentTerm.Value == 2 && node.Sent.Count == 0,
            "StaleWork",
            $"Another election begins, or requests go, before the vote is durable.");
        node.CompleteWrites();
        await node.RunAsync();
        var bound = node.Options.MaxElectionTimeout * 2;
        LookAt(node, timeout + (written < bound ? written : bound), $"its vote is durable after {written}");
        Unless(
            node.Sent.OfType<RequestVote>().Count() == 2 && node.Sent.Count == 2,
            "Liveness",
            $"A candidate's vote is durable, but it has sent {node.Sent.Count} messages.");
        node.WritesAtOnce = true;
        Vote(node, 1);
        await node.RunAsync();
        Unless(node.Core.Role == Role.Leader, "Liveness", $"A candidate with two votes of three is {node.Core.Role}.");
        LookAt(node, node.Options.HeartbeatInterval, "it leads");

        // The leader steps down.
        timeout = Draw(node, numbers);
        node.Receive(new RequestVoteReply(node.Members[1], node.Members[0], new Term(9), VoteGranted: false));
        await node.RunAsync();
        LookAt(node, timeout, "it leads no more");
        await node.Node.DisposeAsync();
    }

    /// <summary>A leader sends to each follower once in each interval, and not early.</summary>
    public static async Task HeartbeatsAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster, servers: 2 + numbers.Next(3));
        node.Options = node.Options with { HeartbeatInterval = TimeSpan.FromMilliseconds(1 + numbers.Next(300)) };
        await node.StartAsync();
        await node.LeadAsync();
        await node.AgreeAsync();
        for (var round = 0; round < 3; round++)
        {
            node.Sent.Clear();
            node.Clock.Advance(node.Options.HeartbeatInterval - _tick);
            await node.RunAsync();
            Unless(
                node.Sent.Count == 0,
                "Stability",
                $"A leader sends {node.Sent.Count} messages before its interval has passed, with nothing to do.");
            node.Clock.Advance(_tick);
            await node.RunAsync();
            var to = node.Sent.OfType<AppendEntries>().Select(message => message.To).Order().ToArray();
            Unless(
                node.Sent.Count == to.Length && to.SequenceEqual(node.Members.Skip(1)),
                "Stability",
                $"After an interval a leader sends to {string.Join(", ", to)}, not once to each of its followers.");
            LookAt(node, node.Options.HeartbeatInterval, "it has sent heartbeats");
            await node.AgreeAsync();
        }

        await node.Node.DisposeAsync();
    }

    // Sets the next timeout to be drawn.
    private static TimeSpan Draw(LoneNode node, Numbers numbers)
    {
        var spread = (int)(node.Options.MaxElectionTimeout - node.Options.MinElectionTimeout).TotalMicroseconds;
        node.Random.Value = numbers.OneOf(0, spread / 3, spread);
        return node.Options.MinElectionTimeout + TimeSpan.FromMicroseconds(node.Random.Value);
    }

    private static void Beat(LoneNode node) =>
        node.Receive(
            new AppendEntries(node.Members[1], node.Members[0], new Term(1), LogIndex.Zero, Term.Zero, EntryList.Empty, LogIndex.Zero));

    private static void Vote(LoneNode node, int from) =>
        node.Receive(new RequestVoteReply(node.Members[from], node.Members[0], node.Core.CurrentTerm, VoteGranted: true));

    private static void LookAt(LoneNode node, TimeSpan timeout, string when)
    {
        node.Sent.RemoveAll(message => message is AppendEntriesReply);
        var due = node.Clock.Due;
        Unless(
            due is [var one] && one == node.Clock.Now + timeout.Ticks,
            _property,
            $"As {when}, it should wait for {timeout.TotalMilliseconds} ms; it waits for "
                + $"{string.Join(", ", due.Select(time => TimeSpan.FromTicks(time - node.Clock.Now).TotalMilliseconds))} ms.");
    }
}
