using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Raft.Impl.Storage;
using Raft.Impl.Transport;

namespace Raft.Impl.Node;

/// <summary>
/// What a node needs from outside: its ports. Storage and transport are required; the others have defaults.
/// </summary>
/// <remarks>
/// If one is null that must not be, <see cref="RaftNode.StartAsync"/> throws an <see cref="ArgumentNullException"/>.
/// </remarks>
public sealed record RaftNodeDependencies
{
    /// <summary>Its stable storage.</summary>
    public required IRaftStorage Storage { get; init; }

    /// <summary>Its network.</summary>
    public required IRaftTransport Transport { get; init; }

    // The real clock and real randomness enter only here, as defaults.
#pragma warning disable RS0030
    /// <summary>
    /// Its clock. If it throws while the node starts, the node does not start; if it throws later, the node stops
    /// (<see cref="RaftNode.Completion"/>): without a clock it could neither lead nor follow.
    /// </summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The source of its election timeouts. If it throws, the consequence is that of a clock that throws.</summary>
    public Random Random { get; init; } = Random.Shared;
#pragma warning restore RS0030

    /// <summary>Its log. If it throws, the line is lost, and counted (<see cref="NodeCounters.LoggerFailures"/>).</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>
    /// Sees each of its steps; null: none. If it throws, the node logs and counts that (<see
    /// cref="NodeCounters.ObserverFailures"/>), and continues.
    /// </summary>
    public IRaftObserver? Observer { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Storage);
        ArgumentNullException.ThrowIfNull(Transport);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Random);
        ArgumentNullException.ThrowIfNull(Logger);
    }
}
