using FsCheck;
using FsCheck.Fluent;
using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class RecordLayoutTests
{
    private const int Ask = 1;
    private const int Answer = 2;

    private readonly RecordLayout _layout = new(new StateLayout(), "Ask", "Answer");
    private readonly Scalarset _servers = new("s", 3);

    [Fact]
    public void Fields_of_a_message_do_not_overlap()
    {
        var messages =
            from maxima in Gen.Elements(0, 1, 5, 31, 255).ArrayOf(6)
            from seed in Gen.Choose(0, int.MaxValue)
            select (maxima, seed);
        Check.One(Properties.Config, Prop.ForAll(messages.ToArbitrary(), message =>
        {
            var layout = new RecordLayout(new StateLayout(), "Ask", "Answer");
            var common = Fields(0, layout.Field);
            var ofAsk = Fields(2, (name, domain) => layout.Field(Ask, name, domain));
            var ofAnswer = Fields(4, (name, domain) => layout.Field(Answer, name, domain));
            var random = new Random(message.seed);
            foreach (var (type, fields) in new[] { (Ask, common.Concat(ofAsk)), (Answer, common.Concat(ofAnswer)) })
            {
                var values = fields.Select(field => (Field: field.Field, Value: random.Next(field.Max + 1))).ToArray();
                var packed = values.Aggregate(layout.Type.Pack(type), (part, field) => part | field.Field.Pack(field.Value));

                Assert.Equal(type, layout.Type[packed]);
                Assert.All(values, field => Assert.Equal(field.Value, field.Field[packed]));
            }

            (Field Field, int Max)[] Fields(int from, Func<string, Domain, Field> add) =>
                [.. message.maxima[from..(from + 2)].Select((max, i) => (add($"f{from + i}", Domain.Number(max)), max))];
        }));
    }

    [Fact]
    public void No_message_is_all_zeros()
    {
        Assert.NotEqual(0UL, _layout.Type.Pack(Ask));
        Assert.Equal("Ask()", _layout.Describe(_layout.Type.Pack(Ask)));
        Assert.Equal("Answer()", _layout.Describe(_layout.Type.Pack(Answer)));
    }

    [Fact]
    public void Types_share_the_room_for_their_own_fields()
    {
        _layout.Field(Ask, "a", Domain.Number((1 << 30) - 1));
        _layout.Field(Answer, "b", Domain.Number((1 << 30) - 1));

        Assert.NotNull(_layout.Field(Ask, "c", Domain.Number((1 << 20) - 1)));
    }

    [Fact]
    public void A_message_that_is_too_wide_is_refused()
    {
        _layout.Field(Ask, "first", Domain.Number((1 << 30) - 1));

        // The type takes 2 bits.
        var error = Assert.Throws<ArgumentException>(() => _layout.Field(Ask, "second", Domain.Number((1 << 25) - 1)));

        Assert.StartsWith(
            "With second, a message takes 57 bits; at most 56 are there: choose smaller bounds.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_is_not_of_the_domain_is_refused()
    {
        var term = _layout.Field("mterm", Domain.Number(5));

        Assert.Equal("mterm was set to 6, but it goes from 0 to 5.", Assert.Throws<InvalidOperationException>(() => term.Pack(6)).Message);
        Assert.Throws<InvalidOperationException>(() => term.Pack(-1));
    }

    [Fact]
    public void A_message_is_shown_with_the_fields_of_its_type()
    {
        var to = _layout.Field("to", Domain.Member(_servers));
        var question = _layout.Field(Ask, "question", Domain.Number(9));
        var answer = _layout.Field(Answer, "answer", Domain.OneOf("no", "yes"));

        Assert.Equal("Ask(to s2, question 7)", _layout.Describe(_layout.Type.Pack(Ask) | to.Pack(1) | question.Pack(7)));
        Assert.Equal("Answer(to s1, answer yes)", _layout.Describe(_layout.Type.Pack(Answer) | to.Pack(0) | answer.Pack(1)));
    }
}
