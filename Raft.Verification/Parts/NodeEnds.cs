using Raft.Impl.Core;
using Raft.Verification.Cluster;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>What a node delivers to its service, and how it stops.</summary>
internal static class NodeEnds
{
    private const string _property = "Answers";

    /// <summary>The service takes committed entries, waits, cancels waits, and learns that the node stopped, and why.</summary>
    public static async Task ServiceAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster, servers: 1);
        node.Options = node.Options with { Core = new CoreOptions { MaxEntriesPerMessage = 1 + numbers.Next(3) } };
        await node.StartAsync();
        await node.LeadAsync();
        var committed = node.Node.Committed;
        using var impatience = new CancellationTokenSource();
        var waits = committed.WaitToReadAsync().AsTask();
        var givesUp = committed.WaitToReadAsync(impatience.Token).AsTask();
        Action giveUp = impatience.Cancel;
        giveUp();
        var neverWaits = committed.WaitToReadAsync(impatience.Token).AsTask();
        await node.RunAsync();
        Unless(
            givesUp.IsCanceled && neverWaits.IsCanceled,
            _property,
            $"A wait that was given up is {givesUp.Status}; one that never began is {neverWaits.Status}.");
        Unless(!waits.IsCompleted, _property, $"A service waits for what is committed, and gets {waits.Status}, though nothing is.");

        var last = 0L;
        var proposed = 0;
        for (var round = 0; round < 3; round++)
        {
            var more = 1 + numbers.Next(5);
            proposed += more;
            for (; more > 0; more--)
            {
                _ = node.Node.ProposeAsync(numbers.Command(1));
            }

            await node.RunAsync();
            Unless(
                waits.IsCompletedSuccessfully && waits.Result,
                _property,
                $"Entries are committed, but a wait for them is {waits.Status}.");
            last = await TakeSomeAsync(node, last, numbers.Next(4));
        }

        // The node stops with entries left to take.
        var failure = numbers.OneIn(2) ? new IOException("The disk fails: this was to be expected.") : null;
        if (failure is not null)
        {
            node.WritesAtOnce = false;
            _ = node.Node.ProposeAsync(numbers.Command(1));
            await node.RunAsync();
            node.CompleteWrites(failure);
            await node.RunAsync();
        }
        else
        {
            await node.Node.DisposeAsync();
        }

        await node.RunAsync();
        var left = true;
        while (left)
        {
            var wait = committed.WaitToReadAsync().AsTask();
            await node.RunAsync();
            Unless(wait.IsCompleted, _property, $"The node has stopped, but a service waits for more.");
            left = wait.IsCompletedSuccessfully && wait.Result;
            Unless(
                !left || !committed.Completion.IsCompleted,
                _property,
                $"The end of what is committed is told before the last of it is taken.");
            Unless(
                left || (failure is null ? wait.IsCompletedSuccessfully : wait.Exception?.InnerException is IOException),
                _property,
                $"The node has stopped {(failure is null ? "in good order" : "because its disk failed")}, but a wait for more ends "
                    + $"{wait.Status}.");
            if (left)
            {
                last = await TakeSomeAsync(node, last, 1);
            }
        }

        Unless(!committed.TryRead(out _), _property, $"There is something to take after the end.");
        Unless(
            committed.Completion.IsCompleted && committed.Completion.IsFaulted == (failure is not null),
            _property,
            $"The node has stopped {(failure is null ? "in good order" : "because its disk failed")}, and its service has taken all, but "
                + $"its end is {committed.Completion.Status}.");
        Unless(
            node.Node.Completion.IsFaulted == (failure is not null),
            _property,
            $"The completion of a node that stopped is {node.Node.Completion.Status}.");
    }

    /// <summary>
    /// A node stops while writes are in flight: pending calls are answered at once, and the node waits for its disk up to the stop timeout.
    /// </summary>
    public static async Task StopAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster);
        node.Options = node.Options with { StopTimeout = TimeSpan.FromMilliseconds(numbers.OneOf(1, 700, 30_000)) };
        await node.StartAsync();
        await node.LeadAsync();
        node.WritesAtOnce = false;
        await node.Node.ProposeAsync(numbers.Command(1));
        await node.Node.ProposeAsync(numbers.Command(1));
        await node.AgreeAsync();
        node.CompleteWrites();
        await node.RunAsync();
        await node.AgreeAsync();
        node.TakeCommitted();
        await node.RunAsync();
        node.TakeCommitted();
        var inFlight = numbers.OneIn(4) ? null : node.Node.CompactAsync(new LogIndex(1), numbers.SnapshotData(3));
        await node.RunAsync();
        var inInbox = numbers.OneIn(2) ? node.Node.CompactAsync(new LogIndex(2), default) : null;
        var proposed = numbers.OneIn(2) ? node.Node.ProposeAsync(numbers.Command(1)) : null;
        var first = node.Node.DisposeAsync().AsTask();
        var second = node.Node.DisposeAsync().AsTask();
        var sent = node.Sent.Count;
        await node.RunAsync();
        sent = proposed is null && inInbox is null ? sent : node.Sent.Count;
        Unless(
            proposed is null or { IsCompleted: true } && inFlight is null or { IsCompleted: true }
                && inInbox is null or { IsCompleted: true },
            _property,
            $"A node stops, but who waits for it is not answered.");
        Unless(
            inFlight is null || inFlight.Exception?.InnerException is ObjectDisposedException,
            _property,
            $"A compaction whose write is in flight as the node stops is {inFlight?.Status}.");
        Unless(!node.Listens, "Lifetime", $"A node has stopped, but still listens.");
        var status = node.Node.Status;
        Unless(
            status is { HasStopped: true, Role: Role.Follower, Leader: null },
            "Status",
            $"A node has stopped, but its status is {Fields.TextOf(status)}.");
        UnlessFails<ObjectDisposedException>(() => node.Node.ProposeAsync(default), _property, "a proposal to a node that stops");
        UnlessFails<ObjectDisposedException>(
            () => node.Node.CompactAsync(LogIndex.Zero, default),
            _property,
            "a compaction of a node that stops");
        Exception? failure = null;
        if (node.InFlight > 0)
        {
            Unless(!first.IsCompleted && node.IsOpen, "Lifetime", $"A node has stopped, though a write is in flight.");
            var limit = node.Options.StopTimeout;
            Unless(
                node.Clock.Due is [var due] && due == node.Clock.Now + limit.Ticks,
                "NodeTimers",
                $"A node that stops waits for its disk for {limit}, but has {node.Clock.Due.Length} timers.");
            switch (numbers.Next(4))
            {
                case 0:
                    node.Clock.Advance(limit - TimeSpan.FromTicks(1));
                    await node.RunAsync();
                    Unless(!first.IsCompleted, "NodeTimers", $"A node that stops does not wait for its disk for {limit}.");
                    node.Clock.Advance(TimeSpan.FromTicks(1));
                    await node.RunAsync();
                    Unless(
                        node.Node.Completion.Exception?.InnerException is TimeoutException && node.IsOpen,
                        _property,
                        $"A disk is stuck, but a node that stops is {node.Node.Completion.Status} after {limit}.");
                    Unless(
                        first.IsCompletedSuccessfully && second.IsCompletedSuccessfully,
                        _property,
                        $"A disk is stuck, and the node has stopped, but who disposes of it has no answer.");
                    return;
                case 1:
                    failure = new IOException("The disk fails: this was to be expected.");
                    node.CompleteWrites(failure);
                    break;
                case 2:
                    failure = node.FailsToClose = new IOException("The disk fails as it closes: this was to be expected.");
                    node.CompleteWrites();
                    break;
                default:
                    node.CompleteWrites();
                    break;
            }

            await node.RunAsync();
        }

        Unless(
            first.IsCompletedSuccessfully && second.IsCompletedSuccessfully,
            _property,
            $"A node has stopped, but who disposes of it has no answer.");
        Unless(node.IsOpen == (node.FailsToClose is not null), "Lifetime", $"A node has stopped, but has not given its storage back.");
        Unless(
            node.FailsToClose is null
                ? node.Node.Completion.IsCompletedSuccessfully
                : node.Node.Completion.Exception?.InnerException == failure,
            _property,
            $"A node has stopped, but its completion is {node.Node.Completion.Status}: "
                + $"{node.Node.Completion.Exception?.InnerException?.Message}");
        Unless(node.Clock.Due.Length == 0, "Lifetime", $"A node has stopped, but has {node.Clock.Due.Length} timers.");
        Unless(node.Sent.Count == sent, "Lifetime", $"A node has stopped, but sends.");
    }

    /// <summary>Each compaction is answered when its snapshot is durable, and not before.</summary>
    public static async Task CompactionsAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster, servers: 1);
        await node.StartAsync();
        await node.LeadAsync();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 3; i++)
            {
                await node.Node.ProposeAsync(numbers.Command(2));
                await node.RunAsync();
                node.TakeCommitted();
                await node.RunAsync();
            }

            var applied = node.Node.Status.LastApplied;
            Unless(
                applied == node.Core.CommitIndex,
                "Status",
                $"The service has taken all up to {node.Core.CommitIndex}, but the status says {applied}.");
            UnlessFails<ArgumentOutOfRangeException>(
                () => node.Node.CompactAsync(applied.Next, default), "Arguments", "a compaction up to what the service has not taken");
            node.WritesAtOnce = false;
            var snapshot = node.Core.Log.Snapshot.LastIndex;
            var index = snapshot.Next + (numbers.Next((int)(applied - snapshot)));
            var data = numbers.SnapshotData(4);
            var one = node.Node.CompactAsync(index, data);
            var older = node.Node.CompactAsync(snapshot, numbers.SnapshotData(1));
            await node.RunAsync();
            Unless(
                !one.IsCompleted && !older.IsCompleted,
                "DurableSnapshot",
                $"A compaction is {one.Status}, one that changes nothing behind it {older.Status}, before the snapshot is durable.");
            node.WritesAtOnce = true;
            node.CompleteWrites();
            await node.RunAsync();
            Unless(
                one.IsCompletedSuccessfully && older.IsCompletedSuccessfully,
                _property,
                $"A snapshot is durable, but the compaction is {one.Status}, one that changes nothing behind it {older.Status}.");
            Unless(
                node.Core.Log.Snapshot.LastIndex == index && node.Core.Log.Snapshot.Data == data,
                "DurableSnapshot",
                $"The log was to be compacted up to {index}, but has a {node.Core.Log.Snapshot}.");
            var none = node.Node.CompactAsync(index, numbers.SnapshotData(1));
            await node.RunAsync();
            Unless(
                none.IsCompletedSuccessfully && node.Core.Log.Snapshot.Data == data,
                _property,
                $"A compaction that changes nothing is {none.Status}, with no write in flight.");
        }

        await node.Node.DisposeAsync();
    }

    // Takes entries, each once and in order. The status must show the applied index.
    private static async Task<long> TakeSomeAsync(LoneNode node, long last, int most)
    {
        foreach (var message in node.TakeCommitted(most))
        {
            Unless(
                message.Index.Value == last + 1 && message.Snapshot is null,
                "StateMachineSafety",
                $"After {last} the service is given {message}.");
            last++;
        }

        Unless(
            node.Node.Status.LastApplied.Value == last,
            "Status",
            $"The service has taken all up to {last}, but the status says {node.Node.Status.LastApplied}.");
        await node.RunAsync();
        return last;
    }
}
