namespace DeterministicSimulation;

/// <summary>
/// A disk; it outlives the incarnations of its server. The oldest write in flight is an operation: when that happens the write becomes
/// durable, and its task completes. A crash keeps some of the writes in flight, oldest first, and loses the others.
/// </summary>
/// <typeparam name="TWrite">What is written. The disk does not look into it.</typeparam>
/// <param name="scheduler">Lets writes become durable.</param>
/// <param name="faults">What may go wrong.</param>
/// <param name="server">The number of its server.</param>
/// <param name="name">The name of its server, for reports.</param>
/// <param name="apply">Makes a write durable.</param>
public sealed class SimulatedDisk<TWrite>(Scheduler scheduler, FaultLedger faults, int server, string name, Action<TWrite> apply)
{
    private static readonly TimeSpan _maxLatency = TimeSpan.FromMilliseconds(5);
    private readonly Queue<PendingWrite> _pending = new();
    private CompleteOldest? _operation;
    private TaskCompletionSource? _drained;
    private bool _failsNext;

    /// <summary>How many writes are in flight.</summary>
    public int InFlight => _pending.Count;

    /// <summary>Whether the disk completes nothing at the moment.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Whether a write failed since <see cref="Open"/>, so that whatever uses the disk must stop.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>A new incarnation of its server begins to use it.</summary>
    public void Open()
    {
        _failsNext = false;
        HasFailed = false;
    }

    /// <summary>Writes.</summary>
    /// <returns>Completes once the write is durable, with all before it; fails with an <see cref="IOException"/> where the disk does.</returns>
    public Task WriteAsync(TWrite write)
    {
        scheduler.EnsureControlled();
        if (HasFailed)
        {
            return Task.FromException(Failure(write));
        }

        var pending = new PendingWrite(write, new TaskCompletionSource(this, TaskCreationOptions.RunContinuationsAsynchronously));
        _pending.Enqueue(pending);
        Schedule();
        return pending.Completion.Task;
    }

    /// <summary>Completes once no write is in flight any more.</summary>
    public Task DrainAsync()
    {
        if (_pending.Count == 0)
        {
            return Task.CompletedTask;
        }

        _drained ??= new TaskCompletionSource(this, TaskCreationOptions.RunContinuationsAsynchronously);
        return _drained.Task;
    }

    /// <summary>The next write that would become durable fails instead, with all that follow it.</summary>
    public void FailNext() => _failsNext = true;

    /// <summary>Stops completing writes, or resumes.</summary>
    public void Stall(bool stalled)
    {
        IsStalled = stalled;
        if (stalled)
        {
            Cancel();
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
        for (var kept = _pending.Count == 0 ? 0 : scheduler.Choices.Number(_pending.Count + 1); kept > 0; kept--)
        {
            apply(_pending.Dequeue().Write);
        }

        var lost = _pending.Count;
        _pending.Clear();
        _drained = null;
        Cancel();
        return lost;
    }

    /// <summary>What its tasks stand for, in reports.</summary>
    public override string ToString() => $"a write of {name}";

    private void Cancel()
    {
        if (_operation is not null)
        {
            scheduler.Work.Remove(_operation);
            _operation = null;
        }
    }

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
            apply(oldest.Write);
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
        if (scheduler.Choices.Number(2) == 1)
        {
            apply(_pending.Peek().Write);
        }

        PendingWrite[] failed = [.. _pending];
        _pending.Clear();
        foreach (var one in failed)
        {
            one.Completion.SetException(Failure(one.Write));
        }
    }

    private IOException Failure(TWrite write) => new($"The disk of {name} failed {write}.");

    private int Server => server;

    private string Name => name;

    private readonly record struct PendingWrite(TWrite Write, TaskCompletionSource Completion);

    private sealed class CompleteOldest(SimulatedDisk<TWrite> disk) : Operation
    {
        public override OperationKind Kind => OperationKind.DiskWrite;

        public override int Server => disk.Server;

        public override void Run() => disk.Complete();

        public override string ToString() => $"{disk.Name}: a write becomes durable";
    }
}
