using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>A specification with a number of initial states, and a number of successors of each.</summary>
internal sealed class Fan : Specification
{
    private readonly int _initial;
    private readonly int _successors;
    private readonly Variable _first;
    private readonly Variable _second;

    public Fan(int initial, int successors)
    {
        _initial = initial;
        _successors = successors;
        _first = Layout.Variable("first", Domain.Number(initial));
        _second = Layout.Variable("second", Domain.Number(successors));
    }

    public override string Name => "Fan";

    public override IReadOnlyList<string> Actions => ["Spread"];

    public override void Init(Successors initial)
    {
        for (var i = 0; i < _initial; i++)
        {
            var t = initial.Initial();
            _first[t] = i;
        }
    }

    public override void Next(State state, Successors next)
    {
        for (var i = 1; i <= _successors && _second[state] == 0; i++)
        {
            var t = next.Step(state, action: 0, i);
            _second[t] = i;
        }
    }

    public override IEnumerable<KeyValuePair<string, string>> Describe(State state) =>
        [KeyValuePair.Create(_first.Name, $"{_first[state]}"), KeyValuePair.Create(_second.Name, $"{_second[state]}")];
}
