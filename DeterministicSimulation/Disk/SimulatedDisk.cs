namespace DeterministicSimulation;

/// <summary>
/// A simulated disk, which outlives the incarnations of its server. The oldest write in flight is an operation: when it runs, the write
/// becomes durable and its task completes. A crash keeps some of the writes in flight, oldest first, and loses the others.
/// </summary>
/// <typeparam name="TWrite">The type of a write. The disk does not interpret it.</typeparam>
/// <param name="scheduler">Runs the writes as operations.</param>
/// <param name="faults">The faults that may strike.</param>
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

    private int Server => server;

    private string Name => name;

    /// <summary>What an operation of this disk does, in words, for reports.</summary>
    public string Completes { get; init; } = "a write becomes durable";

    /// <summary>The number of writes in flight.</summary>
    public int InFlight => _pending.Count;

    /// <summary>Whether the disk is stalled: it completes no writes.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Whether a write has failed since <see cref="Open"/>. Then the node that uses the disk must stop.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Opens the disk for a new incarnation of its server.</summary>
    public void Open()
    {
        _failsNext = false;
        HasFailed = false;
    }

    /// <summary>Begins a write.</summary>
    /// <returns>
    /// Completes when the write and all earlier ones are durable; fails with an <see cref="IOException"/> if the disk fails.
    /// </returns>
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

    /// <summary>Completes when no write is in flight any more.</summary>
    public Task DrainAsync()
    {
        if (_pending.Count == 0)
        {
            return Task.CompletedTask;
        }

        _drained ??= new TaskCompletionSource(this, TaskCreationOptions.RunContinuationsAsynchronously);
        return _drained.Task;
    }

    /// <summary>Makes the next write fail when it would become durable, together with all writes after it.</summary>
    public void FailNext() => _failsNext = true;

    /// <summary>Stalls the disk, or resumes it.</summary>
    public void Stall(bool stalled)
    {
        IsStalled = stalled;
        if (stalled)
        {
            Cancel();
        }

        Schedule();
    }

    /// <summary>Begins fair time: limits the latency of the next write to the typical one, and cancels a failure that is pending.</summary>
    public void BeginFairTime()
    {
        _failsNext = false;
        if (_operation is not null)
        {
            _operation.Due = Math.Min(_operation.Due, scheduler.Now + _maxLatency.Ticks);
        }
    }

    /// <summary>Loses the writes in flight, except for a random number of the oldest, which become durable.</summary>
    /// <returns>The number of lost writes.</returns>
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

    /// <summary>The name of its tasks in reports.</summary>
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

    // The first write that fails may be durable nevertheless.
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

    private readonly record struct PendingWrite(TWrite Write, TaskCompletionSource Completion);

    private sealed class CompleteOldest(SimulatedDisk<TWrite> disk) : Operation
    {
        public override OperationKind Kind => OperationKind.DiskWrite;

        public override int Server => disk.Server;

        public override void Run() => disk.Complete();

        public override string ToString() => $"{disk.Name}: {disk.Completes}";
    }
}
