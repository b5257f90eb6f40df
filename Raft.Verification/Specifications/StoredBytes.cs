using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Specifications;

/// <summary>What simulated files hold, as monitors see it.</summary>
internal static class StoredBytes
{
    /// <summary>Whether this thread reads for a monitor: then a read of simulated files takes no time and has no fault.</summary>
    [field: ThreadStatic]
    public static bool AreObserved { get; private set; }

    /// <summary>Reads stored bytes for a monitor: at once, as they are on the disk, and with no effect on the schedule.</summary>
    public static ReadOnlyMemory<byte> Observe(SnapshotData data)
    {
        AreObserved = true;
        try
        {
            var read = data.ReadAllAsync();
            return read.IsCompleted
                ? read.GetAwaiter().GetResult()
                : throw new InvalidOperationException("The snapshot is not in simulated files: it cannot be read at once.");
        }
        finally
        {
            AreObserved = false;
        }
    }
}
