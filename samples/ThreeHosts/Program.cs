// Three servers in one process: real files, real sockets, mutual TLS. The leader stops, and another server takes over at once.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Raft.Hosting;
using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using ThreeHosts;

var (directory, cluster) = (Directory.CreateTempSubdirectory("three-hosts-").FullName, Guid.NewGuid());
int[] servers = [1, 2, 3];
var ports = Ports.Free(servers.Length);
using var authority = Certificates.NewAuthority();
var hosts = servers.ToDictionary(server => new ServerId(server), Build);

await Task.WhenAll(hosts.Values.Select(host => host.StartAsync()));
var first = await AddAsync();
hosts.Remove(first, out var stopped);
await stopped!.StopAsync();   // it transfers its leadership, then closes its files
stopped.Dispose();
Console.WriteLine($"{first} has stopped");
await AddAsync();

await Task.WhenAll(hosts.Values.Select(host => host.StopAsync()));
hosts.Values.ToList().ForEach(host => host.Dispose());
Directory.Delete(directory, recursive: true);

IHost Build(int server)
{
    var builder = Host.CreateEmptyApplicationBuilder(settings: null);
    var certificate = Certificates.Issue(authority, $"server-{server}");
    builder.Services.AddRaft<Counter>(options =>
    {
        (options.ServerId, options.ClusterId, options.DataDirectory) = (server, cluster, Path.Combine(directory, $"{server}"));
        options.Certificates = () => new TransportCertificates { Own = certificate, Authorities = [authority] };
        foreach (var member in servers)
        {
            options.Members[$"{member}"] = $"127.0.0.1:{ports[member - 1]}";
            options.CertificateNames[$"{member}"] = $"server-{member}";
        }
    });
    return builder.Build();
}

IRaft Raft(ServerId server) => hosts[server].Services.GetRequiredService<IRaft>();

// Another server may become the leader meanwhile; then it asks again.
async Task<ServerId> AddAsync()
{
    while (true)
    {
        var leader = await Raft(hosts.Keys.First()).WaitForLeaderAsync();
        if (hosts.ContainsKey(leader) && (await Raft(leader).ReplicateAsync(Command.FromText("add"))).Answer is { } answer)
        {
            Console.WriteLine($"{leader} leads: the counter is {BitConverter.ToInt64(answer.Span)}");
            return leader;
        }

        await Task.Delay(10);
    }
}
