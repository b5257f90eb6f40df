using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Tests.Node;
using static Raft.Tests.Node.SingleNode;

namespace Raft.Tests.Service;

/// <summary>The loop that drives a state machine.</summary>
public sealed class ApplierTests
{
    private readonly InMemoryStorage _storage = new();
    private readonly ListStateMachine _service = new();

    [Fact]
    public async Task A_call_gets_what_the_state_machine_answered()
    {
        await using var node = await LeadingAsync();
        var applier = Applier.Start(node, _service);
        for (var i = 1; i <= 3; i++)
        {
            var result = await ReplicateAsync(node, $"x{i}");
            Assert.Equal((true, $"{i}"), (result.IsApplied, ListStateMachine.TextOf(result.Answer!.Value)));
            Assert.Equal(result.Index, node.Status.LastApplied);
        }

        Assert.Equal(["x1", "x2", "x3"], _service.Applied);
        await node.DisposeAsync();
        await Eventually.Ends(applier.Completion);
    }

    [Fact]
    public async Task What_is_committed_meanwhile_is_applied_together_up_to_the_limit()
    {
        await using var node = await LeadingAsync();
        _service.Gate = new TaskCompletionSource();
        Applier.Start(node, _service, new ApplierOptions { MaxBatchEntries = 4 });
        var first = node.ReplicateAsync(Command.FromText("x0")).AsTask();
        var others = Enumerable.Range(1, 10).Select(i => node.ReplicateAsync(Command.FromText($"x{i}")).AsTask()).ToArray();
        await CommittedAsync(node, node.Status.LastIndex.Value);
        _service.Gate.SetResult();
        var results = await Eventually.Ends(Task.WhenAll([first, .. others]));
        Assert.Equal(Enumerable.Range(1, 11).Select(i => $"{i}"), results.Select(one => ListStateMachine.TextOf(one.Answer!.Value)));
        Assert.Equal(11, _service.Batches.Sum());
        Assert.InRange(_service.Batches.Max(), 1, 4);
    }

    [Fact]
    public async Task A_snapshot_is_taken_when_enough_was_applied_and_a_restart_begins_with_it()
    {
        await using (var node = await LeadingAsync())
        {
            Applier.Start(node, _service, new ApplierOptions { SnapshotEntries = 5 });
            for (var i = 1; i <= 12; i++)
            {
                await ReplicateAsync(node, $"x{i}");
            }

            await Eventually.Holds(() => node.Status.SnapshotIndex > new LogIndex(5), "a snapshot is taken");
        }

        Assert.InRange(_storage.Read().Entries.Count, 0, 8);
        var restored = new ListStateMachine();
        await using var next = await LeadingAsync();
        Applier.Start(next, restored);
        await ReplicateAsync(next, "x13");
        Assert.Equal(Enumerable.Range(1, 13).Select(i => $"x{i}"), restored.Applied);
        Assert.InRange(restored.Batches.Sum(), 1, 9);
    }

    [Fact]
    public async Task A_snapshot_is_taken_when_enough_bytes_were_applied()
    {
        await using var node = await LeadingAsync();
        Applier.Start(node, _service, new ApplierOptions { SnapshotBytes = 3 * (LogEntry.Overhead + 2) });
        await ReplicateAsync(node, "x1");
        await ReplicateAsync(node, "x2");
        Assert.Equal(LogIndex.Zero, node.Status.SnapshotIndex);
        var third = await ReplicateAsync(node, "x3");
        await Eventually.Holds(() => node.Status.SnapshotIndex == third.Index, "a snapshot is taken");
    }

    [Fact]
    public async Task A_state_machine_that_fails_stops_the_node_and_says_where()
    {
        await using var node = await LeadingAsync();
        var applier = Applier.Start(node, _service);
        await ReplicateAsync(node, "x1");
        _service.Failure = new InvalidOperationException("the disk of the service is full");
        var result = await Eventually.Ends(node.ReplicateAsync(Command.FromText("x2")));
        Assert.Equal(ReplicationOutcome.Unknown, result.Outcome);
        var failure = await Assert.ThrowsAsync<StateMachineException>(() => Eventually.Ends(node.Completion));
        Assert.Same(_service.Failure, failure.InnerException);
        Assert.Contains($"at entry {result.Index}", failure.Message, StringComparison.Ordinal);
        Assert.Same(failure, await Assert.ThrowsAsync<StateMachineException>(() => Eventually.Ends(applier.Completion)));
    }

    [Fact]
    public async Task An_entry_that_is_being_applied_when_the_node_stops_is_applied_after_the_restart()
    {
        _service.Gate = new TaskCompletionSource();
        var node = await LeadingAsync();
        var applier = Applier.Start(node, _service);
        var call = node.ReplicateAsync(Command.FromText("x1"));
        await Eventually.Holds(
            () => node.Status.CommitIndex == node.Status.LastIndex && node.Status.LastIndex.Value > 1, "it is committed");
        await Eventually.Ends(node.DisposeAsync().AsTask());
        Assert.Equal(ReplicationOutcome.Unknown, (await Eventually.Ends(call)).Outcome);
        await Eventually.Ends(applier.Completion);
        Assert.Empty(_service.Applied);

        _service.Gate = null;
        await using var next = await LeadingAsync();
        Applier.Start(next, _service);
        await ReplicateAsync(next, "x2");
        Assert.Equal(["x1", "x2"], _service.Applied);
    }

    [Fact]
    public async Task A_node_has_at_most_one_applier()
    {
        await using var node = await LeadingAsync();
        Applier.Start(node, _service);
        Assert.Throws<InvalidOperationException>(() => Applier.Start(node, new ListStateMachine()));
    }

    [Fact]
    public async Task A_read_waits_until_the_state_machine_has_applied_what_is_committed()
    {
        await using var node = await LeadingAsync();
        Applier.Start(node, _service);
        await ReplicateAsync(node, "x1");
        _service.Gate = new TaskCompletionSource();
        var call = node.ReplicateAsync(Command.FromText("x2"));
        await Eventually.Holds(
            () => node.Status.CommitIndex == node.Status.LastIndex && node.Status.LastApplied < node.Status.LastIndex, "it is committed");
        var read = node.ReadBarrierAsync();
        await HandledAsync(node);
        Assert.False(read.IsCompleted);
        _service.Gate.SetResult();
        Assert.True((await Eventually.Ends(read)).IsReady);
        Assert.Contains("x2", _service.Applied);
        await Eventually.Ends(call);
    }

    private Task<RaftNode> LeadingAsync() => SingleNode.LeadingAsync(_storage, protocol: ProtocolOptions.Production);

    private static Task<ReplicationResult> ReplicateAsync(RaftNode node, string command) =>
        Eventually.Ends(node.ReplicateAsync(Command.FromText(command)));
}
