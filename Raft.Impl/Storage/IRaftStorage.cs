using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>Stable storage of one server: the labs' Persister. One server uses it at a time.</summary>
public interface IRaftStorage
{
    /// <summary>What is durable. Called once in the life of a server, before its first write.</summary>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <exception cref="InvalidDataException">What is stored is damaged.</exception>
    ValueTask<DurableState> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a write durable. Writes take effect in the order of the calls; several may be in flight. The task completes when this write
    /// and all before it are durable; until then a crash may lose it, and then loses all that follow it too. It fails if the write
    /// cannot be made durable; the server then stops.
    /// </summary>
    /// <param name="write">The change, all of which becomes durable or none.</param>
    Task WriteAsync(RaftWrite write);
}
