using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using ThreeHosts;

namespace Raft.Tests.Transport.Tcp;

/// <summary>The options of three servers on free ports of the loopback interface, and what their transports log.</summary>
internal sealed class LoopbackCluster : ILogger
{
    public static readonly Guid Id = new("7d2cf1a4-3f3e-4c11-9f0d-0f4a3c7c5c11");

    /// <summary>The longest that a test waits for something.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<string> _lines = [];

    public LoopbackCluster() => Members = FreeAddresses(3);

    public Dictionary<ServerId, MemberAddress> Members { get; }

    public string[] Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public TcpTransportOptions OptionsOf(ServerId server) => new()
    {
        ClusterId = Id,
        ServerId = server,
        Members = Members,
        ReconnectDelay = TimeSpan.FromMilliseconds(20),
        MaxReconnectDelay = TimeSpan.FromMilliseconds(100),
    };

    public TcpTransport TransportOf(ServerId server) => Create(OptionsOf(server));

    public TcpTransport Create(TcpTransportOptions options) => new(options, new TcpTransportDependencies { Logger = this });

    /// <summary>Waits until a line with these words is logged.</summary>
    public Task LogsAsync(params string[] words) => EventuallyAsync(
        () => Lines.Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal))),
        () => $"no line has {string.Join(" and ", words)}:\n{string.Join('\n', Lines)}");

    public static async Task EventuallyAsync(Func<bool> condition, Func<string>? otherwise = null)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < Patience, otherwise?.Invoke() ?? "it never holds");
            await Task.Delay(5);
        }
    }

    /// <summary>Connects to a server as a stranger does.</summary>
    /// <param name="server">The server.</param>
    /// <param name="from">The local address; null: any.</param>
    public async Task<TcpClient> ConnectAsync(ServerId server, IPAddress? from = null)
    {
        var client = new TcpClient(new IPEndPoint(from ?? IPAddress.Any, 0));
        await client.ConnectAsync(IPAddress.Loopback, Members[server].Port);
        return client;
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <summary>The addresses of members on ports that are free, and stay free until the members listen.</summary>
    public static Dictionary<ServerId, MemberAddress> FreeAddresses(int count) => Ports.Free(count)
        .Select((port, at) => (
            Server: new ServerId(at + 1),
            Address: new MemberAddress("127.0.0.1", port) { CertificateName = $"s{at + 1}.raft.test" }))
        .ToDictionary(one => one.Server, one => one.Address);
}
