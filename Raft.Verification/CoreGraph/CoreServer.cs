using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.CoreGraph;

/// <summary>
/// A server with what stands around its core in a node: what its disk holds, the writes in flight, and the messages that wait for them. A
/// value: immutable, and compared by content. Writes are numbered from the last one that the core knows to be durable.
/// </summary>
internal sealed class CoreServer : IEquatable<CoreServer>
{
    private readonly int _hash;

    /// <summary>Makes the value of a server.</summary>
    /// <param name="core">The core (<see cref="RaftCore.Canonical"/>).</param>
    /// <param name="disk">What is durable, as far as the core knows.</param>
    /// <param name="writes">The writes in flight, oldest first.</param>
    /// <param name="held">The messages that wait, in the order in which they are released.</param>
    /// <param name="mostCopies">The most copies of one message among them, as the model has them.</param>
    /// <param name="last">The message that was held last, if none was released since: a repetition of it is not held again.</param>
    /// <param name="serviceIsBusy">Whether the service has not asked for more since it was given something.</param>
    /// <param name="bounds">The bounds.</param>
    public CoreServer(
        RaftCore core,
        DurableState disk,
        RaftWrite[] writes,
        OutgoingMessage[] held,
        int mostCopies,
        OutgoingMessage last,
        bool serviceIsBusy,
        CoreBounds bounds)
    {
        (Core, Disk, Writes, Held, Last, ServiceIsBusy) = (core, disk, writes, held, last, serviceIsBusy);
        Log = GhostEntries.StateAt(core.Log, core.Log.LastIndex).Bytes;
        Commit = (int)Math.Min(core.CommitIndex.Value, Log.Length);
        MostCopies = mostCopies;
        OwnInputs = [.. InputsWithin(bounds)];
        OwnSteps = new ServerStep?[OwnInputs.Length];
        var hash = new HashCode();
        hash.Add(core.GetHashCode());
        hash.AddBytes(Log.Span);
        hash.Add(disk.Term);
        hash.Add(disk.VotedFor);
        hash.Add(disk.Entries);
        hash.Add(disk.Snapshot.LastIndex);
        hash.Add(writes.Length);
        foreach (var message in held)
        {
            hash.Add(message);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>The core.</summary>
    public RaftCore Core { get; }

    /// <summary>What is durable, as far as the core knows. Some of the writes in flight may be on the disk too.</summary>
    public DurableState Disk { get; }

    /// <summary>The writes in flight, oldest first: numbers 1, 2, 3, ...</summary>
    public RaftWrite[] Writes { get; }

    /// <summary>The messages that wait for a write, in the order in which they are released.</summary>
    public OutgoingMessage[] Held { get; }

    /// <summary>The message that was held last, if none was released since.</summary>
    public OutgoingMessage Last { get; }

    /// <summary>Whether the service has not asked for more since it was given something.</summary>
    public bool ServiceIsBusy { get; }

    /// <summary>The whole log, a byte for each entry, with what the snapshot covers.</summary>
    public ReadOnlyMemory<byte> Log { get; }

    /// <summary>How many entries of the log are committed, as far as the core knows.</summary>
    public int Commit { get; }

    /// <summary>The most copies of one message, as the model has it, that wait for a write.</summary>
    public int MostCopies { get; }

    /// <summary>What can happen to the server besides messages, each with its argument.</summary>
    public (CoreAction Action, int Argument)[] OwnInputs { get; }

    /// <summary>The steps that it takes then, once they are known.</summary>
    public ServerStep?[] OwnSteps { get; }

    /// <summary>What the disk holds once some of the writes in flight are on it.</summary>
    public DurableState DiskAfter(int writes)
    {
        if (writes == 0)
        {
            return Disk;
        }

        // The storage of the node does it.
        var image = new StorageImage();
        var snapshot = Disk.Snapshot == Snapshot.None ? null : Disk.Snapshot;
        image.Apply(new RaftWrite(0, Disk.Term, Disk.VotedFor, snapshot, new LogSuffix(Disk.Snapshot.LastIndex.Next, Disk.Entries)));
        foreach (var write in Writes.AsSpan(0, writes))
        {
            image.Apply(write);
        }

        return image.Read();
    }

    /// <inheritdoc/>
    public bool Equals(CoreServer? other) =>
        other is not null
        && _hash == other._hash
        && ServiceIsBusy == other.ServiceIsBusy
        && Core.Equals(other.Core)
        && Disk == other.Disk
        && Last == other.Last
        && Held.AsSpan().SequenceEqual(other.Held)
        && Writes.AsSpan().SequenceEqual(other.Writes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CoreServer);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    private IEnumerable<(CoreAction Action, int Argument)> InputsWithin(CoreBounds bounds)
    {
        for (var k = 0; k <= Writes.Length; k++)
        {
            yield return (CoreAction.Restart, k);
        }

        for (var k = 1; k <= Writes.Length; k++)
        {
            yield return (CoreAction.WriteDurable, k);
        }

        if (Core.Role == Role.Leader)
        {
            yield return (CoreAction.HeartbeatTimeout, 0);

            // Each value, and each pair of values.
            var values = bounds.Raft.Values;
            for (var v = 0; v < (bounds.MaxBatch == 1 ? values : values * (values + 1)); v++)
            {
                yield return (CoreAction.Propose, v);
            }
        }
        else
        {
            yield return (CoreAction.ElectionTimeout, 0);
        }

        for (var index = Core.Log.FirstIndex; bounds.Snapshots && index <= Core.LastApplied; index = index.Next)
        {
            yield return (CoreAction.Compact, (int)index.Value);
        }

        if (ServiceIsBusy)
        {
            yield return (CoreAction.ReadyToApply, 0);
        }
    }
}
