using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// Raft in the steps of an implementation: each step is a fixed sequence of actions of <see cref="RaftSpec"/>, without a state between
/// them. What follows at once happens in the same step: a candidate asks all others with its timeout, and becomes leader with the deciding
/// vote; a leader sends heartbeats to all at once, sends what it appends, and commits with the answer that makes it possible. How much a
/// leader sends is what its <see cref="FlowControl"/> allows (<c>CompositeSpec.Sending.cs</c>).
/// </summary>
public sealed partial class CompositeSpec : Specification
{
    // A step adds at most so many messages to those within bounds.
    private const int _room = 16;

    private readonly RaftBounds _bounds;

    // The message that server i held last, by its position among those of its messages that wait; 0 if it has sent or lost one since. A
    // node does not hold a repetition of it. Messages of the node that differ only in what RaftSpec does not have are of different kinds.
    private readonly Variable _heldLast;
    private readonly Variable _heldKind;

    private readonly FlowControl _flow;

    /// <summary>Makes the specification.</summary>
    /// <param name="bounds">The bounds within which it is explored.</param>
    /// <param name="options">The extensions of <c>raft.tla</c>.</param>
    /// <exception cref="ArgumentException">
    /// The bounds or the options are out of range, or they are not those of an implementation.
    /// </exception>
    public CompositeSpec(RaftBounds bounds, RaftOptions options)
        : this(RulesFor(bounds, options), bounds)
    {
    }

    private CompositeSpec(RaftSpec rules, RaftBounds bounds)
        : base(rules.Layout)
    {
        Rules = rules;
        _bounds = bounds;
        _heldLast = Layout.Variable("heldLast", Domain.Number(rules.Bounds.MaxMessages), rules.ServerSet);
        _heldKind = Layout.Variable("heldKind", Domain.Number(bounds.MaxLog + 3), rules.ServerSet);
        _flow = new FlowControl(Layout, Domain.Number(bounds.MaxLog), rules.ServerSet);
    }

    /// <inheritdoc/>
    public override string Name => "raft in composite steps";

    /// <summary>The actions of <see cref="RaftSpec"/>. A step has the name of its first action.</summary>
    public override IReadOnlyList<string> Actions => Rules.Actions;

