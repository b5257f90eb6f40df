using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Storage;

namespace Raft.Impl.Service;

/// <summary>
/// Drives the state machine of a node: it takes what is committed, in batches, applies it, gives each answer to the call that waits for it
/// (<see cref="RaftNode.ReplicateAsync"/>), and takes a snapshot now and then, so that the log stays short. It takes the place of a reader
/// of <see cref="RaftNode.Committed"/>, and ends when the node stops.
/// </summary>
public sealed class Applier
{
    private readonly RaftNode _node;
    private readonly IStateMachine _stateMachine;
    private readonly ApplierOptions _options;
    private Task _compaction = Task.CompletedTask;
    private long _entries;
    private long _bytes;

    private Applier(RaftNode node, IStateMachine stateMachine, ApplierOptions options)
    {
        _node = node;
        _stateMachine = stateMachine;
        _options = options;
        Completion = RunAsync();
    }

    /// <summary>
    /// Completes when the node has stopped and no call of the state machine runs. It fails with a <see cref="StateMachineException"/> if
    /// the state machine failed; then the node stops too.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Begins to apply what a node commits.</summary>
    /// <param name="node">The node. Nothing else may read its <see cref="RaftNode.Committed"/>.</param>
    /// <param name="stateMachine">The state machine, empty.</param>
    /// <param name="options">The limits; null: the defaults.</param>
    /// <exception cref="ArgumentNullException">The node or the state machine is null.</exception>
    /// <exception cref="InvalidOperationException">The node has an applier already.</exception>
    public static Applier Start(RaftNode node, IStateMachine stateMachine, ApplierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(stateMachine);
        node.ClaimCommitted();
        return new Applier(node, stateMachine, options ?? new ApplierOptions());
    }

    private async Task RunAsync()
    {
        var at = LogIndex.Zero;
        try
        {
            while (await _node.WaitToApplyAsync())
            {
                while (_node.PeekCommitted(_options.MaxBatchEntries, _options.MaxBatchBytes) is { Count: > 0 } batch)
                {
                    at = batch[0].Index;
                    await ApplyAsync(batch);
                }
            }
        }
        catch (OperationCanceledException) when (_node.Stopping.IsCancellationRequested)
        {
            // The node stops: what is not applied is applied after the restart.
        }
        catch (Exception exception)
        {
            var failure = new StateMachineException(
                $"The state machine of {_node.Id} failed at entry {at}, so the node stops: {exception.Message}", exception);
            _node.Fail(failure);
            throw failure;
        }
    }

    private async Task ApplyAsync(IReadOnlyList<ApplyMessage> batch)
    {
        if (batch[0].Snapshot is { } snapshot)
        {
            using var source = snapshot.Data.OpenRead();
            await _stateMachine.RestoreAsync(source, _node.Stopping);
            (_entries, _bytes) = (0, 0);
            _node.TakeApplied(batch, answers: null);
            return;
        }

        var answers = await _stateMachine.ApplyAsync(batch, _node.Stopping);
        if (answers.Count != batch.Count)
        {
            throw new InvalidOperationException($"The state machine gave {answers.Count} answers to {batch.Count} entries.");
        }

        _entries += batch.Count;
        for (var i = 0; i < batch.Count; i++)
        {
            _bytes += batch[i].Command.Length + LogEntry.Overhead;
        }

        _node.TakeApplied(batch, answers);
        if ((_entries >= _options.SnapshotEntries || _bytes >= _options.SnapshotBytes) && _compaction.IsCompleted)
        {
            await TakeSnapshotAsync(batch[^1].Index);
        }
    }

    // The state machine continues while the snapshot becomes the stored one.
    private async Task TakeSnapshotAsync(LogIndex index)
    {
        var state = await _node.TryWriteSnapshotAsync(_stateMachine.SnapshotAsync, _node.Stopping);
        (_entries, _bytes) = (0, 0);
        if (state is { } data)
        {
            _compaction = CompactAsync(index, data);
        }
    }

    private async Task CompactAsync(LogIndex index, SnapshotData data)
    {
        try
        {
            await _node.CompactAsync(index, data);
        }
        catch (ObjectDisposedException)
        {
            // The node has stopped: the log is still there.
        }
    }
}
