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

    /// <summary>Its clock; usually <c>TimeProvider.System</c>.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Where it draws election timeouts from; usually Random.Shared.</summary>
    public required Random Random { get; init; }

    /// <summary>Where it logs to.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Who sees each of its steps; null: nobody.</summary>
    public IRaftObserver? Observer { get; init; }
}
