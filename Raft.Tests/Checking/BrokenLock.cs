using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>
/// A broken lock: a process tests whether it is free, and takes it in a separate step. <see cref="IsAtomic"/> fixes that.
/// </summary>
internal sealed class BrokenLock : Specification
{
    private readonly Scalarset _processes;
    private readonly Variable _place;
    private readonly Variable _isTaken;

    public BrokenLock(int processes = 2)
    {
        _processes = new Scalarset("p", processes);
        _place = Layout.Variable("place", Domain.OneOf(Enum.GetNames<Place>()), _processes);
        _isTaken = Layout.Variable("isTaken", Domain.OneOf("FALSE", "TRUE"));
    }

    private enum Place
    {
        Outside,
        AtTheDoor,
        Inside,
    }

    private enum Step
    {
        Test,
        Set,
        TestAndSet,
        Leave,
    }

    /// <summary>Whether testing and taking are one step.</summary>
    public bool IsAtomic { get; init; }

    public override string Name => "BrokenLock";

    public override IReadOnlyList<string> Actions { get; } = Enum.GetNames<Step>();

    public override IReadOnlyList<Scalarset> SymmetricScalarsets => [_processes];

    public override IReadOnlyList<Invariant> Invariants => [new("MutualExclusion", MutualExclusion)];

    public override void Init(Successors initial) => initial.Initial();

    public override void Next(State state, Successors next)
    {
        for (var p = 0; p < _processes.Count; p++)
        {
            switch ((Place)_place[state, p])
            {
                case Place.Outside when _isTaken[state] == 0 && IsAtomic:
                    Enter(next.Step(state, (int)Step.TestAndSet, p), p);
                    break;
                case Place.Outside when _isTaken[state] == 0:
                    var t = next.Step(state, (int)Step.Test, p);
                    _place[t, p] = (int)Place.AtTheDoor;
                    break;
                case Place.AtTheDoor:
                    Enter(next.Step(state, (int)Step.Set, p), p);
                    break;
                case Place.Inside:
                    Leave(next.Step(state, (int)Step.Leave, p), p);
                    break;
                default:
                    break;
            }
        }
    }

    public override string Describe(int action, int first, int second, State before) => $"{Actions[action]}({_processes.NameOf(first)})";

    public override IEnumerable<KeyValuePair<string, string>> Describe(State state)
    {
        var values = new List<KeyValuePair<string, string>> { KeyValuePair.Create(_isTaken.Name, _isTaken.Describe(_isTaken[state])) };
        for (var p = 0; p < _processes.Count; p++)
        {
            values.Add(KeyValuePair.Create($"place[{_processes.NameOf(p)}]", _place.Describe(_place[state, p])));
        }

        return values;
    }

    private void Enter(State t, int p)
    {
        _place[t, p] = (int)Place.Inside;
        _isTaken[t] = 1;
    }

    private void Leave(State t, int p)
    {
        _place[t, p] = (int)Place.Outside;
        _isTaken[t] = 0;
    }

    private bool MutualExclusion(State s)
    {
        var inside = 0;
        for (var p = 0; p < _processes.Count; p++)
        {
            inside += _place[s, p] == (int)Place.Inside ? 1 : 0;
        }

        return inside <= 1;
    }
}
