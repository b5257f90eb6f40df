using System.Threading.Tasks.Sources;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Node.SingleNode;

namespace Raft.Tests.Node;

/// <summary>Calls that wait until their command is applied: each ends, and says what is certain.</summary>
public sealed class ReplicationTests
{
    private static readonly RaftNodeOptions _options = SteppedNode.OneOfThree with { Protocol = ProtocolOptions.Figure2 };

    [Fact]
    public void A_call_completes_once_the_service_has_applied_its_entry()
    {
        var node = Leader();
        var call = Replicate(node, "x");
        node.Deliver(Confirmation(node, 1));
        Assert.Equal(new LogIndex(1), node.Status.CommitIndex);
        Assert.True(node.Node.Committed.TryRead(out var message));
        node.Run();
        Assert.False(call.IsCompleted);

        // The service comes back for more.
        Assert.False(node.Node.Committed.TryRead(out _));
        node.Run();
        var result = Result(call);
        Assert.Equal((ReplicationOutcome.Applied, message.Index, message.Term), (result.Outcome, result.Index, result.Term));
        Assert.Null(result.Answer);
    }

    [Fact]
    public void A_server_that_does_not_lead_refuses_and_names_the_leader()
    {
        var node = Follower();
        node.Deliver(Append(term: 1, prev: 0, prevTerm: 0, commit: 0));
        var result = Result(Replicate(node, "x"));
        Assert.Equal((ReplicationOutcome.Refused, ProposalRefusal.NotLeader), (result.Outcome, result.Refusal));
        Assert.Equal((S2, LogIndex.Zero), (result.Leader!.Value, result.Index));
    }

    [Fact]
    public void A_call_is_unknown_as_soon_as_the_node_loses_the_leadership_before_its_entry_is_committed()
    {
        var node = Leader();
        var call = Replicate(node, "x");
        node.Deliver(AskForVote(S2, term: 5));
        var result = Result(call);
        Assert.Equal((ReplicationOutcome.Unknown, new LogIndex(1)), (result.Outcome, result.Index));
    }

    [Fact]
    public void A_call_whose_entry_is_committed_is_waited_for_although_the_node_leads_no_more()
    {
        var node = Leader();
        var call = Replicate(node, "x");
        node.Deliver(Confirmation(node, 1));
        node.Deliver(AskForVote(S2, term: 5));
        Assert.False(node.Status.IsLeader);
        Assert.False(call.IsCompleted);
        Drain(node);
        Assert.Equal(ReplicationOutcome.Applied, Result(call).Outcome);
    }

    [Fact]
    public void A_call_is_lost_if_another_entry_is_committed_at_its_index()
    {
        var node = Leader();
        var call = Replicate(node, "x");
        var later = node.Status.Term.Value + 1;
        node.Deliver(Append(term: later, prev: 0, prevTerm: 0, commit: 1, later));
        Drain(node);
        Assert.Equal((ReplicationOutcome.Lost, new LogIndex(1)), (Result(call).Outcome, Result(call).Index));
        Assert.Equal(S2, Result(call).Leader);
    }

    [Theory]
    [InlineData(0, ReplicationOutcome.Applied)]
    [InlineData(-1, ReplicationOutcome.Lost)]
    [InlineData(1, ReplicationOutcome.Unknown)]
    public async Task A_snapshot_that_covers_the_entry_decides_by_its_last_term(int difference, ReplicationOutcome expected)
    {
        var calls = new PendingReplications(() => null);
        var call = new ReplicationCalls().Take();
        var waiting = call.Task;
        calls.Add(new LogIndex(7), new Term(4), ReplicationWaiter.Of(call));
        calls.OnApplied(new ApplyMessage(new Snapshot(new LogIndex(9), new Term(4 + difference), default)), answer: null);
        Assert.Equal(expected, (await waiting).Outcome);
        Assert.Equal(0, calls.Count);
    }

    [Fact]
    public async Task A_call_object_that_is_used_again_is_not_completed_for_the_call_before()
    {
        var calls = new ReplicationCalls();
        var call = calls.Take();
        var (waiting, first) = (call.Task, ReplicationWaiter.Of(call));
        first.TryComplete(new ReplicationResult(ReplicationOutcome.Applied, new LogIndex(1), new Term(1)));
        Assert.Equal(new LogIndex(1), (await waiting).Index);

        Assert.Same(call, calls.Take());
        waiting = call.Task;
        var second = ReplicationWaiter.Of(call);
        first.TryComplete(new ReplicationResult(ReplicationOutcome.Lost, new LogIndex(1), new Term(1)));
        Assert.False(waiting.IsCompleted);
        second.TryComplete(new ReplicationResult(ReplicationOutcome.Applied, new LogIndex(2), new Term(1)));
        second.TryComplete(new ReplicationResult(ReplicationOutcome.Unknown, new LogIndex(2), new Term(1)));
        var result = await waiting;
        Assert.Equal((ReplicationOutcome.Applied, new LogIndex(2)), (result.Outcome, result.Index));
    }

