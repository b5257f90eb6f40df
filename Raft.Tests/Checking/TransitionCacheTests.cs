using ModelChecking;
using Raft.Model.Spec;
using Raft.Tests.Spec;

namespace Raft.Tests.Checking;

/// <summary>The steps that the checker keeps of action groups are those that the specification would add.</summary>
public sealed class TransitionCacheTests
{
    private static readonly RaftOptions _reads = RaftOptions.Implementation with
    {
        ReadIndex = true,
        LeaderStickiness = true,
        LeaseReads = true,
        PreVote = true,
        LeadershipTransfer = true,
        CheckQuorum = true,
    };

    // Bounds: servers, values, term, log, messages, copies; budgets: restarts, duplicates, drops, client requests, timeouts.
    public static TheoryData<string, int[], int[]?, RaftOptions> Specifications => new()
    {
        { "published", [2, 1, 2, 1, 2, 1], null, RaftOptions.Published },
        { "copies", [2, 2, 2, 1, 3, 3], null, RaftOptions.Published },
        { "budgets", [3, 1, 3, 2, 3, 2], [1, 1, 1, 2, 2], RaftOptions.Published },
        { "implementation", [2, 1, 3, 2, 2, 1], null, RaftOptions.Implementation },
        { "conforming", [3, 1, 2, 2, 2, 1], null, RaftOptions.Conforming },
        { "reads", [3, 1, 3, 2, 2, 1], null, _reads },
    };

