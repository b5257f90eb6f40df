using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Raft.Impl.Transport.Tcp;

/// <summary>What a <see cref="TcpTransport"/> needs from outside. Everything has a default.</summary>
public sealed record TcpTransportDependencies
{
    /// <summary>Its network; null: sockets (<see cref="SocketConnections"/>).</summary>
    public IConnections? Connections { get; init; }

    // The real clock and real randomness enter only here, as defaults.
#pragma warning disable RS0030
    /// <summary>Its clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The source of the jitter between attempts to connect.</summary>
    public Random Random { get; init; } = Random.Shared;
#pragma warning restore RS0030

    /// <summary>Gets what happens to its connections.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
