using System.Numerics;
using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// Raft as a transition system: <c>raft.tla</c> of Diego Ongaro's dissertation (appendix B.2), action by action and with its atomicity, and
/// options that extend it towards an implementation. The actions are in <c>RaftSpec.Actions.cs</c>, the handling of messages in
/// <c>RaftSpec.Receive.cs</c>, and the properties in <c>RaftSpec.Properties.cs</c>.
/// </summary>
public sealed partial class RaftSpec : RaftVariables
{
    // An action accesses one server, a message to it and the budgets: so most states are alike to it.
    private readonly ActionGroup[] _ofServer;
    private readonly ActionGroup[] _receive;
    private readonly ActionGroup[] _ofNetwork;

    /// <summary>Makes the specification.</summary>
    /// <param name="bounds">The bounds within which it is explored.</param>
    /// <param name="options">The extensions of <c>raft.tla</c>; by default none.</param>
    /// <exception cref="ArgumentException">
    /// The bounds or the options are out of range, or a state with such bounds does not fit.
    /// </exception>
    public RaftSpec(RaftBounds bounds, RaftOptions? options = null)
        : base(bounds, options ?? RaftOptions.Published)
    {
        Constraint = new Constraint()
            .AtMost(CurrentTerm, bounds.MaxTerm)
            .AtMost(LogLength, bounds.MaxLog)
            .AtMost(Messages, bounds.MaxMessages, bounds.MaxCopies);
        _ofServer = GroupOfEach(i => (s, _, _, next) => NextOfServer(s, i, next));
        _receive = GroupOfEach(_ => Receive);
        _ofNetwork = GroupOfEach(_ => (s, m, slot, next) =>
        {
            DuplicateMessage(s, m, slot, next);
            DropMessage(s, m, slot, next);
        });
        Groups = [.. _ofServer, .. _receive, .. _ofNetwork];
    }

    /// <inheritdoc />
    public override string Name => Options == RaftOptions.Published ? "raft.tla" : "raft";

    /// <inheritdoc />
    public override IReadOnlyList<string> Actions { get; } = Enum.GetNames<RaftAction>();

    /// <inheritdoc />
    public override bool CanFire(int action) => (RaftAction)action switch
    {
        RaftAction.Restart => Bounds.MaxRestarts != 0,
        RaftAction.Timeout => Bounds.MaxTimeouts != 0,
        RaftAction.ClientRequest => Bounds.MaxClientRequests != 0,
        RaftAction.DuplicateMessage => Bounds.MaxDuplicates != 0,
        RaftAction.DropMessage => Bounds.MaxDrops != 0,
        RaftAction.UpdateTerm or RaftAction.ReturnToFollowerState
            or RaftAction.ConflictAppendEntriesRequest or RaftAction.NoConflictAppendEntriesRequest =>
            !Options.AtomicReceive,
        RaftAction.BeginPreVote or RaftAction.RequestPreVote or RaftAction.HandlePreVoteRequest or RaftAction.HandlePreVoteResponse =>
            Options.PreVote,
        RaftAction.IgnoreVoteRequest => Options.PreVote || Options.LeaderStickiness,
        RaftAction.ForgetLeader => Options.TracksContact,
        RaftAction.CheckQuorum => Options.CheckQuorum,
        RaftAction.BeginTransfer or RaftAction.SendTimeoutNow or RaftAction.EndTransfer or RaftAction.HandleTimeoutNow =>
            Options.LeadershipTransfer && Bounds.MaxTransfers > 0,
        RaftAction.BeginRound or RaftAction.ConfirmRound or RaftAction.AskRead or RaftAction.HandleReadIndexRequest
            or RaftAction.HandleReadIndexResponse => Options.ReadIndex && Bounds.MaxReads > 0,

        // A read that is answered has begun, and so has its round.
        RaftAction.AnswerRead => Options.ReadIndex && Bounds.MaxReads > 1,
        RaftAction.LeaseRead or RaftAction.ExpireLease => Options.LeaseReads && Bounds.MaxReads > 0,
        RaftAction.CompleteWrite => Options.MaxWrites > 0,
        RaftAction.TakeSnapshot or RaftAction.InstallSnapshot or RaftAction.HandleInstallSnapshot => Options.Snapshots,
        _ => true,
    };

