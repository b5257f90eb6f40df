namespace Raft.Impl.Core;

/// <summary>The name of a server of the cluster.</summary>
/// <param name="Value">Any number that no other server of the cluster has.</param>
public readonly record struct ServerId(int Value) : IComparable<ServerId>
{
    /// <inheritdoc/>
    public int CompareTo(ServerId other) => Value.CompareTo(other.Value);

    /// <summary>The name as people write it: <c>S1</c>.</summary>
    public override string ToString() => $"S{Value}";
}
