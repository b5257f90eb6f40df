using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Cluster;

/// <summary>Fingerprints of the states of servers and of their disks.</summary>
internal static class RaftDigest
{
    public static ulong Add(ulong hash, Command command) => Add(hash, command.Bytes.Span);

    // A disk is not read for it. The hash code of stored data is the same in every process.
    public static ulong Add(ulong hash, SnapshotData data) =>
        data.IsStored ? Digest.Add(Digest.Add(hash, data.Length), data.GetHashCode()) : Add(hash, data.Bytes.Span);

    private static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        hash = Digest.Add(hash, (ulong)bytes.Length);
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return SplitMix64.Mix(hash);
    }

    /// <summary>Adds the state of a server.</summary>
    public static ulong Add(ulong hash, RaftCore core)
    {
        hash = Digest.Add(hash, core.CurrentTerm.Value);
        hash = Digest.Add(hash, core.VotedFor?.Value ?? -1);
        hash = Digest.Add(hash, (long)core.Role);
        hash = Digest.Add(hash, core.CommitIndex.Value);
        hash = Digest.Add(hash, core.LastApplied.Value);
        return Add(hash, core.Log);
    }

    /// <summary>Adds the content of a disk.</summary>
    public static ulong Add(ulong hash, StorageImage image)
    {
        hash = Digest.Add(hash, image.Term.Value);
        hash = Digest.Add(hash, image.VotedFor?.Value ?? -1);
        return Add(hash, image.Log);
    }

    private static ulong Add(ulong hash, RaftLog log)
    {
        hash = Add(Digest.Add(hash, log.Snapshot.LastIndex.Value), log.Snapshot.Data);
        for (var i = 0; i < log.Entries.Count; i++)
        {
            ref readonly var entry = ref log.Entries[i];
            hash = Add(Digest.Add(hash, entry.Term.Value), entry.Command);
        }

        return hash;
    }
}
