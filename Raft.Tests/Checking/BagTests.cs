using FsCheck;
using FsCheck.Fluent;
using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class BagTests
{
    private const int Capacity = 4;

    private readonly StateLayout _layout = new();
    private readonly Bag _bag;
    private readonly RecordLayout _message = new(new StateLayout(), "Number");
    private readonly Field _number;
    private readonly ulong[] _words;

    public BagTests()
    {
        // Variables before and after the bag, which it must not change.
        _number = _message.Field(1, "number", Domain.Number(9));
        _layout.Variable("before", Domain.Number(1 << 30));
        _bag = _layout.Bag(_message, Capacity);
        _layout.Variable("after", Domain.Number(1 << 30), new Scalarset("", 3));
        _words = new ulong[_layout.Words];
    }

    private State Current => new(_words);

    [Fact]
    public void It_is_a_multiset_whatever_is_put_in_and_taken_out()
    {
        // A positive number is added; a negative one is removed if present.
        var changes = Gen.Choose(-6, 5).ArrayOf(40);
        Check.One(Properties.Config, Prop.ForAll(changes.ToArbitrary(), numbers =>
        {
            Array.Clear(_words);
            _words[0] = _words[^1] = ulong.MaxValue;
            var expected = new Dictionary<int, int>();
            foreach (var number in numbers)
            {
                if (number >= 0 && (expected.ContainsKey(number) || expected.Count < Capacity))
                {
                    _bag.Add(Current, Message(number));
                    expected[number] = expected.GetValueOrDefault(number) + 1;
                }
                else if (expected.ContainsKey(-number - 1))
                {
                    _bag.Remove(Current, Message(-number - 1));
                    if (--expected[-number - 1] == 0)
                    {
                        expected.Remove(-number - 1);
                    }
                }

                Assert.Equal(expected.OrderBy(pair => pair.Key), Content().OrderBy(pair => pair.Key));
                Assert.Equal((ulong.MaxValue, ulong.MaxValue), (_words[0], _words[^1]));
            }
        }));
    }

    [Fact]
    public void Equal_bags_are_equal_bits_in_whatever_order_they_were_filled()
    {
        var orders = from content in Gen.Choose(1, 4).ArrayOf(7) from shuffled in Gen.Shuffle(content) select (content, shuffled);
        Check.One(
            Properties.Config, Prop.ForAll(orders.ToArbitrary(), order => Assert.Equal(Filled(order.content), Filled(order.shuffled))));
    }

    [Fact]
    public void What_was_put_in_and_taken_out_again_leaves_no_trace()
    {
        var before = Filled([3, 1]);

        foreach (var number in new[] { 0, 2, 2, 1 })
        {
            _bag.Add(Current, Message(number));
        }

        foreach (var number in new[] { 2, 1, 0, 2 })
        {
            _bag.Remove(Current, Message(number));
        }

        Assert.Equal(before, _words);
    }

    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(2, 2, false)]
    [InlineData(3, 1, false)]
    [InlineData(5, 5, true)]
    public void It_reports_whether_copies_are_few_enough_in_all_and_of_each(int all, int each, bool expected)
    {
        Filled([7, 7, 5]);

        Assert.Equal(expected, _bag.HoldsAtMost(Current, all, each));
    }

    [Fact]
    public void It_refuses_more_different_messages_than_it_has_room_for()
    {
        Filled([1, 2, 3, 4]);

        _bag.Add(Current, Message(4));

        Assert.Equal(
            "More than 4 different messages are in flight.",
            Assert.Throws<InvalidOperationException>(() => _bag.Add(Current, Message(5))).Message);
    }

    [Fact]
    public void It_refuses_more_copies_of_a_message_than_it_can_count()
    {
        Filled([.. Enumerable.Repeat(3, Bag.MaxCopies)]);

        Assert.Equal(Bag.MaxCopies, _bag.Copies(Current, 0));
        Assert.Equal(
            "More than 255 copies of Number(number 3) are in flight.",
            Assert.Throws<InvalidOperationException>(() => _bag.Add(Current, Message(3))).Message);
    }

    private ulong Message(int number) => _message.Type.Pack(1) | _number.Pack(number);

    private ulong[] Filled(IEnumerable<int> numbers)
    {
        Array.Clear(_words);
        foreach (var number in numbers)
        {
            _bag.Add(Current, Message(number));
        }

        return [.. _words];
    }

    private List<KeyValuePair<int, int>> Content()
    {
        var content = new List<KeyValuePair<int, int>>();
        for (var slot = 0; _bag[Current, slot] is not 0 and var message; slot++)
        {
            content.Add(KeyValuePair.Create(_number[message], _bag.Copies(Current, slot)));
        }

        return content;
    }
}
