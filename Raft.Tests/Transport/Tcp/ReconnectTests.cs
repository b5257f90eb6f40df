using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using Raft.Verification.Parts;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

/// <summary>When a transport tries to connect, on a clock that the test advances, to a peer that cannot be reached.</summary>
public sealed class ReconnectTests : IConnections, IConnectionListener
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<TimeSpan> _attempts = [];

    [Theory]
    [InlineData(0.0, 0.5)]
    [InlineData(0.5, 1.0)]
    [InlineData(0.999, 1.5)]
    public void The_delay_doubles_up_to_the_longest_times_a_random_factor(double random, double factor)
    {
        using var listener = Listen(new Fixed(random));
        _time.Advance(TimeSpan.FromSeconds(20));
        double[] expected = [200, 400, 800, 1600, 1600, 1600];
        var delays = _attempts.Zip(_attempts.Skip(1), (first, second) => (second - first).TotalMilliseconds).ToArray();
        Assert.True(delays.Length >= expected.Length);

        // A delay ends with a tick of 50 ms.
        Assert.All(expected.Zip(delays), pair => Assert.InRange(pair.Second, pair.First * factor * 0.99, (pair.First * factor) + 50));
    }

    [Fact]
    public void Nothing_is_armed_and_nothing_connects_after_the_end()
    {
        Listen(new Fixed(0.5)).Dispose();
        Assert.Empty(_time.Due);
        var attempts = _attempts.Count;
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(attempts, _attempts.Count);
        Assert.Empty(_time.Due);
    }

    private IDisposable Listen(Random random)
    {
        var options = new TcpTransportOptions
        {
            ClusterId = Guid.Empty,
            ServerId = S1,
            Members = new Dictionary<ServerId, MemberAddress> { [S1] = new("localhost", 1), [S2] = new("localhost", 2) },
            ReconnectDelay = TimeSpan.FromMilliseconds(200),
            MaxReconnectDelay = TimeSpan.FromMilliseconds(1600),
        };
        var dependencies = new TcpTransportDependencies { Connections = this, TimeProvider = _time, Random = random };
        return InlineContext.Run(() => new TcpTransport(options, dependencies).Listen(S1, _ => { }));
    }

    IConnectionListener IConnections.Listen() => this;

    Task<IConnection> IConnectionListener.AcceptAsync() => new TaskCompletionSource<IConnection>().Task;

    void IDisposable.Dispose()
    {
    }

    IConnection IConnections.Connect(ServerId peer)
    {
        _attempts.Add(TimeSpan.FromTicks(_time.Now));
        throw new IOException("It cannot be reached.");
    }

    private sealed class Fixed(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
