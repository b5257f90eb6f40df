using FsCheck;
using FsCheck.Fluent;
using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class StateLayoutTests
{
    // A random layout: the domain, rows and columns of each variable.
    private static readonly Gen<(int Max, int Rows, int Columns)[]> _variables =
        (from max in Gen.Elements(0, 1, 2, 3, 7, 8, 100, 4_000)
         from rows in Gen.Choose(1, 5)
         from columns in Gen.Choose(1, 5)
         select (max, rows, columns)).ArrayOf(12);

    [Fact]
    public void Variables_do_not_overlap()
    {
        var layouts = from variables in _variables from seed in Gen.Choose(0, int.MaxValue) select (variables, seed);
        Check.One(Properties.Config, Prop.ForAll(layouts.ToArbitrary(), layout => KeepApart(layout.variables, new Random(layout.seed))));
    }

    [Fact]
    public void A_row_of_small_variables_takes_one_word()
    {
        var layout = new StateLayout();
        var servers = new Scalarset("s", 5);

        layout.Variable("term", Domain.Number(15), servers);
        layout.Variable("next", Domain.Number(15), servers, servers);
        layout.Variable("match", Domain.Number(255), servers, servers);

        Assert.Equal(5, layout.Words);
    }

    [Fact]
    public void A_variable_that_does_not_fit_into_what_is_left_of_a_word_begins_another()
    {
        var layout = new StateLayout();
        layout.Variable("a", Domain.Number((1 << 30) - 1));
        layout.Variable("b", Domain.Number((1 << 30) - 1));
        Assert.Equal(1, layout.Words);

        layout.Variable("c", Domain.Number(31));
        Assert.Equal(2, layout.Words);

        layout.Variable("d", Domain.Number(15));
        Assert.Equal(2, layout.Words);
    }

    [Fact]
    public void A_row_wider_than_a_word_is_refused()
    {
        var places = new Scalarset("p", 9);

        var error = Assert.Throws<ArgumentException>(() => new StateLayout().Variable("log", Domain.Number(255), null, places));

        Assert.StartsWith("log takes 72 bits, more than the 64 of a word: choose smaller bounds.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    [InlineData(8)]
    public void A_value_that_is_not_of_the_domain_is_refused(int value)
    {
        var layout = new StateLayout();
        var term = layout.Variable("currentTerm", Domain.Number(5));
        var words = new ulong[layout.Words];

        var error = Assert.Throws<InvalidOperationException>(() => term[new State(words)] = value);

        Assert.Equal($"currentTerm was set to {value}, but it goes from 0 to 5.", error.Message);
        Assert.Equal([0], words);
    }

    [Fact]
    public void A_prefix_of_columns_is_equal_exactly_if_each_of_them_is()
    {
        var layout = new StateLayout();
        var log = layout.Variable("log", Domain.Number(3), new Scalarset("s", 2), new Scalarset("", 32));
        var words = new ulong[layout.Words];
        var state = new State(words);
        for (var column = 0; column < 32; column++)
        {
            log[state, 0, column] = column % 4;
            log[state, 1, column] = column == 20 ? 3 : column % 4;
        }

        Assert.All(Enumerable.Range(0, 33), columns => Assert.Equal(columns <= 20, Same(columns)));

        bool Same(int columns) => log.Prefix(new State(words), 0, columns) == log.Prefix(new State(words), 1, columns);
    }

    [Fact]
    public void Values_are_shown_by_their_names()
    {
        var servers = new Scalarset("s", 3);

        Assert.Equal("7", Domain.Number(9).Describe(7));
        Assert.Equal("Leader", Domain.OneOf("Follower", "Leader").Describe(1));
        Assert.Equal("s3", Domain.Member(servers).Describe(2));
        Assert.Equal("s1", Domain.MemberOrNil(servers).Describe(0));
        Assert.Equal("nil", Domain.MemberOrNil(servers).Describe(3));
        Assert.Equal("{}", Domain.SetOf(servers).Describe(0));
        Assert.Equal("{s1, s3}", Domain.SetOf(servers).Describe(0b101));
    }

    // Sets every place of every variable, in random order and some twice, then reads every place.
    private static void KeepApart((int Max, int Rows, int Columns)[] domains, Random random)
    {
        var layout = new StateLayout();
        var variables = domains
            .Select((v, i) => layout.Variable($"v{i}", Domain.Number(v.Max), new Scalarset("r", v.Rows), new Scalarset("c", v.Columns)))
            .ToArray();
        var places = (from v in Enumerable.Range(0, variables.Length)
                      from row in Enumerable.Range(0, domains[v].Rows)
                      from column in Enumerable.Range(0, domains[v].Columns)
                      select (v, row, column)).ToArray();
        var state = new State(new ulong[layout.Words]);
        var expected = places.ToDictionary(place => place, _ => 0);
        foreach (var (v, row, column) in random.GetItems(places, 2 * places.Length))
        {
            expected[(v, row, column)] = variables[v][state, row, column] = random.Next(domains[v].Max + 1);
        }

        foreach (var (v, row, column) in places)
        {
            Assert.Equal(expected[(v, row, column)], variables[v][state, row, column]);
        }
    }
}
