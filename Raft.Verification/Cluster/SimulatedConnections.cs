using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;

namespace Raft.Verification.Cluster;

/// <summary>The simulated streams of one server, as the connections of its <see cref="TcpTransport"/>.</summary>
/// <param name="streams">The streams of the cluster.</param>
/// <param name="server">The server.</param>
internal sealed class SimulatedConnections(SimulatedStreams streams, ServerId server) : IConnections
{
    /// <inheritdoc/>
    public IConnectionListener Listen() => new Listener(streams.Listen(server.Value));

    /// <inheritdoc/>
    public IConnection Connect(ServerId peer) => new Connection(streams.Connect(server.Value, peer.Value));

    private sealed class Listener(StreamListener listener) : IConnectionListener
    {
        public async Task<IConnection> AcceptAsync() => new Connection(await listener.AcceptAsync());

        public void Dispose() => listener.Dispose();
    }

    private sealed class Connection(SimulatedStream stream) : IConnection
    {
        public string Remote => $"S{stream.Peer}";

        // Simulated streams have no ports.
        public string RemoteAddress => Remote;

        public Task OpenAsync() => stream.OpenAsync();

        // The server of a simulated stream is known, as from a certificate.
        public string? ObjectionTo(ServerId peer) => peer.Value == stream.Peer ? null : $"The other end is S{stream.Peer}, not {peer}.";

        public async ValueTask<int> ReadAsync(Memory<byte> buffer) => await stream.ReadAsync(buffer);

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes);

        public void Dispose() => stream.Dispose();
    }
}
