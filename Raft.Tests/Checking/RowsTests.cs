using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>Checks of a specification whose groups of actions belong to the members of a scalarset.</summary>
public sealed class RowsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(40, 1)]
    [InlineData(40, 2)]
    // Rows have steps beyond the first 65,536, and are found again so seldom that they are no longer kept.
    [InlineData(70_000, 1)]
    public void Steps_of_rows_lead_to_all_states(int choices, int workers)
    {
        var spec = new Members(choices);
        var (states, generated) = (0L, 0L);
        var steps = new Successors(spec.Layout);
        Visit.All(spec, (state, _, _, _) =>
        {
            steps.Clear();
            spec.Next(state, steps);
            (states, generated) = (states + 1, generated + steps.Count);
        });

        var result = Checker.Check(spec, new CheckOptions { Workers = workers });

        Assert.Equal((states, (long?)generated + 1), (result.Distinct, result.Generated));
        Assert.Equal(generated, result.Actions.Sum(action => action.Fired));
    }

    [Theory]
    [InlineData(Fault.AccessesOther, "A group of m1 accesses rows of another member.")]
    [InlineData(Fault.AddsByVariable, "Groups belong to members, but which of them are added depends on variables.")]
    [InlineData(Fault.AddsStep, "Groups belong to members, but a step that is of no group is added too.")]
    [InlineData(Fault.AddsLaterFirst, "A group of an earlier member is added after one of a later member.")]
    public void A_specification_whose_groups_are_not_of_members_is_refused(Fault fault, string message)
    {
        var failure = Assert.Throws<InvalidOperationException>(
            () => Checker.Check(new Members(choices: 2) { Fault = fault }, new CheckOptions { Workers = 1 }));

        Assert.Equal($"The check of Members failed: {message}", failure.Message);
    }

    [Fact]
    public void The_path_to_a_violation_is_made_of_steps_of_rows()
    {
        var result = Checker.Check(new Members(choices: 3) { Worst = (2, 3) }, new CheckOptions { Workers = 1 });

        Assert.Equal((CheckOutcome.Violated, "NotWorst"), (result.Outcome, result.Violated));
        Assert.Equal([new("first", "2"), new("second", "3")], result.Counterexample!.States[^1].Values);
        Assert.Equal(3, result.Counterexample.States.Count);
    }

    // The first member has 701 * 701 rows, of which a table holds 393,216. Each is found four times.
    [Fact]
    public void A_table_of_rows_that_is_full_is_emptied()
    {
        var result = Checker.Check(new Counting(most: 700), new CheckOptions { Workers = 1 });

        const long states = 701 * 701 * 4;
        Assert.Equal(states, result.Distinct);
        Assert.Equal([2 * 700 * 701 * 4, 701 * 701 * 3], result.Actions.Select(action => action.Fired));
    }

    /// <summary>What is wrong with a specification whose groups belong to members.</summary>
    public enum Fault
    {
        None,
        AccessesOther,
        AddsByVariable,
        AddsStep,
        AddsLaterFirst,
    }

    /// <summary>
    /// Two members, each with a number that is set once, to one of some values, or to that of a message that the other sent. The second has
    /// few values.
    /// </summary>
    private sealed class Members : Specification
    {
        private readonly int _choices;
        private readonly Variable _number;
        private readonly Bag _bag;
        private readonly RecordLayout _message;
        private readonly Field _to;
        private readonly Field _value;
        private readonly ActionGroup[] _set;
        private readonly ActionGroup[] _receive;

        public Members(int choices)
        {
            _choices = choices;
            var members = new Scalarset("m", 2);
            _number = Layout.Variable("number", Domain.Number(choices), members);
            _message = new RecordLayout(Layout, "Message");
            _to = _message.Field("to", Domain.Member(members));
            _value = _message.Field("value", Domain.Number(choices));
            _bag = Layout.Bag(_message, capacity: 2, _to);
            _set = OfEach(i => (s, _, _, next) => Set(s, i, next));
            _receive = OfEach(i => (s, m, _, next) => Receive(s, i, m, next));
            Groups = [.. _set, .. _receive];

            ActionGroup[] OfEach(Func<int, GroupSteps> steps) =>
                [.. Enumerable.Range(0, 2).Select(i => new ActionGroup(Layout, members, i, steps(i)))];
        }

        public Fault Fault { get; init; }

        /// <summary>The numbers must not become these.</summary>
        public (int First, int Second) Worst { get; init; } = (-1, -1);

        public override string Name => "Members";

        public override IReadOnlyList<string> Actions => ["Set", "Receive"];

        public override IReadOnlyList<ActionGroup> Groups { get; }

        public override Constraint Constraint { get; } = new();

        public override IReadOnlyList<Invariant> Invariants => [new("NotWorst", s => (_number[s, 0], _number[s, 1]) != Worst)];

        public override void Init(Successors initial) => initial.Initial();

        public override void Next(State state, Successors next)
        {
            for (var i = 0; i < 2; i++)
            {
                var member = Fault == Fault.AddsLaterFirst ? 1 - i : i;
                if (Fault != Fault.AddsByVariable || _number[state, i] == 0)
                {
                    next.AddGroup(_set[member], state);
                }

                for (var slot = 0; _bag[state, slot] is not 0 and var m; slot++)
                {
                    if (_to[m] == member)
                    {
                        next.AddGroup(_receive[member], state, m, slot);
                    }
                }
            }

            if (Fault == Fault.AddsStep)
            {
                next.Step(state, 0);
            }
        }

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) =>
            [KeyValuePair.Create("first", $"{_number[state, 0]}"), KeyValuePair.Create("second", $"{_number[state, 1]}")];

        private void Set(State s, int i, Successors next)
        {
            var choices = i == 0 ? _choices : Math.Min(_choices, 3);
            var looksAt = Fault == Fault.AccessesOther ? 1 - i : i;
            for (var value = 1; value <= choices && _number[s, looksAt] == 0; value++)
            {
                var t = next.Step(s, 0);
                _number[t, i] = value;
                if (value == 1)
                {
                    _bag.Add(t, _message.Type.Pack(1) | _to.Pack(1 - i) | _value.Pack(_choices));
                }
            }
        }

        private void Receive(State s, int i, ulong m, Successors next)
        {
            var t = next.Step(s, 1);
            _bag.Remove(t, m);
            if (_number[s, i] == 0)
            {
                _number[t, i] = _value[m];
            }
        }
    }

    /// <summary>Two members. The first counts two numbers up, the second one, to at most 3.</summary>
    private sealed class Counting : Specification
    {
        public Counting(int most)
        {
            // The numbers are so large that each has a word of its own. So few values of words lead to many rows.
            var members = new Scalarset("m", 2);
            var columns = new Scalarset("column", 2);
            var one = Layout.Variable("one", Domain.Number(int.MaxValue), members, columns);
            var other = Layout.Variable("other", Domain.Number(int.MaxValue), members, columns);
            Groups = [Group(0, one, most), Group(0, other, most), Group(1, one, 3)];

            ActionGroup Group(int member, Variable number, int limit) => new(Layout, members, member, (s, _, _, next) =>
            {
                if (number[s, member, 0] < limit)
                {
                    number[next.Step(s, member), member, 0]++;
                }
            });
        }

        public override string Name => "Counting";

        public override IReadOnlyList<string> Actions => ["CountFirst", "CountSecond"];

        public override IReadOnlyList<ActionGroup> Groups { get; }

        public override Constraint Constraint { get; } = new();

        public override IReadOnlyList<Invariant> Invariants => [];

        public override void Init(Successors initial) => initial.Initial();

        public override void Next(State state, Successors next)
        {
            foreach (var group in Groups)
            {
                next.AddGroup(group, state);
            }
        }

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) => [];
    }
}
