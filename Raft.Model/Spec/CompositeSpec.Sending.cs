using ModelChecking;

namespace Raft.Model.Spec;

// What a leader sends in a composite step. The specification has no flow control: whether a message with entries is still awaited, or
// counts as lost, is not part of its state. Where that decides, every choice is a step.
public sealed partial class CompositeSpec
{
    // A heartbeat to each other server.
    private List<ulong[]> Heartbeats(ulong[] s, int i) => ForEachOther(i, [s], (t, j) => Heartbeat(t, i, j));

    // A heartbeat builds on nextIndex - 1, or on what the follower is known to hold; or it is about a snapshot.
    private List<ulong[]> Heartbeat(ulong[] s, int i, int j)
    {
        var (next, match, snapshot) = ProgressOf(s, i, j);
        List<ulong[]> sent = [];
        if (next - 1 >= snapshot)
        {
            sent.AddRange(AppendEntries(s, i, j, next - 1, 0, movesNext: false));
        }

        if (match > 0 && match < next - 1 && match >= snapshot)
        {
            sent.AddRange(AppendEntries(s, i, j, match, 0, movesNext: false));
        }

        if (next - 1 < snapshot)
        {
            sent.AddRange(AppendEntries(s, i, j, snapshot, 0, movesNext: false));
            sent.AddRange(SendSnapshot(s, i, j));
        }

        for (var last = match + 1; last <= snapshot && last < next; last++)
        {
            sent.AddRange(InstallSnapshot(s, i, j, last, length: 0, movesNext: false));
        }

        return sent;
    }

    // Entries from nextIndex on, as many as a message may carry. nextIndex moves on only if the follower has answered before.
    private List<ulong[]> Replicate(ulong[] s, int i, int j, bool isIdle)
    {
        var (next, match, snapshot) = ProgressOf(s, i, j);
        var count = Math.Min(Rules.LogLength[new State(s), i] - next + 1, Rules.Options.MaxEntries);
        List<ulong[]> sent = isIdle && count > 0 ? [] : [s];
        if (count <= 0)
        {
            return sent;
        }

        if (next - 1 < snapshot)
        {
            sent.AddRange(SendSnapshot(s, i, j));
            return sent;
        }

        sent.AddRange(AppendEntries(s, i, j, next - 1, count, movesNext: false));
        if (match > 0)
        {
            sent.AddRange(AppendEntries(s, i, j, next - 1, count, movesNext: true).SelectMany(t => Replicate(t, i, j, isIdle: false)));
        }

        return sent;
    }

    // Whether the follower is known to hold everything that was sent: then nothing is in flight.
    private bool IsIdle(ulong[] s, int i, int j)
    {
        var (next, match, _) = ProgressOf(s, i, j);
        return match == next - 1 && match == Rules.LogLength[new State(s), i];
    }

    // After an answer, the leader commits what a quorum holds, and sends what the follower lacks. If it lacks nothing, and nothing was
    // committed, it learns the commit index.
    private IEnumerable<ulong[]> FollowAnswer(ulong[] s, ulong[] t, ulong m, int i, int j)
    {
        if (Rules.MSuccess[m] == 0)
        {
            return Rules.MRefusedIndex[m] == 0 && Rules.MMissing[m] == 0 ? [t] : Replicate(t, i, j, isIdle: false);
        }

        var matchBefore = ProgressOf(s, i, j).Match;
        return AdvanceCommitIndex(t, i).SelectMany(u =>
        {
            var (next, match, _) = ProgressOf(u, i, j);
            return next <= Rules.LogLength[new State(u), i] ? Replicate(u, i, j, isIdle: false)
                : match > matchBefore && CommitOf(u, i) == CommitOf(t, i) ? TellCommit(u, i, j)
                : [u];
        });
    }

    // A follower that holds the whole log, all of which is committed, is told so.
    private List<ulong[]> TellCommit(ulong[] s, int i, int j)
    {
        var last = Rules.LogLength[new State(s), i];
        return CommitOf(s, i) == last && ProgressOf(s, i, j).Match == last ? AppendEntries(s, i, j, last, 0, movesNext: false) : [s];
    }

    private List<ulong[]> SendSnapshot(ulong[] s, int i, int j) =>
        InstallSnapshot(s, i, j, ProgressOf(s, i, j).Snapshot, length: 1, movesNext: true);

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
