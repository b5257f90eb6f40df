using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Raft.Impl.Storage;
using Raft.Impl.Transport;

namespace Raft.Impl.Node;

/// <summary>
/// What a node depends on outside of itself: its ports. Storage and transport must be given; the rest has defaults.
/// </summary>
public sealed record RaftNodeDependencies
{
    /// <summary>Its stable storage.</summary>
    public required IRaftStorage Storage { get; init; }

    /// <summary>Its network.</summary>
    public required IRaftTransport Transport { get; init; }

    // The real clock and real randomness enter here alone, where nothing else is given.
#pragma warning disable RS0030
    /// <summary>
    /// Its clock. If it throws while the node starts, the node does not start; if it throws later, the node stops
    /// (<see cref="RaftNode.Completion"/>): without a clock it could neither lead nor follow.
    /// </summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where it draws election timeouts from. If it throws, the consequence is that of a clock that throws.</summary>
    public Random Random { get; init; } = Random.Shared;
#pragma warning restore RS0030

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
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Random);
        ArgumentNullException.ThrowIfNull(Logger);
    }
}
