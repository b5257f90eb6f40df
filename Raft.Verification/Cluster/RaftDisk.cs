using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Cluster;

/// <summary>The disk of a server, as the storage of its nodes. It outlives them.</summary>
internal sealed class RaftDisk : IRaftStorage
{
    private readonly SimulatedDisk<RaftWrite> _disk;
    private readonly Scheduler _scheduler;
    private readonly ServerId _id;
    private readonly StorageImage _image;
    private bool _isOpen;

    public RaftDisk(Scheduler scheduler, FaultLedger faults, ServerId id, StorageImage image)
    {
        _scheduler = scheduler;
        _id = id;
        _image = image;
        _disk = new SimulatedDisk<RaftWrite>(scheduler, faults, id.Value, id.ToString(), Apply);
    }

    /// <summary>Called when a write becomes durable, if not null.</summary>
    public Action<RaftWrite>? Durable { get; set; }

    /// <summary>Called when a write begins, if not null.</summary>
    public Action<RaftWrite>? Begun { get; set; }

    /// <inheritdoc cref="SimulatedDisk{TWrite}.InFlight"/>
    public int InFlight => _disk.InFlight;

    /// <inheritdoc cref="SimulatedDisk{TWrite}.IsStalled"/>
    public bool IsStalled => _disk.IsStalled;

    /// <inheritdoc cref="SimulatedDisk{TWrite}.HasFailed"/>
    public bool HasFailed => _disk.HasFailed;

    /// <inheritdoc/>
    public ValueTask<DurableState> OpenAsync(CancellationToken cancellationToken = default)
    {
        if (_isOpen)
        {
            throw new InvalidOperationException($"The disk of {_id} is in use by another node.");
        }

        _isOpen = true;
        _disk.Open();
        return ValueTask.FromResult(_image.Read());
    }

    /// <inheritdoc/>
    public async ValueTask CloseAsync()
    {
        if (_disk.InFlight > 0)
        {
            await _disk.DrainAsync();
        }

        _isOpen = false;
    }

    /// <inheritdoc/>
    public Task WriteAsync(RaftWrite write)
    {
        _scheduler.EnsureControlled();
        if (!_isOpen)
        {
            throw new InvalidOperationException($"Write {write.Sequence} of {_id} comes from a node that does not use this disk any more.");
        }

        if (!HasFailed)
        {
            Begun?.Invoke(write);
        }

        return _disk.WriteAsync(write);
    }

    /// <inheritdoc cref="SimulatedDisk{TWrite}.FailNext"/>
    public void FailNext() => _disk.FailNext();

    /// <inheritdoc cref="SimulatedDisk{TWrite}.Stall"/>
    public void Stall(bool stalled) => _disk.Stall(stalled);

    /// <inheritdoc cref="SimulatedDisk{TWrite}.BeginFairTime"/>
    public void BeginFairTime() => _disk.BeginFairTime();

    /// <inheritdoc cref="SimulatedDisk{TWrite}.Crash"/>
    public int Crash()
    {
        var lost = _disk.Crash();
        _isOpen = false;
        return lost;
    }

    private void Apply(RaftWrite write)
    {
        _image.Apply(write);
        Durable?.Invoke(write);
    }
}