    [Theory]
    [MemberData(nameof(Specifications))]
    public void Steps_fingerprints_and_bounds_are_those_of_the_specification(
        string name, int[] bounds, int[]? budgets, RaftOptions options)
    {
        var spec = new RaftSpec(RaftTlaTests.Bounds(bounds, budgets), options);

        var compared = Compare(spec, states: 20_000, seed: name.Length);

        Assert.InRange(compared, 20_000, long.MaxValue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_a_group_accesses_only_now_and_then_is_part_of_the_key_too(int kind)
    {
        var spec = new Whimsical(kind);
        var plain = Visit.All(spec, (_, _, _, _) => { });

        Compare(spec, states: int.MaxValue, seed: 1);
        var result = Checker.Check(spec, new CheckOptions { Workers = 1 });

        Assert.Equal((long?)plain, result.Distinct);
    }

    [Theory]
    [MemberData(nameof(Specifications))]
    public void Steps_that_are_found_by_rows_are_those_of_the_specification(
        string name, int[] bounds, int[]? budgets, RaftOptions options)
    {
        // Reads depend on what all servers committed.
        var spec = new RaftSpec(RaftTlaTests.Bounds(bounds, budgets), options with { ReadIndex = false, LeaseReads = false });
        var evaluator = new PropertyEvaluator(spec, symmetry: false);
        var rows = Rows.Of(spec, evaluator.Fingerprint)!;
        using var cache = new TransitionCache(spec, evaluator, rows);
        using var frontier = new Frontier(spec.Layout.Words, rows.Count, workers: 1);
        var block = frontier.Rent();
        var steps = new Successors(spec.Layout, cache);
        var plain = new Successors(spec.Layout);
        var after = new ulong[spec.Layout.Words];
        var sums = new ulong[rows.Count];
        var (compared, others) = (0, 0);
        using var stop = new CancellationTokenSource();
        Visit.All(
            spec,
            (state, number, _, _) =>
            {
                var added = block.Add(number, sum: 0, out var rowSums);
                state.Words.CopyTo(added.Words);
                rows.SumsOf(added, rowSums);
                if (!block.IsFull)
                {
                    return;
                }

                Assert.True(cache.BeginRows(block));
                for (var i = 0; i < block.Count; i++)
                {
                    if (!cache.HasRows(block, i, steps))
                    {
                        others++;
                        continue;
                    }

                    plain.Clear();
                    spec.Next(block[i], plain);
                    var choice = 0;
                    for (var row = 0; row < rows.Count; row++)
                    {
                        foreach (var step in cache.TakeRow(i, row))
                        {
                            cache.Take(block[i], step, new State(after));
                            Assert.Equal(plain.ActionOf(choice), cache[step].Action);
                            Assert.True(plain[choice].Words.SequenceEqual(after), $"{name}, step {choice} of state {number}");

                            rows.SumsOf(new State(after), sums);
                            for (var other = 0; other < rows.Count; other++)
                            {
                                Assert.Equal(sums[other], block.RowSumsOf(i)[other] + cache.RowDifferences(step)[other]);
                            }

                            choice++;
                            compared++;
                        }
                    }

                    Assert.Equal(plain.Count, choice);
                }

                block.Count = 0;
                if (number >= 20_000)
                {
                    stop.Cancel();
                }
            },
            stop.Token);

        // With other options, some steps depend on the messages in the bag, and are not kept.
        Assert.InRange(compared, 20_000, int.MaxValue);
        Assert.Equal(options != RaftOptions.Published, others > 0);
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(0, 1)]
    public void A_group_may_access_nothing_but_its_message(int copies, int states)
    {
        var result = Checker.Check(new Sending(copies), new CheckOptions { Workers = 1 });

        Assert.Equal(states, result.Distinct);
        Assert.Equal([new ActionCount("Send", states, states - 1, CanFire: true)], result.Actions);
    }

    // The states of a depth are explored together, and the steps of all are found first.
    [Fact]
    public void A_violation_is_found_although_a_state_after_it_makes_the_specification_fail()
    {
        var result = Checker.Check(new Failing(), new CheckOptions { Workers = 1 });

        Assert.Equal((CheckOutcome.Violated, "NotThree"), (result.Outcome, result.Violated));
        Assert.Equal(3, result.Counterexample!.States.Count);
    }

    [Fact]
    public void A_violation_of_an_action_property_in_a_step_that_is_kept_is_found_at_the_end_of_a_shortest_path()
    {
        var result = Checker.Check(new Whimsical(kind: 0) { Worst = 2 }, new CheckOptions { Workers = 1 });

        Assert.Equal((CheckOutcome.Violated, "NotWorst"), (result.Outcome, result.Violated));
        Assert.Equal(5, result.Counterexample!.States.Count);
    }

    [Fact]
    public void A_group_may_have_more_steps_than_are_looked_up_together()
    {
        var result = Checker.Check(new ManySteps(), new CheckOptions { Workers = 1 });

        Assert.Equal((1 + ManySteps.Steps, 1L + ManySteps.Steps, 2), (result.Generated, result.Distinct, result.Depth));
        Assert.Equal([new ActionCount("Set", ManySteps.Steps, ManySteps.Steps, CanFire: true)], result.Actions);
    }

    // How often the groups are executed does not depend on the machine, and the speed depends on it.
    [Fact]
    public void Of_742_701_generated_states_of_raft_tla_only_hundreds_are_made_by_executing_its_actions()
    {
        var spec = new RaftSpec(RaftTlaTests.Bounds([2, 1, 2, 1, 3, 1], null));
        var cache = new TransitionCache(spec, new PropertyEvaluator(spec, symmetry: false));
        var steps = new Successors(spec.Layout, cache);

        Visit.All(spec, (state, _, _, _) =>
        {
            steps.Clear();
            spec.Next(state, steps);
        });

        Assert.Equal(806, cache.Executions);
    }

    // Compares the steps of the first states, breadth-first. Returns the number of steps.
    private static long Compare(Specification spec, int states, int seed)
    {
        var evaluator = new PropertyEvaluator(spec, symmetry: false);
        var cache = new TransitionCache(spec, evaluator);
        var kept = new Successors(spec.Layout, cache);
        var plain = new Successors(spec.Layout);
        var after = new ulong[spec.Layout.Words];
        var compared = 0L;
        using var stop = new CancellationTokenSource();
        Visit.All(
            spec,
            (state, number, _, _) =>
            {
                if (number == states)
                {
                    stop.Cancel();
                }

                // Others are left out, so that the words that a group accesses become known in another order.
                if ((number + seed) % 3 == 0)
                {
                    return;
                }

                plain.Clear();
                spec.Next(state, plain);
                kept.Clear();
                spec.Next(state, kept);
                cache.LookAtBag(state);
                var index = 0;
                var sum = evaluator.Fingerprint.SumOf(state);
                foreach (var run in kept.Runs())
                {
                    for (var i = run.First; i < run.First + run.Count; i++, index++)
                    {
                        if (!run.IsCached)
                        {
                            Assert.Equal(plain.ActionOf(index), kept.ActionOf(i));
                            Assert.True(plain[index].Words.SequenceEqual(kept[i].Words));
                            continue;
                        }

                        var step = cache[i];
                        var expected = plain[index];
                        cache.Take(state, i, new State(after));
                        Assert.Equal(plain.ActionOf(index), step.Action);
                        Assert.True(expected.Words.SequenceEqual(after));
                        Assert.Equal(evaluator.Fingerprint.SumOf(expected), sum + step.Difference);
                        Assert.Equal(evaluator.Fingerprint.Difference(state, expected), step.Difference);
                        Assert.Equal(evaluator.MayDiffer(state, expected), step.ChangesInvariants);
                        if (!step.MustCheck)
                        {
                            Assert.Null(evaluator.BrokenBy(state, step.Action, expected));
                            Assert.Equal(
                                spec.IsWithinBounds(expected),
                                step.Messages <= cache.Room && !cache.FullMessages.Contains(step.Message));
                        }
                    }
                }

                Assert.Equal(plain.Count, index);
                compared += index;
            },
            stop.Token);
        return compared;
    }

    /// <summary>A number that is set once.</summary>
    private sealed class ManySteps : Specification
    {
        public const int Steps = 1000;
        private readonly Variable _number;

        public ManySteps()
        {
            _number = Layout.Variable("number", Domain.Number(Steps));
            Groups = [new ActionGroup(Layout, Set)];
        }

        public override string Name => "ManySteps";

        public override IReadOnlyList<string> Actions => ["Set"];

        public override IReadOnlyList<ActionGroup> Groups { get; }

        public override Constraint Constraint { get; } = new();

        public override void Init(Successors initial) => initial.Initial();

        public override void Next(State state, Successors next) => next.AddGroup(Groups[0], state);

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) =>
            [KeyValuePair.Create("number", $"{_number[state]}")];

        private void Set(State state, ulong message, int slot, Successors next)
        {
            for (var value = 1; value <= Steps && _number[state] == 0; value++)
            {
                var t = next.Step(state, 0);
                _number[t] = value;
            }
        }
    }

    /// <summary>A number that is 0, then 1 or 2. After 1 it is 3, which it must not become; after 2 the specification fails.</summary>
    private sealed class Failing : Specification
    {
        private readonly Variable _number;

        public Failing()
        {
            _number = Layout.Variable("number", Domain.Number(3));
            Groups = [new ActionGroup(Layout, Raise)];
        }

        public override string Name => "Failing";

        public override IReadOnlyList<string> Actions => ["Raise"];

        public override IReadOnlyList<ActionGroup> Groups { get; }

        public override IReadOnlyList<ActionProperty> ActionProperties => [new("NotThree", (_, _, after) => _number[after] != 3)];

        public override void Init(Successors initial) => initial.Initial();

        public override void Next(State state, Successors next)
        {
            if (_number[state] == 2)
            {
                throw new InvalidOperationException("The number is 2.");
            }

            next.AddGroup(Groups[0], state);
        }

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) =>
            [KeyValuePair.Create("number", $"{_number[state]}")];

        private void Raise(State state, ulong message, int slot, Successors next)
        {
            var number = _number[state];
            for (var after = number + 1; after <= number + 2 - (number % 2); after++)
            {
                var t = next.Step(state, 0);
                _number[t] = after == 2 && number == 1 ? 3 : after;
            }
        }
    }

