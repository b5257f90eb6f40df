using Raft.Impl.Core;
using Raft.Impl.Transport;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport;

public class InMemoryTransportTests
{
    private readonly InMemoryTransport _transport = new();
    private readonly List<Message> _received = [];

    private static RequestVote MessageTo(ServerId server) => new(S1, server, new Term(5), LogIndex.Zero, Term.Zero);

    [Fact]
    public void A_message_reaches_the_server_that_it_is_for_and_no_other()
    {
        var others = new List<Message>();
        using var second = _transport.Listen(S2, _received.Add);
        using var third = _transport.Listen(S3, others.Add);
        var message = MessageTo(S2);
        _transport.Send(message);
        Assert.Same(message, Assert.Single(_received));
        Assert.Empty(others);
    }

    [Fact]
    public void Messages_arrive_once_each_in_the_order_of_sending()
    {
        using var listener = _transport.Listen(S2, _received.Add);
        var sent = Enumerable.Range(1, 5).Select(term => MessageTo(S2) with { Term = new Term(term) }).ToArray();
        Assert.All(sent, _transport.Send);
        Assert.Equal(sent, _received);
    }

    [Fact]
    public void A_message_to_nobody_is_lost()
    {
        _transport.Send(MessageTo(S2));
        using var listener = _transport.Listen(S2, _received.Add);
        Assert.Empty(_received);
    }

    [Fact]
    public void Who_stops_listening_hears_nothing_more()
    {
        var listener = _transport.Listen(S2, _received.Add);
        _transport.Send(MessageTo(S2));
        listener.Dispose();
        _transport.Send(MessageTo(S2));
        Assert.Single(_received);
    }

    [Fact]
    public void Who_stops_listening_can_be_followed_by_another_of_its_name()
    {
        _transport.Listen(S2, _ => Assert.Fail("It has stopped listening.")).Dispose();
        using var listener = _transport.Listen(S2, _received.Add);
        _transport.Send(MessageTo(S2));
        Assert.Single(_received);
    }

    [Fact]
    public void Two_cannot_listen_under_one_name()
    {
        using var listener = _transport.Listen(S2, _received.Add);
        var error = Assert.Throws<InvalidOperationException>(() => _transport.Listen(S2, _ => { }));
        Assert.Contains("S2 listens already", error.Message, StringComparison.Ordinal);
        _transport.Send(MessageTo(S2));
        Assert.Single(_received);
    }

    [Fact]
    public async Task Many_can_send_at_once()
    {
        using var listener = _transport.Listen(S2, message =>
        {
            lock (_received)
            {
                _received.Add(message);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                _transport.Send(MessageTo(S2));
            }
        })));
        Assert.Equal(800, _received.Count);
    }

    [Fact]
    public void Disposing_of_a_listener_twice_does_not_silence_the_next_of_its_name()
    {
        var transport = new InMemoryTransport();
        var received = new List<Message>();
        var first = transport.Listen(S2, _ => { });
        first.Dispose();
        using var next = transport.Listen(S2, received.Add);
        first.Dispose();
        transport.Send(new RequestVote(S1, S2, new Term(5), LogIndex.Zero, Term.Zero));
        Assert.Single(received);
    }
}
