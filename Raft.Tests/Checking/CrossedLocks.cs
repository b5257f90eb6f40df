using ModelChecking;

namespace Raft.Tests.Checking;

/// <summary>Two processes take the same two locks in opposite order, which can deadlock. <see cref="InSameOrder"/> fixes that.</summary>
internal sealed class CrossedLocks : Specification
{
    private const int Release = 1;

    private readonly Scalarset _processes = new("p", 2);
    private readonly Scalarset _locks = new("lock", 2);
    private readonly Variable _owner;

    public CrossedLocks() => _owner = Layout.Variable("owner", Domain.MemberOrNil(_processes), _locks);

    /// <summary>Whether both processes take the first lock first.</summary>
    public bool InSameOrder { get; init; }

    public override string Name => "CrossedLocks";

    public override IReadOnlyList<string> Actions { get; } = ["Take", "Release"];

    public override void Init(Successors initial)
    {
        var t = initial.Initial();
        _owner[t, 0] = _processes.Count;
        _owner[t, 1] = _processes.Count;
    }

    public override void Next(State state, Successors next)
    {
        for (var p = 0; p < _processes.Count; p++)
        {
            var first = InSameOrder ? 0 : p;
            if (_owner[state, first] != p)
            {
                Take(state, p, first, next);
            }
            else if (_owner[state, 1 - first] != p)
            {
                Take(state, p, 1 - first, next);
            }
            else
            {
                var t = next.Step(state, Release, p);
                _owner[t, 0] = _processes.Count;
                _owner[t, 1] = _processes.Count;
            }
        }
    }

    public override string Describe(int action, int first, int second, State before) =>
        action == Release ? $"Release({_processes.NameOf(first)})" : $"Take({_processes.NameOf(first)}, {_locks.NameOf(second)})";

    public override IEnumerable<KeyValuePair<string, string>> Describe(State state)
    {
        var values = new List<KeyValuePair<string, string>>();
        for (var l = 0; l < _locks.Count; l++)
        {
            values.Add(KeyValuePair.Create($"owner[{_locks.NameOf(l)}]", _owner.Describe(_owner[state, l])));
        }

        return values;
    }

    private void Take(State s, int p, int wanted, Successors next)
    {
        if (_owner[s, wanted] == _processes.Count)
        {
            var t = next.Step(s, action: 0, p, wanted);
            _owner[t, wanted] = p;
        }
    }
}
