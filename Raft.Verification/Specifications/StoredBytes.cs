using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Specifications;

/// <summary>What simulated files hold, as monitors see it.</summary>
internal static class StoredBytes
{
    /// <summary>
    /// Whether this thread reads for a monitor: then a read of simulated files takes no time, has no fault and draws nothing.
    /// </summary>
    [field: ThreadStatic]
    public static bool AreObserved { get; private set; }

    /// <summary>Reads stored bytes for a monitor: at once, as they are on the disk, and with no effect on the schedule.</summary>
    public static ReadOnlyMemory<byte> Observe(SnapshotData data)
    {
        using var observed = BeginObserving();
        var read = data.ReadAllAsync();
        return read.IsCompleted
            ? read.GetAwaiter().GetResult()
            : throw new InvalidOperationException("The snapshot is not in simulated files: it cannot be read at once.");
    }

    /// <summary>
    /// Until the scope ends, this thread reads for a monitor, a trace or a digest. Each call of one must be in such a scope. It cannot span
    /// an await.
    /// </summary>
    public static Scope BeginObserving()
    {
        var scope = new Scope(AreObserved);
        AreObserved = true;
        return scope;
    }

    /// <summary>What <see cref="BeginObserving"/> began. Scopes may be nested.</summary>
    public readonly ref struct Scope(bool before)
    {
        public void Dispose() => AreObserved = before;
    }
}