    /// <summary>Init: all servers are followers in term 1, with empty logs; no message is in flight.</summary>
    public override void Init(Successors initial)
    {
        ArgumentNullException.ThrowIfNull(initial);
        var t = initial.Initial();
        for (var i = 0; i < Servers; i++)
        {
            CurrentTerm[t, i] = 1;
            VotedFor[t, i] = Nil;
            Contact[t, i] = Options.LeaseReads ? 1 : 0;
            ResetProgress(t, i);
        }
    }

    /// <summary>
    /// Next: every action, for all servers, values and messages for which it is enabled; those of a server and of messages to it together.
    /// </summary>
    public override void Next(State state, Successors next)
    {
        ArgumentNullException.ThrowIfNull(next);
        for (var i = 0; i < Servers; i++)
        {
            next.AddGroup(_ofServer[i], state);
            for (var slot = 0; Messages[state, slot] is not 0 and var m; slot++)
            {
                // A message that waits for a write is not in flight yet.
                if (MDest[m] == i && MHeld[m] == 0)
                {
                    next.AddGroup(_receive[i], state, m, slot);
                    next.AddGroup(_ofNetwork[i], state, m, slot);
                }
            }
        }
    }

    // What a read may return depends on what all servers committed.
    private ActionGroup[] GroupOfEach(Func<int, GroupSteps> steps) =>
    [
        .. Enumerable.Range(0, Servers).Select(
            i => Options.ReadIndex ? new ActionGroup(Layout, steps(i)) : new ActionGroup(Layout, ServerSet, i, steps(i))),
    ];

    // The actions of server i.
    private void NextOfServer(State s, int i, Successors next)
    {
        Restart(s, i, next);
        Timeout(s, i, next);
        BecomeLeader(s, i, next);
        AdvanceCommitIndex(s, i, next);
        for (var v = 0; v < Bounds.Values; v++)
        {
            ClientRequest(s, i, [v], next);
            for (var w = 0; w < Bounds.Values && Options.MaxBatch > 1; w++)
            {
                ClientRequest(s, i, [v, w], next);
            }
        }

        for (var j = 0; j < Servers; j++)
        {
            RequestVote(s, i, j, next);
            AppendEntries(s, i, j, next);
            RequestPreVote(s, i, j, next);
            BeginTransfer(s, i, j, next);
            AskRead(s, i, j, ReadToAsk(s, i), next);
            AnswerRead(s, i, j, next);
        }

        CompleteWrite(s, i, next);
        Compact(s, i, next);
        BeginPreVote(s, i, next);
        ForgetLeader(s, i, next);
        CheckQuorum(s, i, next);
        SendTimeoutNow(s, i, next);
        EndTransfer(s, i, next);
        BeginRound(s, i, next);
        ConfirmRound(s, i, next);
        LeaseRead(s, i, next);
        ExpireLease(s, i, next);
    }

    /// <inheritdoc />
    public override IReadOnlyList<ActionGroup> Groups { get; }

    /// <summary>StateConstraint.</summary>
    public override Constraint Constraint { get; }

    /// <inheritdoc />
    public override string Describe(int action, int first, int second, State before) => (RaftAction)action switch
    {
        RaftAction.RequestVote or RaftAction.AppendEntries or RaftAction.InstallSnapshot or RaftAction.RequestPreVote
            or RaftAction.BeginTransfer or RaftAction.AskRead or RaftAction.AnswerRead =>
            $"{Actions[action]}({ServerSet.NameOf(first)}, {ServerSet.NameOf(second)})",
        RaftAction.ClientRequest => $"{Actions[action]}({ServerSet.NameOf(first)}, {ValueSet.NameOf(second)})",
        RaftAction.TakeSnapshot => $"{Actions[action]}({ServerSet.NameOf(first)}, {second})",
        RaftAction.Restart or RaftAction.Timeout or RaftAction.BecomeLeader or RaftAction.AdvanceCommitIndex or RaftAction.CompleteWrite
            or RaftAction.BeginPreVote or RaftAction.ForgetLeader or RaftAction.CheckQuorum or RaftAction.SendTimeoutNow
            or RaftAction.EndTransfer or RaftAction.BeginRound or RaftAction.ConfirmRound or RaftAction.LeaseRead
            or RaftAction.ExpireLease =>
            $"{Actions[action]}({ServerSet.NameOf(first)})",
        _ => $"{Actions[action]}: {Messages.Describe(Messages[before, first])}",
    };

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Describe(State state)
    {
        var values = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < Servers; i++)
        {
            var name = ServerSet.NameOf(i);
            void Add(string what, string value) => values.Add(KeyValuePair.Create($"{what}[{name}]", value));
            Add("currentTerm", $"{CurrentTerm[state, i]}");
            Add("state", Role.Describe(Role[state, i]));
            Add("votedFor", VotedFor.Describe(VotedFor[state, i]));
            Add("log", Log(state, Durable, i));
            Add("commitIndex", $"{CommitIndex[state, i]}");
            Add("votesResponded", VotesResponded.Describe(VotesResponded[state, i]));
            Add("votesGranted", VotesGranted.Describe(VotesGranted[state, i]));
            for (var j = 0; j < Servers; j++)
            {
                values.Add(KeyValuePair.Create($"nextIndex[{name}][{ServerSet.NameOf(j)}]", $"{NextIndex[state, i, j]}"));
                values.Add(KeyValuePair.Create($"matchIndex[{name}][{ServerSet.NameOf(j)}]", $"{MatchIndex[state, i, j]}"));
            }

            if (Options.Snapshots)
            {
                Add("snapshotIndex", $"{Durable.SnapshotIndex[state, i]}");
            }

            DescribeProtocol(state, i, Add);
            for (var k = 0; k < Writes[state, i]; k++)
            {
                Add(
                    k == 0 ? "durable" : $"written{k}",
                    $"term {Older[k].CurrentTerm[state, i]}, vote {VotedFor.Describe(Older[k].VotedFor[state, i])}, "
                    + $"log {Log(state, Older[k], i)}");
            }
        }