    /// <summary>The specification whose actions are taken. It lays out the states, which have what no action reads cleared.</summary>
    public RaftSpec Rules { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Invariant> Invariants => Rules.Invariants;

    /// <inheritdoc/>
    public override IReadOnlyList<ActionProperty> ActionProperties => Rules.ActionProperties;

    /// <inheritdoc/>
    public override IReadOnlyList<Sometimes> Reachable => Rules.Reachable;

    private int Servers => _bounds.Servers;

    /// <inheritdoc/>
    public override void Init(Successors initial)
    {
        ArgumentNullException.ThrowIfNull(initial);
        Rules.Init(initial);
        Rules.ClearUnread(initial[0]);
    }

    /// <inheritdoc/>
    public override bool IsWithinBounds(State state) =>
        Rules.IsWithinBounds(state) && Rules.Messages.HoldsAtMost(state, _bounds.MaxMessages, _bounds.MaxCopies);

    /// <inheritdoc/>
    public override bool CanFire(int action) => (RaftAction)action is not (RaftAction.RequestVote or RaftAction.BecomeLeader
        or RaftAction.AdvanceCommitIndex or RaftAction.InstallSnapshot) && Rules.CanFire(action);

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> Describe(State state) => Rules.Describe(state);

    /// <inheritdoc/>
    public override string Describe(int action, int first, int second, State before) => (RaftAction)action is RaftAction.AppendEntries
        ? $"{Actions[action]}({Rules.ServerSet.NameOf(first)}, every other server)"
        : Rules.Describe(action, first, second, before);

    /// <summary>Clears what <see cref="RaftSpec"/> does not have, so that states of both can be compared.</summary>
    public void ClearHidden(State state)
    {
        for (var i = 0; i < Servers; i++)
        {
            ForgetHeld(state, i);
            ClearFlow(state, i);
        }
    }

    /// <inheritdoc/>
    public override void Next(State state, Successors next)
    {
        ArgumentNullException.ThrowIfNull(next);
        var s = state.Words.ToArray();
        for (var i = 0; i < Servers; i++)
        {
            Add(s, next, RaftAction.Timeout, ElectionTimeout(s, i), i);
            Add(s, next, RaftAction.AppendEntries, HeartbeatTimeout(s, i), i);
            foreach (var proposal in Proposals())
            {
                Add(s, next, RaftAction.ClientRequest, Propose(s, i, proposal), i, proposal[0]);
            }

            for (var writes = 0; writes <= Rules.Writes[state, i]; writes++)
            {
                Add(s, next, RaftAction.Restart, Restart(s, i, writes), i);
                if (writes > 0)
                {
                    Add(s, next, RaftAction.CompleteWrite, WritesDurable(s, i, writes), i);
                }
            }

            for (var index = 1; index <= Rules.CommitIndex[state, i] && Rules.Options.Snapshots; index++)
            {
                Add(s, next, RaftAction.TakeSnapshot, TakeSnapshot(s, i, index), i, index);
            }
        }

        for (var slot = 0; Rules.Messages[state, slot] is not 0 and var m; slot++)
        {
            if (Rules.MHeld[m] == 0)
            {
                var (at, message) = (slot, m);
                Receive(state, s, m, slot, next);
                Add(s, next, RaftAction.DuplicateMessage, Fire(s, (t, steps) => Rules.DuplicateMessage(t, message, at, steps)), slot);
                Add(s, next, RaftAction.DropMessage, Fire(s, (t, steps) => Rules.DropMessage(t, message, at, steps)), slot);
            }
        }
    }

    // Timeout, and RequestVote to each other server, at once. While its vote is not durable, a server begins no election: no other server
    // knows of the last one.
    private IEnumerable<ulong[]> ElectionTimeout(ulong[] s, int i)
    {
        if (Rules.WritesUntilVote(new State(s), i) > 0)
        {
            return [];
        }

        var timedOut = Fire(DiscardHeld(s, i), (t, steps) => Rules.Timeout(t, i, steps));
        var asked = ForEachOther(i, timedOut, (t, j) => Fire(t, (u, steps) => Rules.RequestVote(u, i, j, steps)));
        return asked.Select(t => NoteHeld(s, t, i, kind: 0));
    }

    // A leader sends heartbeats to all others.
    private List<ulong[]> HeartbeatTimeout(ulong[] s, int i) => RoleOf(s, i) == RaftVariables.Leader ? Heartbeats(s, i) : [];

    // ClientRequest, and the new entries to each other server.
    private List<ulong[]> Propose(ulong[] s, int i, int[] values)
    {
        var appended = Fire(s, (t, steps) => Rules.ClientRequest(t, i, values, steps));
        return ForEachOther(i, appended, (t, j) => Replicate(t, i, j));
    }

    // CompleteWrite for each of the oldest writes. A candidate's own vote and a leader's own entries count from then on.
    private IEnumerable<ulong[]> WritesDurable(ulong[] s, int i, int writes)
    {
        // A server sends no vote request if it is no candidate any more.
        var done = (ulong[])s.Clone();
        if (RoleOf(s, i) != RaftVariables.Candidate)
        {
            Rules.Messages.RemoveAll(new State(done), m => Rules.MSource[m] == i && Rules.MHeld[m] > 0 && Rules.MHeld[m] <= writes
                && Rules.MType[m] == RaftVariables.RequestVoteRequest);
        }

        return from t in CompleteWrites(done, i, writes)
               from elected in BecomeLeader(ForgetIfReleased(s, t, i, writes), i)
               from committed in AdvanceCommitIndex(elected, i)
               select committed;
    }

    // A crash: some writes are on the disk, and nothing that waits is sent.
    private IEnumerable<ulong[]> Restart(ulong[] s, int i, int writes) =>
        CompleteWrites(DiscardHeld(s, i), i, writes).SelectMany(t => Fire(t, (u, steps) => Rules.Restart(u, i, steps)));

    private List<ulong[]> TakeSnapshot(ulong[] s, int i, int index) => Fire(s, (t, steps) => Rules.Compact(t, i, index, steps));

    private List<ulong[]> CompleteWrites(ulong[] s, int i, int writes) =>
        writes == 0 ? [s] : [.. Fire(s, (t, steps) => Rules.CompleteWrite(t, i, steps)).SelectMany(t => CompleteWrites(t, i, writes - 1))];

    // Receive, and what follows from it at once. A server of a new term sends nothing any more that waited in the last one.
    private void Receive(State state, ulong[] before, ulong m, int slot, Successors next)
    {
        var (i, j) = (Rules.MDest[m], Rules.MSource[m]);
        var s = Rules.MTerm[m] > Rules.CurrentTerm[state, i] ? DiscardHeld(before, i) : before;
        slot = SlotOf(s, m);
        var received = FireNamed(s, (t, steps) => Rules.Receive(t, m, slot, steps));
        if (received is [var (action, _), ..])
        {
            var kind = KindOfReply(state, m);
            var outcomes = received.ConvertAll(step => NoteHeld(s, step.Words, i, kind));
            Add(before, next, action, Follow(s, outcomes, m, i, j), slot);
        }
    }

    // Only a refusal has several outcomes.
    private List<ulong[]> Follow(ulong[] s, List<ulong[]> outcomes, ulong m, int i, int j)
    {
        if (Rules.MType[m] == RaftVariables.RequestVoteResponse)
        {
            return BecomeLeader(outcomes[0], i);
        }

        if (Rules.MType[m] != RaftVariables.AppendEntriesResponse
            || RoleOf(s, i) != RaftVariables.Leader
            || Rules.MTerm[m] != Rules.CurrentTerm[new State(s), i])
        {
            return outcomes;
        }

        return Rules.MSuccess[m] != 0 ? FollowSuccess(s, outcomes[0], i, j)
            : Rules.MMissing[m] != 0 ? FollowMissing(outcomes[0], m, i, j)
            : FollowRefusal(s, outcomes, m, i, j);
    }

    // BecomeLeader as soon as there is a quorum, and heartbeats to all others.
    private List<ulong[]> BecomeLeader(ulong[] t, int i)
    {
        var elected = Fire(t, (u, steps) => Rules.BecomeLeader(u, i, steps));
        return elected.Count == 0 ? [t] : Then(elected, u =>
        {
            for (var j = 0; j < Servers; j++)
            {
                _flow.Begin(new State(u), i, j, sentAfter: Rules.LogLength[new State(u), i]);
            }

            return Heartbeats(u, i);
        });
    }

    // AdvanceCommitIndex as soon as a quorum holds an entry. A follower that holds the whole log learns at once that it is committed.
    private List<ulong[]> AdvanceCommitIndex(ulong[] t, int i)
    {
        var advanced = Fire(t, (u, steps) => Rules.AdvanceCommitIndex(u, i, steps)).FirstOrDefault(t);
        return CommitOf(advanced, i) > CommitOf(t, i)
            ? ForEachOther(i, [advanced], (u, j) => TellCommit(u, i, j))
            : [advanced];
    }

    private IEnumerable<int[]> Proposals()
    {
        for (var v = 0; v < _bounds.Values; v++)
        {
            yield return [v];
            for (var w = 0; w < _bounds.Values && Rules.Options.MaxBatch > 1; w++)
            {
                yield return [v, w];
            }
        }
    }

    // Server i discards what waits for its writes.
    private ulong[] DiscardHeld(ulong[] s, int i)
    {
        var t = (ulong[])s.Clone();
        Rules.DropHeld(new State(t), i);
        ForgetHeld(new State(t), i);
        return t;
    }

    private void ForgetHeld(State t, int i)
    {
        _heldLast[t, i] = 0;
        _heldKind[t, i] = 0;
    }

    // What the node's reply to a request says besides what RaftSpec has: that it answers a snapshot; or, if it refuses entries because of
    // their term, after which index they were.
    private int KindOfReply(State s, ulong m) => Rules.MType[m] switch
    {
        RaftVariables.InstallSnapshotRequest => 1,
        RaftVariables.AppendEntriesRequest when Rules.MTerm[m] < Rules.CurrentTerm[s, Rules.MDest[m]] => 2 + Rules.MPrevLogIndex[m],
        _ => 0,
    };

    // Notes which message server i has held last; a repetition of the last one is not held again.
    private ulong[] NoteHeld(ulong[] s, ulong[] t, int i, int kind)
    {
        var before = new State(s);
        var after = new State(t);
        var position = 0;
        for (var slot = 0; Rules.Messages[after, slot] is not 0 and var m; slot++)
        {
            if (Rules.MSource[m] != i || Rules.MHeld[m] == 0)
            {
                continue;
            }

            position++;
            var slotBefore = SlotOf(s, m);
            if (slotBefore >= 0 && Rules.Messages.Copies(before, slotBefore) == Rules.Messages.Copies(after, slot))
            {
                continue;
            }

            if (slotBefore >= 0 && PositionOf(s, m, i) == _heldLast[before, i] && kind == _heldKind[before, i])
            {
                Rules.Messages.Remove(after, m);
                return t;
            }

            _heldLast[after, i] = position;
            _heldKind[after, i] = kind;
        }

        return t;
    }

    // Once a message is sent, a repetition of the last one is held again.
    private ulong[] ForgetIfReleased(ulong[] s, ulong[] t, int i, int writes)
    {
        for (var slot = 0; Rules.Messages[new State(s), slot] is not 0 and var m; slot++)
        {
            if (Rules.MSource[m] == i && Rules.MHeld[m] > 0 && Rules.MHeld[m] <= writes)
            {
                ForgetHeld(new State(t), i);
            }
        }

        return t;
    }

    // The position of a message among those of server i that wait, from 1.
    private int PositionOf(ulong[] s, ulong message, int i)
    {
        var position = 0;
        for (var slot = 0; Rules.Messages[new State(s), slot] is not 0 and var m; slot++)
        {
            position += Rules.MSource[m] == i && Rules.MHeld[m] > 0 ? 1 : 0;
            if (m == message)
            {
                return position;
            }
        }

        return 0;
    }

    private int SlotOf(ulong[] s, ulong message)
    {
        for (var slot = 0; Rules.Messages[new State(s), slot] is not 0 and var m; slot++)
        {
            if (m == message)
            {
                return slot;
            }
        }

        return -1;
    }

    private List<ulong[]> ForEachOther(int i, List<ulong[]> states, Func<ulong[], int, List<ulong[]>> send) =>
        Enumerable.Range(0, Servers).Where(j => j != i).Aggregate(states, (all, j) => [.. all.SelectMany(t => send(t, j))]);

    private static List<ulong[]> Then(IEnumerable<ulong[]> states, Func<ulong[], List<ulong[]>> follow) => [.. states.SelectMany(follow)];

    private void ClearFlow(State t, int i)
    {
        for (var j = 0; j < Servers; j++)
        {
            _flow.Clear(t, i, j);
        }
    }

    private int RoleOf(ulong[] s, int i) => Rules.Role[new State(s), i];

    private int CommitOf(ulong[] s, int i) => Rules.CommitIndex[new State(s), i];

    // The states after an action; none if it is not enabled, or leads beyond what can be represented.
    private List<ulong[]> Fire(ulong[] s, Firing action) => [.. FireNamed(s, action).Select(step => step.Words)];

    private List<(RaftAction Action, ulong[] Words)> FireNamed(ulong[] s, Firing action)
    {
        var steps = new Successors(Layout, capacity: 4);
        action(new State(s), steps);
        var states = new List<(RaftAction Action, ulong[] Words)>(steps.Count);
        for (var k = 0; k < steps.Count; k++)
        {
            if (Rules.IsWithinBounds(steps[k]))
            {
                states.Add(((RaftAction)steps.ActionOf(k), steps[k].Words.ToArray()));
            }
        }

        return states;
    }

    private void Add(ulong[] s, Successors next, RaftAction action, IEnumerable<ulong[]> ends, int first, int second = 0)
    {
        foreach (var end in ends)
        {
            var t = next.Step(new State(s), (int)action, first, second);
            end.CopyTo(t.Words);
            Rules.ClearUnread(t);
            for (var i = 0; i < Servers; i++)
            {
                if (Rules.Role[t, i] != RaftVariables.Leader)
                {
                    ClearFlow(t, i);
                }
            }
        }
    }

    private static RaftSpec RulesFor(RaftBounds bounds, RaftOptions options)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        ArgumentNullException.ThrowIfNull(options);
        bounds.Validate();
        if (!options.AtomicReceive || !options.SelfVote || !options.MonotonicIndexes || !options.FastBackup || !options.Pipelining)
        {
            throw new ArgumentException("Composite steps need the options of an implementation (RaftOptions.Conforming).", nameof(options));
        }

        return new RaftSpec(bounds with { MaxMessages = bounds.MaxMessages + _room, MaxCopies = bounds.MaxCopies + _room }, options);
    }

    private delegate void Firing(State s, Successors next);
}
