using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Raft.Hosting;
using Raft.Tests.Transport.Tcp;
using ThreeHosts;

namespace Raft.Tests.Hosting;

/// <summary>Hosts with servers of one cluster, on free ports of the loopback interface and in a directory that is deleted.</summary>
internal sealed class HostedServers
{
    private readonly List<IHost> _hosts = [];
    private readonly string[] _addresses;

    public HostedServers(int members) => _addresses = [.. LoopbackCluster.FreeAddresses(members).Values.Select(address => $"{address}")];

    public LogLines Log { get; } = new();

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("raft-hosting-").FullName;

    /// <summary>Builds the host of a server, with services that are registered before it and after it.</summary>
    public IHost Build(
        int server,
        Action<RaftHostOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<IServiceCollection>? later = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(Log);
        services?.Invoke(builder.Services);
        builder.Services.AddRaft<Counter>(value =>
        {
            Set(value, server);
            options?.Invoke(value);
        });
        builder.Services.AddHealthChecks().AddRaft();
        later?.Invoke(builder.Services);
        var host = builder.Build();
        _hosts.Add(host);
        return host;
    }

    /// <summary>Builds and starts the host of a server.</summary>
    public async Task<IHost> StartAsync(
        int server,
        Action<RaftHostOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<IServiceCollection>? later = null)
    {
        var host = Build(server, options, services, later);
        await host.StartAsync();
        return host;
    }

    /// <summary>Options without a mistake. A server that is alone leads soon.</summary>
    public void Set(RaftHostOptions options, int server)
    {
        (options.ServerId, options.ClusterId) = (server, new Guid("7d2cf1a4-3f3e-4c11-9f0d-0f4a3c7c5c11"));
        options.DataDirectory = Path.Combine(Directory, $"server-{server}");
        options.SegmentBytes = 1 << 20;
        for (var member = 1; member <= _addresses.Length; member++)
        {
            options.Members[$"{member}"] = _addresses[member - 1];
        }

        if (_addresses.Length == 1)
        {
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(20);
            options.MinElectionTimeout = TimeSpan.FromMilliseconds(30);
            options.MaxElectionTimeout = TimeSpan.FromMilliseconds(60);
        }
    }

    /// <summary>Stops and disposes of the hosts, and deletes the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await ((IAsyncDisposable)host).DisposeAsync();
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
