using Raft.Impl.Core;

namespace Raft.Tests.Core;

public class ReplicationWindowTests
{
    private static readonly CoreOptions _options = new() { MaxInflightMessages = 4, MaxInflightBytes = 100 };

    private static LogIndex At(long index) => new(index);

    // Messages of one entry and ten bytes each, after an index.
    private static ReplicationWindow Window(long prev = 0, int messages = 0)
    {
        var window = new ReplicationWindow(_options, At(prev));
        for (var i = 0; i < messages; i++)
        {
            window.Add(At(prev + i), At(prev + i + 1), 10);
        }

        return window;
    }

    [Fact]
    public void What_is_under_way_is_counted_until_it_is_answered()
    {
        var window = Window(messages: 3);
        Assert.Equal((3, 30L), (window.Messages, window.Bytes));
        window.Acknowledge(At(2));
        Assert.Equal((1, 10L), (window.Messages, window.Bytes));
        window.Acknowledge(At(2));
        Assert.Equal((1, 10L), (window.Messages, window.Bytes));
        window.Acknowledge(At(3));
        Assert.Equal((0, 0L), (window.Messages, window.Bytes));
    }

    [Fact]
    public void An_answer_to_a_part_of_a_message_does_not_answer_it()
    {
        var window = new ReplicationWindow(_options, At(0));
        window.Add(At(0), At(5), 50);
        window.Acknowledge(At(4));
        Assert.Equal(1, window.Messages);
    }

    [Fact]
    public void Each_answer_allows_one_more_up_to_the_limit()
    {
        var window = Window();
        var next = 0L;
        foreach (var allowed in (int[])[1, 2, 3, 4, 4, 4])
        {
            Assert.Equal(allowed == 1, window.IsProbing);
            while (window.HasRoom)
            {
                window.Add(At(next), At(++next), 1);
            }

            Assert.Equal(allowed, window.Messages);
            window.Acknowledge(At(next - allowed + 1));
        }
    }

    [Fact]
    public void Bytes_leave_room_until_they_reach_the_limit()
    {
        var window = Window(messages: 1);
        window.Acknowledge(At(1));
        window.Add(At(1), At(2), 99);
        Assert.True(window.HasRoom);
        window.Acknowledge(At(2));
        window.Add(At(2), At(3), 100);
        Assert.False(window.HasRoom);
    }

    [Fact]
    public void What_overtook_is_dropped_and_what_was_sent_before_is_not()
    {
        var window = Window(messages: 4);
        window.DropOvertaking(At(2));
        Assert.Equal((2, 20L), (window.Messages, window.Bytes));
        Assert.True(window.BuildsOn(At(0)));
        Assert.True(window.BuildsOn(At(1)));
        Assert.False(window.BuildsOn(At(2)));
    }

    [Fact]
    public void After_a_reordering_so_many_answers_are_needed_until_two_messages_may_be_under_way()
    {
        var window = Window(messages: 3);
        window.DropOvertaking(At(0));
        for (var answers = 0; answers < ReplicationWindow.ProbesAfterReordering; answers++)
        {
            Assert.True(window.IsProbing);
            Assert.True(window.HasRoom);
            window.Add(At(answers), At(answers + 1), 1);
            Assert.False(window.HasRoom);
            window.Acknowledge(At(answers + 1));
        }

        Assert.False(window.IsProbing);
    }

    [Fact]
    public void A_loss_makes_one_message_go_at_a_time_but_shortens_no_longer_caution()
    {
        var lost = Window(messages: 2);
        lost.Acknowledge(At(2));
        Assert.False(lost.IsProbing);
        lost.DropAll(At(2));
        Assert.True(lost.IsProbing);
        lost.Add(At(2), At(3), 1);
        lost.Acknowledge(At(3));
        Assert.False(lost.IsProbing);

        var reordered = Window(messages: 3);
        reordered.DropOvertaking(At(0));
        reordered.DropAll(At(0));
        reordered.Add(At(0), At(1), 1);
        reordered.Acknowledge(At(1));
        Assert.True(reordered.IsProbing);
    }

    [Fact]
    public void What_was_never_sent_is_needed_at_once()
    {
        Assert.True(Window(prev: 5).Needs(At(5)));
        Assert.False(Window(prev: 5).Needs(At(6)));
    }

    [Fact]
    public void What_was_sent_is_needed_once_the_follower_lacks_it_again_when_it_was_asked_since()
    {
        var window = Window(messages: 3);
        window.Ask(At(3), isGuess: false);
        Assert.False(window.Needs(At(1)));
        Assert.False(window.Needs(At(1)));
        window.Ask(At(3), isGuess: false);
        Assert.True(window.Needs(At(1)));
    }

    [Fact]
    public void A_follower_that_lacks_something_else_has_got_on()
    {
        var window = Window(messages: 3);
        Assert.False(window.Needs(At(1)));
        window.Ask(At(3), isGuess: false);
        Assert.False(window.Needs(At(2)));
        window.Ask(At(3), isGuess: false);
        Assert.True(window.Needs(At(2)));
    }

    [Fact]
    public void A_heartbeat_on_a_guess_is_the_one_message_that_is_under_way()
    {
        var window = Window(prev: 5);
        window.Ask(At(5), isGuess: true);
        Assert.False(window.HasRoom);
        window.Acknowledge(At(5));
        Assert.True(window.HasRoom);
        window.Ask(At(5), isGuess: false);
        Assert.True(window.HasRoom);
    }

    [Fact]
    public void A_message_that_two_answers_to_later_heartbeats_pass_over_is_lost()
    {
        var window = Window(messages: 1);
        window.Acknowledge(At(0));
        window.Ask(At(0), isGuess: false);
        window.Acknowledge(At(0));
        window.Acknowledge(At(0));
        Assert.False(window.HasRoom);
        window.Ask(At(0), isGuess: false);
        window.Acknowledge(At(0));
        Assert.True(window.HasRoom);
    }

    [Fact]
    public void It_says_once_that_a_message_was_answered()
    {
        var window = Window(messages: 1);
        Assert.False(window.TakeAnswered());
        window.Acknowledge(At(1));
        Assert.True(window.TakeAnswered());
        Assert.False(window.TakeAnswered());
    }

    [Fact]
    public void A_copy_is_equal_and_independent()
    {
        var window = Window(messages: 2);
        window.Acknowledge(At(1));
        window.Needs(At(2));
        var copy = window.Clone();
        Assert.Equal(window, copy);
        Assert.Equal(window.GetHashCode(), copy.GetHashCode());
        Action<ReplicationWindow>[] changes =
        [
            one => one.Add(At(2), At(3), 1),
            one => one.Acknowledge(At(2)),
            one => one.Ask(At(2), isGuess: false),
            one => one.Needs(At(7)),
            one => one.DropAll(At(1)),
            one => one.DropOvertaking(At(1)),
        ];
        Assert.All(changes, change =>
        {
            var changed = window.Clone();
            change(changed);
            Assert.NotEqual(window, changed);
            Assert.Equal(window, copy);
        });
    }
}
