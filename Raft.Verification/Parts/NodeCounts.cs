using System.Numerics;
using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Verification.Cluster;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>The failures that a node counts and logs while it continues.</summary>
internal static class NodeCounts
{
    private const string _property = "Counters";

    /// <summary>
    /// Invalid messages, and a transport, an observer and a logger that throw: each failure is counted, and each power of two is logged.
    /// </summary>
    public static async Task FailuresAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster);
        var expected = new NodeCounters(0, 0, 0, 0, 0, 0, 0);
        if (numbers.OneIn(4))
        {
            node.FailsToObserve = true;
            expected = expected with { ObserverFailures = 1 };
        }

        await node.StartAsync();
        LookAt(node, expected, LogLevel.Error, (int)expected.ObserverFailures, "the observer throws as it starts");
        node.FailsToObserve = false;
        node.Logger.Lines.Clear();

        // Rejected messages. A null message is counted too, but has no sender to log.
        var nulls = numbers.Next(3);
        var strays = 1 + numbers.Next(9);
        for (var i = 0; i < nulls; i++)
        {
            node.Receive(null!);
        }

        await StrayAsync(node, strays);
        expected = expected with { RejectedMessages = nulls + strays };
        LookAt(node, expected, LogLevel.Warning, PowersOfTwo(nulls, strays), "messages are rejected");

        // A change of role is logged once.
        node.Logger.Lines.Clear();
        await node.LeadAsync();
        Unless(
            node.Logger.Lines.SequenceEqual([LogLevel.Information, LogLevel.Information]),
            _property,
            $"A node stands for election and leads, but logs {string.Join(", ", node.Logger.Lines)}.");

        // A transport that throws. Its messages are lost, as on a network.
        node.Logger.Lines.Clear();
        node.FailsToSend = true;
        for (var beats = 1 + numbers.Next(4); beats > 0; beats--)
        {
            node.Clock.Advance(node.Options.HeartbeatInterval);
            await node.RunAsync();
            expected = expected with { FailedSends = expected.FailedSends + 2 };
        }

        node.FailsToSend = false;
        LookAt(node, expected, LogLevel.Warning, PowersOfTwo(0, expected.FailedSends), "the transport throws");

        // An observer that throws.
        node.Logger.Lines.Clear();
        node.FailsToObserve = true;
        var steps = 1 + numbers.Next(5);
        for (var i = 0; i < steps; i++)
        {
            node.Receive(new RequestVoteReply(node.Members[1], node.Members[0], node.Core.CurrentTerm, VoteGranted: true));
        }

        await node.RunAsync();
        node.FailsToObserve = false;
        var before = expected.ObserverFailures;
        expected = expected with { ObserverFailures = before + steps };
        LookAt(node, expected, LogLevel.Error, PowersOfTwo(before, steps), "the observer throws");

        // A logger that throws. The line is lost.
        var tells = numbers.OneIn(2);
        (node.Logger.FailsToLog, node.Logger.FailsToTell) = (tells, !tells);
        await StrayAsync(node, 9);
        expected = expected with { RejectedMessages = expected.RejectedMessages + 9, LoggerFailures = node.Logger.Failures };
        Unless(node.Logger.Failures > 0, _property, $"Messages are rejected, but no line is logged.");
        LookAt(node, expected, LogLevel.Error, PowersOfTwo(before, steps), "the logger throws");
        (node.Logger.FailsToLog, node.Logger.FailsToTell) = (false, false);

        // The reason of a failure is the last line. A normal stop logs nothing.
        node.Logger.Lines.Clear();
        var fails = numbers.OneIn(2);
        if (fails)
        {
            node.WritesAtOnce = false;
            _ = node.Node.ProposeAsync(default);
            await node.RunAsync();
            node.CompleteWrites(new IOException("The disk fails: this was to be expected."));
        }
        else
        {
            await node.Node.DisposeAsync();
        }

        await node.RunAsync();
        Unless(node.Node.Completion.IsFaulted == fails, "Answers", $"A node has stopped; its completion is {node.Node.Completion.Status}.");
        LookAt(node, expected, LogLevel.Critical, fails ? 1 : 0, "it stops");
    }

    private static async Task StrayAsync(LoneNode node, int count)
    {
        for (var i = 0; i < count; i++)
        {
            node.Receive(new RequestVoteReply(new ServerId(99), node.Members[0], new Term(1), VoteGranted: true));
        }

        await node.RunAsync();
    }

    private static int PowersOfTwo(long before, long more) => Enumerable.Range((int)before + 1, (int)more).Count(BitOperations.IsPow2);

    private static void LookAt(LoneNode node, NodeCounters expected, LogLevel level, int lines, string when)
    {
        Unless(
            node.Node.Counters == expected,
            _property,
            $"As {when}: expected {Fields.TextOf(expected)}, got {Fields.TextOf(node.Node.Counters)}.");
        var logged = node.Logger.Lines.Count(line => line == level);
        Unless(logged == lines, _property, $"As {when}: expected {lines} lines of level {level}, got {logged}.");
    }
}
