using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Exploration;

/// <summary>Fingerprints that are equal in every process and on every machine.</summary>
internal static class Digest
{
    public static ulong Add(ulong hash, ulong value) => SplitMix64.Mix((hash ^ value) + 0x9E3779B97F4A7C15);

    public static ulong Add(ulong hash, long value) => Add(hash, (ulong)value);

    public static ulong Add(ulong hash, Command command)
    {
        var bytes = command.Bytes.Span;
        hash = Add(hash, (ulong)bytes.Length);
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return SplitMix64.Mix(hash);
    }

    /// <summary>Adds what a server knows.</summary>
    public static ulong Add(ulong hash, RaftCore core)
    {
        hash = Add(hash, core.CurrentTerm.Value);
        hash = Add(hash, core.VotedFor?.Value ?? -1);
        hash = Add(hash, (long)core.Role);
        hash = Add(hash, core.CommitIndex.Value);
        hash = Add(hash, core.LastApplied.Value);
        return Add(hash, core.Log);
    }

    /// <summary>Adds what a disk holds.</summary>
    public static ulong Add(ulong hash, StorageImage image)
    {
        hash = Add(hash, image.Term.Value);
        hash = Add(hash, image.VotedFor?.Value ?? -1);
        return Add(hash, image.Log);
    }

    private static ulong Add(ulong hash, RaftLog log)
    {
        hash = Add(Add(hash, log.Snapshot.LastIndex.Value), log.Snapshot.Data);
        foreach (var entry in log.Entries)
        {
            hash = Add(Add(hash, entry.Term.Value), entry.Command);
        }

        return hash;
    }
}
