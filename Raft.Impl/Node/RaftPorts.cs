using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Raft.Impl.Storage;
using Raft.Impl.Transport;

namespace Raft.Impl.Node;

/// <summary>All that a node has of the world outside.</summary>
public sealed record RaftPorts
{
    /// <summary>Its stable storage.</summary>
    public required IRaftStorage Storage { get; init; }

    /// <summary>Its network.</summary>
    public required IRaftTransport Transport { get; init; }

    /// <summary>
    /// Its clock; usually <c>TimeProvider.System</c>. If it throws while the node starts, the node does not start; if it throws later, the
    /// node stops (<see cref="RaftNode.Completion"/>): without a clock it could neither lead nor follow.
    /// </summary>
    public required TimeProvider Time { get; init; }

    /// <summary>
    /// Where it draws election timeouts from; usually Random.Shared. If it throws, the consequence is that of a clock that throws.
    /// </summary>
    public required Random Random { get; init; }

    /// <summary>Where it logs to. If it throws, the line is lost, and counted (<see cref="NodeCounters.LoggerFailures"/>).</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>
    /// Sees each of its steps; null: nothing does. If it throws, the node logs and counts that (<see
    /// cref="NodeCounters.ObserverFailures"/>), and continues.
    /// </summary>
    public IRaftObserver? Observer { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Storage);
        ArgumentNullException.ThrowIfNull(Transport);
        ArgumentNullException.ThrowIfNull(Time);
        ArgumentNullException.ThrowIfNull(Random);
        ArgumentNullException.ThrowIfNull(Logger);
    }
}
