using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>Invariants are not evaluated again for what they read.</summary>
public sealed class KnownInvariantsTests
{
    private const int _values = 10;
    private const int _others = 50;

    [Theory]
    [InlineData(SearchOrder.BreadthFirst)]
    [InlineData(SearchOrder.DepthFirst)]
    public void An_invariant_is_called_once_for_all_states_with_the_same_words_that_it_reads_and_counted_for_each(SearchOrder order)
    {
        var spec = new TwoNumbers(bad: -1);
        var plain = new TwoNumbers(bad: -1) { ReadsAll = true };
        var options = new CheckOptions { Workers = 1, Order = order };

        var result = Checker.Check(spec, options);
        var expected = Checker.Check(plain, options);

        Assert.Equal(_values, spec.Calls);
        Assert.InRange(plain.Calls, _values * _others, int.MaxValue);
        Assert.Equal((expected.Generated, expected.Distinct, expected.Depth), (result.Generated, result.Distinct, result.Depth));
        Assert.InRange(Assert.Single(result.Evaluations).Value, _values + 1, _values * _others);
    }

    [Fact]
    public void A_state_that_violates_an_invariant_is_found_at_the_end_of_a_shortest_path()
    {
        var result = Checker.Check(new TwoNumbers(bad: 7), new CheckOptions { Workers = 1 });

        Assert.Equal("NotBad", result.Violated);
        Assert.Equal(8, result.Counterexample!.States.Count);
    }

    [Fact]
    public void Results_are_no_longer_kept_when_they_are_seldom_found_again()
    {
        var known = KnownInvariants.Of(new TwoNumbers(bad: -1))!;
        for (var value = 1UL; known.IsOn; value++)
        {
            var state = new State([value, 0]);
            Assert.False(known.Contains(state));
            known.Add(state);
            Assert.InRange(value, 1UL, 1UL << 14);
        }
    }

    [Fact]
    public void A_state_that_was_not_added_is_never_known()
    {
        var known = KnownInvariants.Of(new TwoNumbers(bad: -1))!;
        var random = new Random(1);
        var added = new HashSet<ulong>();
        var found = 0;
        for (var i = 0; i < 200_000; i++)
        {
            // Values that differ in their highest bits, and in their lowest ones; the second word is not read.
            var value = (ulong)random.Next(20_000) << (random.Next(2) * 49);
            var state = new State([value, (ulong)i]);
            if (known.Contains(state))
            {
                found++;
                Assert.Contains(value, added);
            }
            else if (value % 3 != 0)
            {
                known.Add(state);
                added.Add(value);
            }
        }

        Assert.InRange(found, 50_000, 200_000);
    }

    [Fact]
    public void Results_are_not_kept_of_invariants_that_read_whole_states() =>
        Assert.Null(KnownInvariants.Of(new TwoNumbers(bad: -1) { ReadsAll = true }));

    /// <summary>Two numbers, each of which is raised by one. The invariant reads the first.</summary>
    private sealed class TwoNumbers : Specification
    {
        private readonly Variable _first;
        private readonly Variable _second;
        private readonly int _bad;

        public TwoNumbers(int bad)
        {
            _bad = bad;
            _first = Layout.Variable("first", Domain.Number(_values - 1), new Scalarset("o", 1));
            WordsBefore = Layout.Words;
            _second = Layout.Variable("second", Domain.Number(_others - 1), new Scalarset("t", 2));
        }

        public bool ReadsAll { get; init; }

        public int Calls { get; private set; }

        private int WordsBefore { get; }

        public override string Name => "TwoNumbers";

        public override IReadOnlyList<string> Actions => ["Raise", "RaiseSecond"];

        public override int WordsThatInvariantsRead => ReadsAll ? Layout.Words : WordsBefore;

        public override IReadOnlyList<Invariant> Invariants => [new("NotBad", IsNotBad)];

        public override void Init(Successors initial) => initial.Initial();

        public override void Next(State state, Successors next)
        {
            if (_second[state, 0] < _others - 1)
            {
                var t = next.Step(state, 1);
                _second[t, 0]++;
            }

            if (_first[state] < _values - 1)
            {
                var t = next.Step(state, 0);
                _first[t]++;
            }
        }

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) =>
            [KeyValuePair.Create("first", $"{_first[state]}"), KeyValuePair.Create("second", $"{_second[state, 0]}")];

        private bool IsNotBad(State state)
        {
            Calls++;
            return _first[state] != _bad;
        }
    }
}
