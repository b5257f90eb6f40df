using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>
/// Counters that each go from 0 to a greatest value, one step at a time: of n counters up to m there are (m + 1)^n states, n m (m + 1)^(n -
/// 1) steps, and the last state is n m steps away.
/// </summary>
internal sealed class Counters : Specification
{
    private readonly Scalarset _counters;
    private readonly int _max;
    private readonly Variable _value;

    public Counters(int counters, int max)
    {
        _counters = new Scalarset("c", counters);
        _max = max;
        _value = Layout.Variable("value", Domain.Number(max), _counters);
    }

    /// <summary>A sum of all counters that violates the invariant.</summary>
    public int? BadSum { get; init; }

    /// <summary>Called before the steps out of a state are generated.</summary>
    public Action Visit { get; init; } = () => { };

    public long States => (long)Math.Pow(_max + 1, _counters.Count);

    public long Steps => _counters.Count * _max * (long)Math.Pow(_max + 1, _counters.Count - 1);

    public int Depth => 1 + (_counters.Count * _max);

    public override string Name => "Counters";

    public override IReadOnlyList<string> Actions => ["Odd", "Even"];

    public override IReadOnlyList<Invariant> Invariants => [new("NotThatSum", s => Sum(s) != BadSum)];

    public override IReadOnlyList<Scalarset> SymmetricScalarsets => [_counters];

    public override void Init(Successors initial) => initial.Initial();

    public override void Next(State state, Successors next)
    {
        Visit();
        for (var c = 0; c < _counters.Count; c++)
        {
            if (_value[state, c] < _max)
            {
                var t = next.Step(state, action: c % 2, c);
                _value[t, c]++;
            }
        }
    }

    public override IEnumerable<KeyValuePair<string, string>> Describe(State state)
    {
        var values = new List<KeyValuePair<string, string>>();
        for (var c = 0; c < _counters.Count; c++)
        {
            values.Add(KeyValuePair.Create(_counters.NameOf(c), $"{_value[state, c]}"));
        }

        return values;
    }

    private int Sum(State s)
    {
        var sum = 0;
        for (var c = 0; c < _counters.Count; c++)
        {
            sum += _value[s, c];
        }

        return sum;
    }
}