        for (var slot = 0; Messages[state, slot] is not 0 and var m; slot++)
        {
            values.Add(KeyValuePair.Create(Messages.Describe(m), $"{Messages.Copies(state, slot)} in flight"));
        }

        foreach (var budget in new[] { Restarts, Duplicates, Drops, ClientRequests, Timeouts, Reads, Transfers })
        {
            values.AddRange(budget.Describe(state));
        }

        return values;
    }

    private string Log(State state, DurableVariables variables, int i) =>
        $"<{string.Join(", ", Describe(state, variables, i))}>";

    private List<string> Describe(State state, DurableVariables variables, int i)
    {
        var entries = new List<string>();
        for (var index = 1; index <= variables.LogLength[state, i]; index++)
        {
            entries.Add($"{variables.Log.TermAt(state, i, index)}:{NameOfValue(variables.Log.ValueAt(state, i, index))}");
        }

        return entries;
    }

    private string NameOfValue(int value) => Options.NoOp && value == NoOp ? "no-op" : ValueSet.NameOf(value);

    // The variables of the options that raft.tla does not have, those that are on.
    private void DescribeProtocol(State state, int i, Action<string, string> add)
    {
        foreach (var variable in new[]
        {
            Contact, Heard, Transferee, AskedToStand, TransferElection, TimeoutNowSent, Round, RoundInFlight, ReadIndex, PendingRead, Lease,
        })
        {
            if (IsOn(variable))
            {
                add(variable.Name, variable.Describe(variable[state, i]));
            }
        }

        foreach (var variable in new[] { Acked, WaitingRead, RoundRead, OwedRead })
        {
            if (IsOn(variable))
            {
                var row = new int[Servers];
                for (var j = 0; j < Servers; j++)
                {
                    row[j] = variable[state, i, j];
                }

                add(variable.Name, string.Join(", ", row));
            }
        }
    }

    // Quorum: more than half of all servers. Any two of them have a server in common, which is all that matters.
    private bool IsQuorum(int servers) => BitOperations.PopCount((uint)servers) * 2 > Servers;

    // The term of the entry at an index; of the empty prefix, 0.
    private int TermAt(State s, int i, int index) => index == 0 ? 0 : Durable.Log.TermAt(s, i, index);

    // LastTerm(log[i]).
    private int LastTerm(State s, int i) => TermAt(s, i, LogLength[s, i]);

    internal void Append(State t, int i, int term, int value) => Durable.Log.Append(t, i, term, value);

    private void CutLog(State t, int i, int length) => Durable.Log.Cut(t, i, length);

    // nextIndex = [j \in Server |-> 1], matchIndex = [j \in Server |-> 0].
    internal void ResetProgress(State t, int i, int nextIndex = 1)
    {
        for (var j = 0; j < Servers; j++)
        {
            NextIndex[t, i, j] = nextIndex;
            MatchIndex[t, i, j] = 0;
        }
    }
}
