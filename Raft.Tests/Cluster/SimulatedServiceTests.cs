using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Tests.Cluster;

public sealed class SimulatedServiceTests
{
    // A snapshot up to this index is one of the largest.
    private const int _last = 7;

    private readonly SimulatedService _one = Served(1);
    private readonly SimulatedService _other = Served(2);

    [Fact]
    public void Snapshots_of_two_servers_differ_but_hold_the_same_state()
    {
        Assert.Equal(_one.State, _other.State);
        var (first, second) = (_one.Compact()!.Value, _other.Compact()!.Value);

        Assert.NotEqual(first, second);
        Assert.Equal(_one.State, StateOf(first));
        Assert.Equal(_one.State, StateOf(second));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(40)]
    public void A_snapshot_that_is_pieced_together_from_two_servers_gives_another_state(int cut)
    {
        var (first, second) = (_one.Compact()!.Value.Bytes, _other.Compact()!.Value.Bytes);

        Assert.NotEqual(_one.State, StateOf(SnapshotData.Of((byte[])[.. first[..cut].Span, .. second[cut..].Span])));
    }

    private static SimulatedService Served(int server)
    {
        var service = new SimulatedService(compactEvery: 1, new ServerId(server));
        for (var index = 1; index <= _last; index++)
        {
            service.Apply(new ApplyMessage(new LogIndex(index), new LogEntry(new Term(1), Command.FromText($"{index}"))));
        }

        return service;
    }

    private static ulong StateOf(SnapshotData data)
    {
        var service = new SimulatedService(compactEvery: 1, new ServerId(3));
        service.Apply(new ApplyMessage(new Snapshot(new LogIndex(_last), new Term(1), data)));
        return service.State;
    }
}
