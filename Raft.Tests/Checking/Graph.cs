using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>
/// A specification given as a graph: its states are letters, and its steps pairs of letters. <c>("Go", "ab bc")</c> is an action with a
/// step from a to b, and one from b to c.
/// </summary>
internal sealed class Graph : Specification
{
    private readonly (int Action, int From, int To)[] _steps;
    private readonly Variable _at;

    public Graph(params (string Action, string Steps)[] actions)
    {
        Actions = [.. actions.Select(action => action.Action)];
        _steps =
        [
            .. actions.SelectMany((action, number) => action.Steps
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(step => (number, step[0] - 'a', step[1] - 'a'))),
        ];
        _at = Layout.Variable("at", Domain.OneOf([.. Enumerable.Range('a', 26).Select(letter => $"{(char)letter}")]));
    }

    /// <summary>The initial states.</summary>
    public string Initial { get; init; } = "a";

    /// <summary>The states beyond the bounds.</summary>
    public string Beyond { get; init; } = "";

    /// <summary>The states that break the invariant.</summary>
    public string Bad { get; init; } = "";

    /// <summary>The steps that break the action property.</summary>
    public string BadSteps { get; init; } = "";

    /// <summary>The states that should be reached.</summary>
    public string Goals { get; init; } = "";

    /// <summary>Called before the steps out of a state are generated.</summary>
    public Action<char> Visit { get; init; } = _ => { };

    public override string Name => "Graph";

    public override IReadOnlyList<string> Actions { get; }

    public override IReadOnlyList<Invariant> Invariants => [new("NotBad", s => !Bad.Contains(Letter(s)))];

    public override IReadOnlyList<ActionProperty> ActionProperties =>
        [new("NoBadStep", (before, _, after) => !BadSteps.Split(' ').Contains($"{Letter(before)}{Letter(after)}"))];

    public override IReadOnlyList<Sometimes> Reachable => [.. Goals.Select(goal => new Sometimes($"At {goal}", s => Letter(s) == goal))];

    public override void Init(Successors initial)
    {
        foreach (var letter in Initial)
        {
            var t = initial.Initial();
            _at[t] = letter - 'a';
        }
    }

    public override void Next(State state, Successors next)
    {
        Visit(Letter(state));
        foreach (var (action, from, to) in _steps)
        {
            if (from == _at[state])
            {
                var t = next.Step(state, action);
                _at[t] = to;
            }
        }
    }

    public override bool IsWithinBounds(State state) => !Beyond.Contains(Letter(state));

    public override IEnumerable<KeyValuePair<string, string>> Describe(State state) => [KeyValuePair.Create("at", $"{Letter(state)}")];

    private char Letter(State state) => (char)('a' + _at[state]);
}