    [Fact]
    public void A_call_object_is_used_again_whichever_thread_has_read_its_result()
    {
        var calls = new ReplicationCalls();
        var call = calls.Take();
        for (var round = 0; round < 20; round++)
        {
            ReplicationWaiter.Of(call).TryComplete(new ReplicationResult(ReplicationOutcome.Applied, new LogIndex(1), new Term(1)));
            var reader = new Thread(() => ((IValueTaskSource<ReplicationResult>)call).GetResult(call.Version));
            reader.Start();
            reader.Join();
            Assert.Same(call, calls.Take());
        }
    }

    [Fact]
    public async Task A_call_object_whose_call_was_cancelled_is_not_used_again()
    {
        var calls = new ReplicationCalls();
        var call = calls.Take();
        var waiting = call.Task;
        call.TryCancel(call.Version, new CancellationToken(canceled: true));
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await waiting);
        Assert.NotSame(call, calls.Take());
    }

    [Fact]
    public void A_call_is_unknown_when_the_node_stops()
    {
        var node = Leader();
        var call = Replicate(node, "x");
        Assert.True(node.Dispose().IsCompletedSuccessfully);
        Assert.Equal(ReplicationOutcome.Unknown, Result(call).Outcome);
        Assert.Throws<ObjectDisposedException>(() => Replicate(node, "y").GetAwaiter().GetResult());
    }

    [Fact]
    public void A_call_that_is_cancelled_ends_and_its_command_is_still_committed()
    {
        var node = Leader();
        using var patience = new CancellationTokenSource();
        var call = node.Do(one => one.ReplicateAsync(Command.FromText("x"), patience.Token));
        patience.Cancel();
        node.Run();
        Assert.True(call.IsCanceled);
        node.Deliver(Confirmation(node, 1));
        Assert.Equal(new LogIndex(1), node.Status.CommitIndex);
    }

    [Fact]
    public void A_command_that_is_too_large_is_an_argument_that_is_wrong()
    {
        var node = Leader();
        var large = new Command(new byte[node.Node.Status.Term.Value + _options.Core.MaxMessageBytes]);
        Assert.Throws<ArgumentException>(() => node.Do(async one => await one.ReplicateAsync(large)).GetAwaiter().GetResult());
    }

    [Fact]
    public async Task Calls_that_run_at_once_each_get_their_own_index()
    {
        await using var node = await RaftNode.StartAsync(Alone, Dependencies(new InMemoryStorage()));
        await Eventually.Ends(node.WaitForLeaderAsync());
        var service = ReadAllAsync(node);
        var results = await Eventually.Ends(
            Task.WhenAll(Enumerable.Range(0, 200).Select(i => node.ReplicateAsync(Command.FromText($"x{i}")).AsTask())));
        Assert.All(results, result => Assert.True(result.IsApplied, $"{result}"));
        Assert.Equal(200, results.Select(result => result.Index).Distinct().Count());
        await node.DisposeAsync();
        await Eventually.Ends(service);
    }

    private static async Task ReadAllAsync(RaftNode node)
    {
        await foreach (var message in node.Committed.ReadAllAsync())
        {
            _ = message;
        }
    }

    private static SteppedNode Follower() => SteppedNode.Start(_options);

    private static SteppedNode Leader()
    {
        var node = Follower();
        node.Elect();
        return node;
    }

    private static AppendEntriesReply Confirmation(SteppedNode node, long last) =>
        new(S2, S1, node.Status.Term, Success: true, new LogIndex(last));

    private static Task<ReplicationResult> Replicate(SteppedNode node, string command) =>
        node.Do(async one => await one.ReplicateAsync(Command.FromText(command)));

    private static void Drain(SteppedNode node)
    {
        while (node.Node.Committed.TryRead(out _))
        {
            node.Run();
        }

        node.Run();
    }

    private static ReplicationResult Result(Task<ReplicationResult> call)
    {
        Assert.True(call.IsCompletedSuccessfully, $"The call is {call.Status}.");
        return call.GetAwaiter().GetResult();
    }
}
