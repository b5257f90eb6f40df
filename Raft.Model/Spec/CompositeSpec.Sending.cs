using ModelChecking;

namespace Raft.Model.Spec;

// What a leader sends in a composite step. RaftSpec allows it to send at any time; here it sends when it becomes leader, with a heartbeat,
// with a proposal and with an answer, as much as its flow control allows.
public sealed partial class CompositeSpec
{
    // A heartbeat to each other server.
    private List<ulong[]> Heartbeats(ulong[] s, int i) => ForEachOther(i, [s], (t, j) => Heartbeat(t, i, j));

    // A heartbeat builds on what the follower holds if it has answered since the last one, else on nextIndex - 1. If the entries after that
    // are in the snapshot, it is the snapshot; while that is being sent, the question how much of it has arrived.
    private List<ulong[]> Heartbeat(ulong[] s, int i, int j)
    {
        var (next, match, snapshot) = ProgressOf(s, i, j);
        var words = (ulong[])s.Clone();
        var t = new State(words);
        if (_flow.SnapshotInFlight(t, i, j) is > 0 and var last)
        {
            _flow.AskForSnapshot(t, i, j);
            return InstallSnapshot(words, i, j, last, length: 0, movesNext: false);
        }

        if (_flow.TakeAnswered(t, i, j) && !_flow.IsProbing(t, i, j) && match >= snapshot)
        {
            return Then(AppendEntries(words, i, j, match, 0, movesNext: false), u => Replicate(u, i, j));
        }

        var prev = _flow.HasFresh(t, i, j) ? Math.Max(next - 1, snapshot) : next - 1;
        if (prev < snapshot)
        {
            return BeginSnapshot(words, i, j);
        }

        _flow.Ask(t, i, j, prev, isGuess: prev > match);
        return Then(AppendEntries(words, i, j, prev, 0, movesNext: false), u => Replicate(u, i, j));
    }

    // Entries from nextIndex on, as many as a message may carry, in as many messages as may be in flight. A guess of nextIndex stays until
    // it is answered.
    private List<ulong[]> Replicate(ulong[] s, int i, int j)
    {
        var (next, _, snapshot) = ProgressOf(s, i, j);
        var count = Math.Min(Rules.LogLength[new State(s), i] - next + 1, Rules.Options.MaxEntries);
        if (count <= 0 || _flow.SnapshotInFlight(new State(s), i, j) > 0 || !_flow.HasRoom(new State(s), i, j))
        {
            return [s];
        }

        if (next - 1 < snapshot)
        {
            return BeginSnapshot(s, i, j);
        }

        var words = (ulong[])s.Clone();
        var t = new State(words);
        var movesNext = !_flow.IsProbing(t, i, j);
        _flow.Send(t, i, j, next - 1, next - 1 + count);
        return Then(AppendEntries(words, i, j, next - 1, count, movesNext), u => Replicate(u, i, j));
    }

    private List<ulong[]> BeginSnapshot(ulong[] s, int i, int j)
    {
        var words = (ulong[])s.Clone();
        var snapshot = ProgressOf(s, i, j).Snapshot;
        _flow.Begin(new State(words), i, j, sentAfter: snapshot);
        _flow.SendSnapshot(new State(words), i, j, snapshot);
        return InstallSnapshot(words, i, j, snapshot, length: 1, movesNext: true);
    }

    // An answer to leader i. It commits what a quorum holds, and sends what j lacks. If j lacks nothing, and nothing was committed, j
    // learns the commit index.
    private List<ulong[]> FollowSuccess(ulong[] s, ulong[] t, int i, int j)
    {
        var matchBefore = ProgressOf(s, i, j).Match;
        var commitBefore = CommitOf(s, i);
        _flow.Acknowledge(new State(t), i, j, ProgressOf(t, i, j).Match);
        return Then(AdvanceCommitIndex(t, i), u =>
        {
            var (next, match, _) = ProgressOf(u, i, j);
            return next <= Rules.LogLength[new State(u), i] ? Replicate(u, i, j)
                : match > matchBefore && CommitOf(u, i) == commitBefore ? TellCommit(u, i, j)
                : [u];
        });
    }

    // A refusal, of which RaftSpec leaves open whether it is late, and whether what j lacks is. The outcome is the one with this nextIndex.
    private List<ulong[]> FollowRefusal(ulong[] s, List<ulong[]> outcomes, ulong m, int i, int j)
    {
        var words = (ulong[])s.Clone();
        var t = new State(words);
        var (next, match, snapshot) = ProgressOf(s, i, j);
        var refused = Rules.MRefusedIndex[m];
        var isOfHeartbeat = refused > match && refused == next - 1;
        if (refused == 0
            || _flow.SnapshotInFlight(t, i, j) > 0
            || !(isOfHeartbeat || _flow.Awaits(t, i, j, refused, isOwnSnapshot: refused > match && refused == snapshot)))
        {
            return [.. outcomes.Where(outcome => ProgressOf(outcome, i, j).Next == next).Take(1)];
        }

        if (Rules.MConflictTerm[m] > 0 || _flow.MustRepeat(t, i, j, Math.Max(Rules.MConflictIndex[m], match + 1)))
        {
            var backedUp = outcomes[0];
            _flow.Copy(t, new State(backedUp), i, j);
            _flow.Repeat(new State(backedUp), i, j, ProgressOf(backedUp, i, j).Next - 1);
            return Replicate(backedUp, i, j);
        }

        return Then(outcomes.Where(outcome => ProgressOf(outcome, i, j).Next == Math.Max(refused, match) + 1).Take(1), resumed =>
        {
            _flow.Copy(new State(words), new State(resumed), i, j);
            _flow.Reordered(new State(resumed), i, j, refused);
            return Replicate(resumed, i, j);
        });
    }

    // The snapshot, or another that is no longer sent, has not arrived whole.
    private List<ulong[]> FollowMissing(ulong[] t, ulong m, int i, int j)
    {
        if (!_flow.MustRepeatSnapshot(new State(t), i, j, Rules.MMatchIndex[m]))
        {
            return [t];
        }

        var snapshot = ProgressOf(t, i, j).Snapshot;
        _flow.SendSnapshot(new State(t), i, j, snapshot);
        return InstallSnapshot(t, i, j, snapshot, length: 1, movesNext: false);
    }

    // A follower that holds the whole log learns that all of it is committed.
    private List<ulong[]> TellCommit(ulong[] s, int i, int j)
    {
        var last = Rules.LogLength[new State(s), i];
        return CommitOf(s, i) == last && ProgressOf(s, i, j).Match == last ? AppendEntries(s, i, j, last, 0, movesNext: false) : [s];
    }

    private List<ulong[]> AppendEntries(ulong[] s, int i, int j, int prev, int count, bool movesNext) =>
        Fire(s, (t, steps) => Rules.AppendEntries(t, i, j, prev, count, movesNext, steps));

    // A snapshot is one chunk, or the question how much of it has arrived.
    private List<ulong[]> InstallSnapshot(ulong[] s, int i, int j, int last, int length, bool movesNext) =>
        Fire(s, (t, steps) => Rules.InstallSnapshot(t, i, j, last, offset: 0, length, done: length, movesNext, steps));

    private (int Next, int Match, int Snapshot) ProgressOf(ulong[] s, int i, int j)
    {
        var state = new State(s);
        return (Rules.NextIndex[state, i, j], Rules.MatchIndex[state, i, j], Rules.Durable.SnapshotIndex[state, i]);
    }
}
