using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Parts;

/// <summary>
/// Numbers of a scenario that draws many. A mix that lets all numbers fall low, or high, leaves them spread all the same: each is moved by
/// how many there were before.
/// </summary>
internal sealed class Numbers(ICluster cluster)
{
    private int _drawn;

    /// <summary>A number from 0 up to, but not including, a bound.</summary>
    public int Next(int bound) => (int)((cluster.Choose(bound) + (++_drawn * 0x9E3779B1L >> 7)) % bound);

    /// <summary>Whether something happens that happens once in so many times.</summary>
    public bool OneIn(int times) => Next(times) == 0;

    /// <summary>One of several values.</summary>
    public T OneOf<T>(params ReadOnlySpan<T> values) => values[Next(values.Length)];

    /// <summary>Snapshot data of a number of bytes.</summary>
    public SnapshotData SnapshotData(int length) => Impl.Core.SnapshotData.Of(Command(length).Bytes);

    /// <summary>A command of a number of bytes.</summary>
    public Command Command(int length) => Impl.Core.Command.FromText(new string((char)('a' + (_drawn % 26)), length));
}
