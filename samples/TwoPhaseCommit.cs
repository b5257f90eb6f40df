using ModelChecking;

namespace Samples;

/// <summary>
/// The specification <c>TwoPhase</c> of Lamport's examples of TLA+: resource managers are to commit a transaction, all or none, and a
/// transaction manager finds out whether they can. Messages are never taken from the network: it is a set of them that only grows.
/// </summary>
/// <remarks>An example of how to write a specification: its variables, Init and Next, the actions, and what is claimed.</remarks>
internal sealed class TwoPhaseCommit : Specification
{
    private readonly Scalarset _rm;
    private readonly Variable _rmState;
    private readonly Variable _tmState;
    private readonly Variable _tmPrepared;
    private readonly Variable _sentPrepared;
    private readonly Variable _sentCommit;
    private readonly Variable _sentAbort;

    public TwoPhaseCommit(int resourceManagers)
    {
        _rm = new Scalarset("rm", resourceManagers);
        _rmState = Layout.Variable("rmState", Domain.OneOf(Enum.GetNames<RM>()), _rm);
        _tmState = Layout.Variable("tmState", Domain.OneOf(Enum.GetNames<TM>()));
        _tmPrepared = Layout.Variable("tmPrepared", Domain.SetOf(_rm));
        _sentPrepared = Layout.Variable("Prepared is sent", Domain.SetOf(_rm));
        _sentCommit = Layout.Variable("Commit is sent", Domain.OneOf("FALSE", "TRUE"));
        _sentAbort = Layout.Variable("Abort is sent", Domain.OneOf("FALSE", "TRUE"));
    }

    private enum RM
    {
        Working,
        Prepared,
        Committed,
        Aborted,
    }

    private enum TM
    {
        Init,
        Committed,
        Aborted,
    }

    private enum Step
    {
        TMRcvPrepared,
        TMCommit,
        TMAbort,
        RMPrepare,
        RMChooseToAbort,
        RMRcvCommitMsg,
        RMRcvAbortMsg,
    }

    public override string Name => "TwoPhase";

    public override IReadOnlyList<string> Actions { get; } = Enum.GetNames<Step>();

    public override IReadOnlyList<Scalarset> SymmetricScalarsets => [_rm];

    public override IReadOnlyList<Invariant> Invariants => [new("TCConsistent", TCConsistent)];

    public override IReadOnlyList<Sometimes> Reachable =>
        [new("TheyCommit", s => Some(s, RM.Committed)), new("TheyAbort", s => Some(s, RM.Aborted))];

    // All are working, the transaction manager knows of none that is prepared, and nothing was sent: all zeros.
    public override void Init(Successors initial) => initial.Initial();

    public override void Next(State state, Successors next)
    {
        TMCommit(state, next);
        TMAbort(state, next);
        for (var rm = 0; rm < _rm.Count; rm++)
        {
            TMRcvPrepared(state, rm, next);
            RMPrepare(state, rm, next);
            RMChooseToAbort(state, rm, next);
            RMRcvCommitMsg(state, rm, next);
            RMRcvAbortMsg(state, rm, next);
        }
    }

    public override string Describe(int action, int first, int second, State before) =>
        (Step)action is Step.TMCommit or Step.TMAbort ? Actions[action] : $"{Actions[action]}({_rm.NameOf(first)})";

    public override IEnumerable<KeyValuePair<string, string>> Describe(State state)
    {
        var values = new List<KeyValuePair<string, string>>();
        for (var rm = 0; rm < _rm.Count; rm++)
        {
            values.Add(KeyValuePair.Create($"rmState[{_rm.NameOf(rm)}]", _rmState.Describe(_rmState[state, rm])));
        }

        foreach (var variable in new[] { _tmState, _tmPrepared, _sentPrepared, _sentCommit, _sentAbort })
        {
            values.Add(KeyValuePair.Create(variable.Name, variable.Describe(variable[state])));
        }

        return values;
    }

    // The transaction manager receives a Prepared message from rm.
    private void TMRcvPrepared(State s, int rm, Successors next)
    {
        if (Is(s, TM.Init) && (_sentPrepared[s] >> rm & 1) != 0)
        {
            var t = next.Step(s, (int)Step.TMRcvPrepared, rm);
            _tmPrepared[t] |= 1 << rm;
        }
    }

    // The transaction manager commits: all are prepared.
    private void TMCommit(State s, Successors next)
    {
        if (Is(s, TM.Init) && _tmPrepared[s] == (1 << _rm.Count) - 1)
        {
            var t = next.Step(s, (int)Step.TMCommit);
            _tmState[t] = (int)TM.Committed;
            _sentCommit[t] = 1;
        }
    }

    // The transaction manager aborts, of its own accord.
    private void TMAbort(State s, Successors next)
    {
        if (Is(s, TM.Init))
        {
            var t = next.Step(s, (int)Step.TMAbort);
            _tmState[t] = (int)TM.Aborted;
            _sentAbort[t] = 1;
        }
    }

    private void RMPrepare(State s, int rm, Successors next)
    {
        if (Is(s, rm, RM.Working))
        {
            var t = next.Step(s, (int)Step.RMPrepare, rm);
            _rmState[t, rm] = (int)RM.Prepared;
            _sentPrepared[t] |= 1 << rm;
        }
    }

    // It need not tell anybody.
    private void RMChooseToAbort(State s, int rm, Successors next)
    {
        if (Is(s, rm, RM.Working))
        {
            var t = next.Step(s, (int)Step.RMChooseToAbort, rm);
            _rmState[t, rm] = (int)RM.Aborted;
        }
    }

    // It does what it is told, whatever it is.
    private void RMRcvCommitMsg(State s, int rm, Successors next)
    {
        if (_sentCommit[s] != 0)
        {
            var t = next.Step(s, (int)Step.RMRcvCommitMsg, rm);
            _rmState[t, rm] = (int)RM.Committed;
        }
    }

    private void RMRcvAbortMsg(State s, int rm, Successors next)
    {
        if (_sentAbort[s] != 0)
        {
            var t = next.Step(s, (int)Step.RMRcvAbortMsg, rm);
            _rmState[t, rm] = (int)RM.Aborted;
        }
    }

    // No two have come to different decisions.
    private bool TCConsistent(State s) => !(Some(s, RM.Committed) && Some(s, RM.Aborted));

    private bool Some(State s, RM value)
    {
        for (var rm = 0; rm < _rm.Count; rm++)
        {
            if (Is(s, rm, value))
            {
                return true;
            }
        }

        return false;
    }

    private bool Is(State s, TM value) => _tmState[s] == (int)value;

    private bool Is(State s, int rm, RM value) => _rmState[s, rm] == (int)value;
}
