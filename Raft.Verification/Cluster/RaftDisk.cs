using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Cluster;

/// <summary>A disk that writes of a node are kept on as they are.</summary>
internal sealed class RaftDisk : IServerDisk
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

    /// <inheritdoc/>
    public Action<RaftWrite>? Durable { get; set; }

    /// <inheritdoc/>
    public Action<RaftWrite>? Begun { get; set; }

    /// <inheritdoc/>
    public int InFlight => _disk.InFlight;

    /// <inheritdoc/>
    public bool IsStalled => _disk.IsStalled;

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public void FailNext() => _disk.FailNext();

    /// <inheritdoc/>
    public void Stall(bool stalled) => _disk.Stall(stalled);

    /// <inheritdoc/>
    public void BeginFairTime() => _disk.BeginFairTime();

    /// <inheritdoc/>
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
