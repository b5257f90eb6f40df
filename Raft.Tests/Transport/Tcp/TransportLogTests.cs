using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using Raft.Verification.Parts;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

/// <summary>How many lines a transport writes about what others cause, on a clock that the test advances.</summary>
public sealed class TransportLogTests : IConnections, IConnectionListener
{
    private readonly LoopbackCluster _cluster = new();

    // As when no file descriptor is left: accepting fails at once, and is tried again with each tick, twenty times a second.
    [Fact]
    public void Who_exhausts_the_file_descriptors_cannot_fill_the_log()
    {
        var time = new ManualTimeProvider();
        var dependencies = new TcpTransportDependencies { Connections = this, TimeProvider = time, Logger = _cluster };
        using var listener = new TcpTransport(_cluster.OptionsOf(S1), dependencies).Listen(S1, _ => { });
        time.Advance(TimeSpan.FromSeconds(10));
        var lines = _cluster.Lines.Count(line => line.StartsWith("Error: S1 cannot accept connections", StringComparison.Ordinal));
        Assert.InRange(lines, 90, 110);
    }

    [Fact]
    public void The_lines_that_others_can_cause_share_one_limit_a_second()
    {
        var log = new TransportLog(_cluster, new TransportCounts(S1));
        for (var second = 1; second <= 3; second++)
        {
            for (var i = 0; i < 20; i++)
            {
                log.MessageTooLong(S1, "AppendEntries", S2, most: 100);
                log.AcceptFailed(S1, "No file descriptor is left.");
                log.Accepted(S1, S2, LinkKind.Messages, "127.0.0.2:5");
                log.Lost(S1, S2, "The other end closed the connection.");
                log.Refused(S1, "127.0.0.3:5", "It is for S3.");
            }

            Assert.Equal(10 * second, _cluster.Lines.Length);
            Assert.Equal(2 * second, _cluster.Lines.Count(line => line.Contains("cannot accept connections", StringComparison.Ordinal)));
            Assert.Equal(2 * second, _cluster.Lines.Count(line => line.Contains("does not send a message", StringComparison.Ordinal)));
            log.Tick(TimeSpan.FromSeconds(second));
        }
    }

    IConnectionListener IConnections.Listen() => this;

    Task<IConnection> IConnectionListener.AcceptAsync() => throw new IOException("Too many open files");

    IConnection IConnections.Connect(ServerId peer) => throw new IOException("It cannot be reached.");

    void IDisposable.Dispose()
    {
    }
}
