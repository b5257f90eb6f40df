using Raft.Impl.Core;
using Raft.Impl.Node;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Node;

/// <summary>Messages that wait for a write.</summary>
public class HeldMessagesTests
{
    private readonly HeldMessages _held = new();

    [Fact]
    public void A_message_is_released_once_its_write_is_durable_and_not_before()
    {
        Hold(Reply(1), after: 5);
        Assert.Empty(Released(4));
        Assert.Equal([Reply(1)], Released(5));
        Assert.Empty(Released(6));
    }

    [Fact]
    public void Messages_are_released_in_the_order_of_their_writes_and_those_of_one_write_in_the_order_in_which_they_came()
    {
        Hold(Reply(1), after: 7);
        Hold(Reply(2), after: 5);
        Hold(Reply(3), after: 7);
        Hold(Reply(4), after: 6);
        Assert.Equal([Reply(2), Reply(4)], Released(6));
        Assert.Equal([Reply(1), Reply(3)], Released(9));
    }

    [Fact]
    public void The_same_message_is_held_once_for_a_write()
    {
        for (var beat = 0; beat < 100; beat++)
        {
            Hold(Reply(1), after: 5);
        }

        Hold(Reply(1), after: 6);
        Assert.Equal(2, _held.Count);
        Assert.Equal([Reply(1)], Released(5));
        Assert.Equal([Reply(1)], Released(6));

        // It may come again.
        Hold(Reply(1), after: 8);
        Assert.Equal([Reply(1)], Released(8));
    }

    [Fact]
    public void What_is_dropped_is_not_released_and_may_be_held_again()
    {
        Hold(Reply(1), after: 5);
        _held.Clear();
        Assert.Equal(0, _held.Count);
        Assert.Empty(Released(5));
        Hold(Reply(1), after: 5);
        Assert.Equal([Reply(1)], Released(5));
    }

    private static AppendEntriesReply Reply(long index) => new(S1, S2, new Term(1), Success: true, new LogIndex(index));

    private void Hold(Message message, long after) => _held.Add(new OutgoingMessage(message, after));

    private List<Message> Released(long durable)
    {
        var released = new List<Message>();
        while (_held.TryRelease(durable, out var message))
        {
            released.Add(message);
        }

        return released;
    }
}
