using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Simulation;

/// <summary>
/// The disk of a server; it outlives the server's lives. The oldest write in flight is an operation: it becomes durable when that happens,
/// and its task completes then. A crash keeps some of the writes in flight, oldest first, and loses the others.
/// </summary>
internal sealed class SimulatedDisk(Scheduler scheduler, FaultLedger faults, ServerId id, StorageImage image) : IRaftStorage
{
    private static readonly TimeSpan _maxLatency = TimeSpan.FromMilliseconds(5);
    private readonly Queue<PendingWrite> _pending = new();
    private CompleteOldest? _operation;
    private TaskCompletionSource? _drained;
    private bool _isOpen;
    private bool _failsNext;

    /// <summary>Called when a write becomes durable.</summary>
    public Action<RaftWrite>? Durable { get; set; }

    /// <summary>Called when a write is begun; null: nobody listens.</summary>
    public Action<RaftWrite>? Begun { get; set; }

    /// <summary>How many writes are in flight.</summary>
    public int InFlight => _pending.Count;

    /// <summary>Whether the disk completes nothing at the moment.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Whether a write failed, so that the node which uses the disk must stop.</summary>
    public bool HasFailed { get; private set; }

    /// <inheritdoc/>
    public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        if (_isOpen)
        {
            throw new InvalidOperationException($"The disk of {id} is in use by another node.");
        }

        _isOpen = true;
        _failsNext = false;
        HasFailed = false;
        return ValueTask.FromResult(image.Read());
    }

    /// <inheritdoc/>
    public async ValueTask CloseAsync()
    {
        if (_pending.Count > 0)
        {
            _drained = new TaskCompletionSource(this, TaskCreationOptions.RunContinuationsAsynchronously);
            await _drained.Task;
        }

        _isOpen = false;
    }

    /// <inheritdoc/>
    public Task WriteAsync(RaftWrite write)
    {
        scheduler.EnsureControlled();
        if (!_isOpen)
        {
            throw new InvalidOperationException($"Write {write.Sequence} of {id} comes from a node that does not use this disk any more.");
        }

        if (HasFailed)
        {
            return Task.FromException(Failure(write));
        }

        Begun?.Invoke(write);
        var pending = new PendingWrite(write, new TaskCompletionSource(this, TaskCreationOptions.RunContinuationsAsynchronously));
        _pending.Enqueue(pending);
        Schedule();
        return pending.Completion.Task;
    }

    /// <summary>The next write that would become durable fails instead, with all that follow it.</summary>
    public void FailNext() => _failsNext = true;

    /// <summary>Stops completing writes, or goes on.</summary>
    public void Stall(bool stalled)
    {
        IsStalled = stalled;
        if (stalled && _operation is not null)
        {
            scheduler.Work.Remove(_operation);
            _operation = null;
        }

        Schedule();
    }

    /// <summary>Gives the write that is next no longer than usual, as fair time begins; none fails that has not failed yet.</summary>
    public void BeginFairTime()
    {
        _failsNext = false;
        if (_operation is not null)
        {
            _operation.Due = Math.Min(_operation.Due, scheduler.Now + _maxLatency.Ticks);
        }
    }

    /// <summary>Loses the writes in flight, but for a number of the oldest that had reached the platter.</summary>
    /// <returns>How many were lost.</returns>
    public int Crash()
    {
        for (var kept = _pending.Count == 0 ? 0 : scheduler.Choices.Integer(_pending.Count + 1); kept > 0; kept--)
        {
            var write = _pending.Dequeue().Write;
            image.Apply(write);
            Durable?.Invoke(write);
        }

        var lost = _pending.Count;
        _pending.Clear();
        _drained = null;
        _isOpen = false;
        if (_operation is not null)
        {
            scheduler.Work.Remove(_operation);
            _operation = null;
        }

        return lost;
    }

    /// <summary>What its tasks stand for, in reports.</summary>
    public override string ToString() => $"a write of {id}";

    private void Schedule()
    {
        if (_operation is null && _pending.Count > 0 && !IsStalled)
        {
            _operation = new CompleteOldest(this);
            _operation.Due = scheduler.Now + (scheduler.IsFair ? faults.Latency(_operation, _maxLatency).Ticks : 0);
            scheduler.AddWork(_operation);
        }
    }

    private void Complete()
    {
        _operation = null;
        if (_failsNext)
        {
            Fail();
        }
        else
        {
            var oldest = _pending.Dequeue();
            image.Apply(oldest.Write);
            Durable?.Invoke(oldest.Write);
            oldest.Completion.SetResult();
        }

        if (_pending.Count == 0 && _drained is { } drained)
        {
            _drained = null;
            drained.SetResult();
        }

        Schedule();
    }

    // The first of the writes that fail may have reached the platter all the same.
    private void Fail()
    {
        HasFailed = true;
        if (scheduler.Choices.Integer(2) == 1)
        {
            image.Apply(_pending.Peek().Write);
            Durable?.Invoke(_pending.Peek().Write);
        }

        PendingWrite[] failed = [.. _pending];
        _pending.Clear();
        foreach (var one in failed)
        {
            one.Completion.SetException(Failure(one.Write));
        }
    }

    private IOException Failure(RaftWrite write) => new($"The disk of {id} failed write {write.Sequence}.");

    private readonly record struct PendingWrite(RaftWrite Write, TaskCompletionSource Completion);

    private sealed class CompleteOldest(SimulatedDisk disk) : Operation
    {
        public override OperationKind Kind => OperationKind.DiskWrite;

        public override int Server => disk.Server;

        internal override void Run() => disk.Complete();

        public override string ToString() => $"{disk.Name}: a write becomes durable";
    }

    private string Name => id.ToString();

    private int Server => id.Value;
}
