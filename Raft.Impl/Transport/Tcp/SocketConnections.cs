using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Raft.Impl.Core;

namespace Raft.Impl.Transport.Tcp;

/// <summary>TCP connections of the operating system, with mutual TLS if the options have certificates.</summary>
/// <param name="options">The addresses and the certificates. They must be valid, as those of a <see cref="TcpTransport"/> are.</param>
public sealed class SocketConnections(TcpTransportOptions options) : IConnections
{
    private const int _backlog = 128;

    /// <inheritdoc/>
    public IConnectionListener Listen()
    {
        var own = options.Members[options.ServerId];
        var address = options.ListenAddress
            ?? (IPAddress.TryParse(own.Host, out var literal) ? literal : own.IsLoopback ? IPAddress.Loopback
                : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any
                : IPAddress.Any);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(address, own.Port));
            socket.Listen(_backlog);
            return new Listener(socket, options);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new IOException($"{options.ServerId} cannot listen at {address}, port {own.Port}: {exception.Message}.", exception);
        }
    }

    /// <inheritdoc/>
    public IConnection Connect(ServerId peer) => new Connection(options, peer, socket: null);

    private sealed class Listener(Socket socket, TcpTransportOptions options) : IConnectionListener
    {
        public async Task<IConnection> AcceptAsync()
        {
            try
            {
                return new Connection(options, peer: null, await socket.AcceptAsync());
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                throw new IOException(exception.Message, exception);
            }
        }

        public void Dispose() => socket.Dispose();
    }

    private sealed class Connection : IConnection
    {
        private readonly object _gate = new();
        private readonly TcpTransportOptions _options;
        private readonly ServerId? _peer;
        private readonly Socket _socket;
        private AcceptedStream? _accepted;
        private Stream? _stream;
        private string? _objection;
        private bool _isDisposed;
        private volatile bool _writesAtOnce;

        // A connection to a peer, or an accepted socket.
        public Connection(TcpTransportOptions options, ServerId? peer, Socket? socket)
        {
            (_options, _peer) = (options, peer);
            _socket = socket ?? new Socket(SocketType.Stream, ProtocolType.Tcp);
            (Remote, RemoteAddress) = peer is { } member
                ? ($"{options.Members[member]}", options.Members[member].Host)
                : ($"{_socket.RemoteEndPoint}", $"{(_socket.RemoteEndPoint as IPEndPoint)?.Address}");
        }

        public string Remote { get; }

        public string RemoteAddress { get; }

        public async Task OpenAsync()
        {
            try
            {
                if (_peer is { } peer)
                {
                    var address = _options.Members[peer];
                    await _socket.ConnectAsync(address.Host, address.Port);
                }

                _socket.NoDelay = true;
                _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                _stream = _peer is null ? Accept() : new NetworkStream(_socket, ownsSocket: true);
                if (_options.Certificates?.Invoke() is { } certificates)
                {
                    _stream = await AuthenticateAsync(_stream, certificates);
                }
                else if (_peer is not null)
                {
                    // A synchronous write returns when there is no room. It makes no difference to asynchronous ones.
                    _socket.Blocking = false;
                    _writesAtOnce = true;
                }
            }
            catch (SocketException exception)
            {
                throw new IOException($"{Remote}: {exception.Message}.", exception);
            }
        }

        public string? ObjectionTo(ServerId peer)
        {
            if (_options.Certificates is null)
            {
                return null;
            }

            return _stream is SslStream { RemoteCertificate: X509Certificate2 certificate }
                ? ObjectionTo(certificate, peer)
                : "There is no certificate.";
        }

        public void Establish() => _accepted?.ReadOnThread($"raft {_options.ServerId} {Remote}");

        // Without async, so that a read needs no object of its own.
        public ValueTask<int> ReadAsync(Memory<byte> buffer) => Stream().ReadAsync(buffer);

        public int TryWrite(ReadOnlySpan<byte> bytes)
        {
            if (!_writesAtOnce)
            {
                return 0;
            }

            try
            {
                var count = _socket.Send(bytes, SocketFlags.None, out var error);
                return error switch
                {
                    SocketError.Success => count,
                    SocketError.WouldBlock => 0,
                    _ => throw new IOException($"{Remote}: {new SocketException((int)error).Message}."),
                };
            }
            catch (ObjectDisposedException exception)
            {
                throw new IOException(exception.Message, exception);
            }
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => Stream().WriteAsync(bytes);

        public void Dispose()
        {
            lock (_gate)
            {
                if (_isDisposed)
                {
                    return;
                }

                _isDisposed = true;
            }

            // Closing the socket ends what is under way. A TLS stream must not be disposed of while it is used.
            ((IDisposable?)_accepted ?? _socket).Dispose();
        }

        private AcceptedStream Accept()
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                return _accepted = new AcceptedStream(_socket);
            }
        }

        private Stream Stream() => _stream ?? throw new InvalidOperationException("The connection is not open.");

        private async Task<Stream> AuthenticateAsync(Stream stream, TransportCertificates certificates)
        {
            var tls = new SslStream(stream, leaveInnerStreamOpen: false);
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange(certificates.Authorities);
            var own = SslStreamCertificateContext.Create(certificates.Own, certificates.Intermediates, offline: true);
            try
            {
                if (_peer is { } peer)
                {
                    await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                    {
                        TargetHost = _options.Members[peer].CertificateName,
                        ClientCertificateContext = own,
                        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                        CertificateChainPolicy = policy,
                        RemoteCertificateValidationCallback = IsValid,
                        AllowTlsResume = false,
                    });
                }
                else
                {
                    await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = own,
                        ClientCertificateRequired = true,
                        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                        CertificateChainPolicy = policy,
                        RemoteCertificateValidationCallback = IsValid,
                        AllowTlsResume = false,
                    });
                }
            }
            catch (AuthenticationException exception) when (_objection is not null)
            {
                throw new AuthenticationException(_objection, exception);
            }

            return tls;
        }

        private bool IsValid(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            // The name of the server is compared below, without the wildcards that SslStream would allow.
            var wrong = errors & ~SslPolicyErrors.RemoteCertificateNameMismatch;
            _objection = certificate is not X509Certificate2 presented ? "The other end has no certificate."
                : wrong != SslPolicyErrors.None ? $"The certificate {presented.Subject} is not valid: {Problems(chain, wrong)}."
                : _peer is { } peer ? ObjectionTo(presented, peer)
                : null;
            return _objection is null;
        }

        private string? ObjectionTo(X509Certificate2 certificate, ServerId peer)
        {
            var name = _options.Members[peer].CertificateName;
            return certificate.MatchesHostname(name, allowWildcards: false, allowCommonName: false)
                ? null
                : $"The certificate {certificate.Subject} is not that of {peer}: it does not have the name {name}.";
        }

        private static string Problems(X509Chain? chain, SslPolicyErrors errors) =>
            chain is { ChainStatus: { Length: > 0 } problems }
                ? string.Join("; ", problems.Select(problem => problem.StatusInformation.TrimEnd('.', ' ')))
                : $"{errors}";
    }
}
