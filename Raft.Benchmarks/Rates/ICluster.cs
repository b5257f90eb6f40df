namespace Raft.Benchmarks.Rates;

/// <summary>Nodes of a Raft library in this process, and clients at their leader.</summary>
internal interface ICluster : IAsyncDisposable
{
    /// <summary>Replicates a command of 16 bytes. Completes once the command is applied on the leader.</summary>
    /// <exception cref="InvalidOperationException">The command was not applied: the leader has changed, for example.</exception>
    ValueTask ReplicateAsync();

    /// <summary>How many entries its leader has committed.</summary>
    long Committed { get; }
}
