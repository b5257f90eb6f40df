using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Parts;

/// <summary>
/// Random numbers for a scenario that draws many. Each number is shifted by the count of earlier draws, so the numbers stay spread even if
/// the strategy biases all draws low or high.
/// </summary>
internal sealed class Numbers(ICluster cluster)
{
    private int _drawn;

    /// <summary>A number from 0 up to, but not including, a bound.</summary>
    public int Next(int bound) => (int)((cluster.Choose(bound) + (++_drawn * 0x9E3779B1L >> 7)) % bound);

    /// <summary>True with probability one in <paramref name="times"/>.</summary>
    public bool OneIn(int times) => Next(times) == 0;

    /// <summary>One of several values.</summary>
    public T OneOf<T>(params ReadOnlySpan<T> values) => values[Next(values.Length)];

    /// <summary>Snapshot data of a number of bytes.</summary>
    public SnapshotData SnapshotData(int length) => Impl.Core.SnapshotData.Of(Command(length).Bytes);

    /// <summary>A command of a number of bytes.</summary>
    public Command Command(int length) => Impl.Core.Command.FromText(new string((char)('a' + (_drawn % 26)), length));
}