    /// <summary>A message that is sent as often as the bounds permit.</summary>
    private sealed class Sending : Specification
    {
        private readonly Bag _bag;
        private readonly ulong _message;

        public Sending(int copies)
        {
            var message = new RecordLayout(Layout, "Message");
            _message = message.Type.Pack(1);
            _bag = Layout.Bag(message, capacity: 2);
            Groups = [new ActionGroup(Layout, (s, m, _, next) => _bag.Add(next.Step(s, 0), m))];
            Constraint = new Constraint().AtMost(_bag, all: 9, each: copies);
        }

        public override string Name => "Sending";

        public override IReadOnlyList<string> Actions => ["Send"];

        public override IReadOnlyList<ActionGroup> Groups { get; }

        public override Constraint Constraint { get; }

        public override void Init(Successors initial) => initial.Initial();

        public override void Next(State state, Successors next) => next.AddGroup(Groups[0], state, _message);

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) =>
            [KeyValuePair.Create("messages", $"{_bag[state, 0]}")];
    }

    /// <summary>
    /// Two numbers and a bag. What its group accesses depends on the first number: the second (0), the bag (1), everything (2), or a step
    /// that is withdrawn (3).
    /// </summary>
    private sealed class Whimsical : Specification
    {
        private const int _max = 4;
        private readonly Variable _first;
        private readonly Variable _second;
        private readonly RecordLayout _message;
        private readonly Bag _bag;
        private readonly ActionGroup _group;
        private readonly int _kind;

        public Whimsical(int kind)
        {
            _kind = kind;
            var one = new Scalarset("o", 1);
            var two = new Scalarset("t", 2);
            _first = Layout.Variable("first", Domain.Number(_max), one);
            _second = Layout.Variable("second", Domain.Number(_max), two);
            _message = new RecordLayout(Layout, "Even", "Odd");
            _bag = Layout.Bag(_message, capacity: 3);
            _group = new ActionGroup(Layout, (s, _, _, next) => Group(s, next));
            Groups = [_group];
            Constraint = new Constraint().AtMost(_first, _max - 1).AtMost(_second, _max - 1).AtMost(_bag, all: 2, each: 1);
        }

        /// <summary>The first number must not become this.</summary>
        public int Worst { get; init; } = -1;

        public override string Name => "Whimsical";

        public override IReadOnlyList<string> Actions => ["Raise", "RaiseSecond", "Send", "Receive"];

        public override IReadOnlyList<ActionGroup> Groups { get; }

        public override Constraint Constraint { get; }

        public override IReadOnlyList<ActionProperty> ActionProperties =>
            [new("NotWorst", (before, _, after) => _first[before] == _first[after] || _first[after] != Worst)];

        public override void Init(Successors initial) => initial.Initial();

        public override void Next(State state, Successors next)
        {
            next.AddGroup(_group, state);
            if (_second[state, 0] < _max)
            {
                var t = next.Step(state, 1);
                _second[t, 0]++;
            }

            if (_bag[state, 0] is not 0 and var m)
            {
                var t = next.Step(state, 3);
                _bag.Remove(t, m);
                _second[t, 1] = _second[state, 0];
            }
        }

        private void Group(State s, Successors next)
        {
            var first = _first[s];
            if (first < _max && (first != 1 || IsReady(s, next)))
            {
                var t = next.Step(s, 0);
                _first[t] = first + 1;
            }

            var sent = next.Step(s, 2);
            _bag.Add(sent, _message.Type.Pack(1 + (first % 2)));
        }

        private bool IsReady(State s, Successors next)
        {
            switch (_kind)
            {
                case 0:
                    return _second[s, 0] > 1;
                case 1:
                    return _bag[s, 0] != 0;
                case 2:
                    return s.Words[1] > 1;
                default:
                    var t = next.Step(s, 1);
                    var isReady = _second[t, 0] > 1;
                    next.Withdraw();
                    return isReady;
            }
        }

        public override IEnumerable<KeyValuePair<string, string>> Describe(State state) =>
            [KeyValuePair.Create("first", $"{_first[state]}"), KeyValuePair.Create("second", $"{_second[state, 0]}")];
    }
}
