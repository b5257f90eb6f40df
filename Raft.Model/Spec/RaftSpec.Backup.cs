using ModelChecking;
using static Raft.Model.Spec.RaftGuard;

namespace Raft.Model.Spec;

// Option FastBackup: §5.3, "the follower can include the term of the conflicting entry and the first index it stores for that term".
public sealed partial class RaftSpec
{
    // The conflict that a refusal by i reports.
    private ulong Conflict(State t, ulong m, int i)
    {
        if (!Options.FastBackup || MType[m] != AppendEntriesRequest || MTerm[m] < CurrentTerm[t, i])
        {
            return 0;
        }

        var refused = MPrevLogIndex[m];
        if (refused > LogLength[t, i])
        {
            return MRefusedIndex.Pack(refused) | MConflictIndex.Pack(LogLength[t, i] + 1);
        }

        var term = TermAt(t, i, refused);
        var first = refused;
        while (first > Durable.SnapshotIndex[t, i] + 1 && TermAt(t, i, first - 1) == term)
        {
            first--;
        }

        return MRefusedIndex.Pack(refused) | MConflictIndex.Pack(first) | MConflictTerm.Pack(term);
    }

    // Leader i goes back over all entries of the conflicting term. A late refusal, of an index that is now known to match or is above
    // nextIndex, changes nothing.
    private RaftGuard BackUp(State t, ulong m, int i, int j)
    {
        var refused = MRefusedIndex[m];
        if (!CanBeRefused(t, i, j, refused))
        {
            return RefusalIsOld;
        }

        var backsUp = BacksUp;
        var next = Math.Min(MConflictIndex[m], refused);
        var index = Math.Min(refused, LogLength[t, i]);
        while (MConflictTerm[m] > 0 && index > 0 && index >= Durable.SnapshotIndex[t, i] && TermAt(t, i, index) >= MConflictTerm[m])
        {
            if (TermAt(t, i, index) == MConflictTerm[m])
            {
                next = index + 1;
                backsUp = BacksUpOverTerm;
                break;
            }

            index--;
        }

        NextIndex[t, i, j] = Math.Max(next, MatchIndex[t, i, j] + 1);
        return backsUp;
    }

    // Option Pipelining: a message that overtook another is refused, though nothing conflicts. Leader i ignores the refusal, or resumes
    // after the entry that was refused; if j is known to hold more by now, after that.
    private void PassOverRefusal(State s, ulong m, int i, int j, int slot, Successors next)
    {
        var refused = MRefusedIndex[m];
        if (!Options.Pipelining || refused == 0 || MTerm[m] != CurrentTerm[s, i] || Role[s, i] != Leader)
        {
            return;
        }

        var isNews = CanBeRefused(s, i, j, refused);
        if (isNews)
        {
            var t = next.Step(s, (int)RaftAction.HandleAppendEntriesResponse, slot);
            next.Note(IgnoresRefusal);
            NoteAnswer(t, m, i, j);
            Discard(t, m);
        }

        var resumed = Math.Max(refused, MatchIndex[s, i, j]) + 1;
        if (isNews || resumed < NextIndex[s, i, j])
        {
            var t = next.Step(s, (int)RaftAction.HandleAppendEntriesResponse, slot);
            next.Note(ResumesAfterRefusal);
            NoteAnswer(t, m, i, j);
            NextIndex[t, i, j] = resumed;
            Discard(t, m);
        }
    }

    // Whether a refusal of an index is news. A heartbeat may build on the snapshot, which can be beyond nextIndex.
    private bool CanBeRefused(State s, int i, int j, int refused) =>
        refused > MatchIndex[s, i, j]
        && (refused < NextIndex[s, i, j] || (Options.Pipelining && refused == Durable.SnapshotIndex[s, i]));
}
