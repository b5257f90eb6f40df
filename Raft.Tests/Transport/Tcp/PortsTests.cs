using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ThreeHosts;

namespace Raft.Tests.Transport.Tcp;

/// <summary>Servers of tests listen at ports that are still free when they listen, for the first time or again.</summary>
public sealed class PortsTests
{
    [Fact]
    public void The_system_gives_no_connection_a_free_port()
    {
        const string range = "/proc/sys/net/ipv4/ip_local_port_range";
        var lowest = File.Exists(range) ? int.Parse(File.ReadAllText(range).Split()[0], CultureInfo.InvariantCulture) : 49_152;
        Assert.All(Ports.Free(100), port => Assert.InRange(port, 1024, lowest - 1));
    }

    [Fact]
    public void No_two_calls_return_the_same_port() => Assert.Empty(Ports.Free(100).Intersect(Ports.Free(100)));

    [Fact]
    public void A_port_where_something_listens_is_not_free()
    {
        var port = Ports.Free(1)[0];
        using var listener = new TcpListener(IPAddress.Loopback, port + 1);
        listener.Start();
        Assert.DoesNotContain(port + 1, Ports.Free(10));
    }
}
