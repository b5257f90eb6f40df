using ModelChecking;

namespace Raft.Model.Spec;

// Option MaxWrites: a change of a server's term, vote or log is durable only when its write completes. Until then, a restart loses it.
// Without the option every write is durable at once, and this code does nothing.
public sealed partial class RaftSpec
{
    // Ends the change of server i in a step: if persistent state changed, one more write is in flight. If no more writes are allowed, the
    // step is not enabled, and later changes of t are discarded.
    private void Write(State s, State t, int i, Successors next)
    {
        if (Options.MaxWrites == 0 || DurableVariables.AreEqual(s, Durable, t, Durable, i))
        {
            return;
        }

        var writes = Writes[s, i];
        if (writes == Options.MaxWrites)
        {
            next.Withdraw();
            return;
        }

        DurableVariables.Copy(s, Durable, t, Older[writes], i);
        Writes[t, i] = writes + 1;
    }

    // The oldest write of server i completes.
    internal void CompleteWrite(State s, int i, Successors next)
    {
        if (Options.MaxWrites == 0 || !next.Requires(Writes[s, i] > 0, RaftGuard.WriteIsInFlight))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.CompleteWrite, i);
        var writes = Writes[s, i];
        DurableVariables.Shift(s, t, Older.AsSpan(0, writes), i);
        Writes[t, i] = writes - 1;

        // Messages that waited for it wait for one write less.
        for (var slot = 0; Messages[s, slot] is not 0 and var m; slot++)
        {
            if (MSource[m] == i && MHeld[m] > 0)
            {
                next.Note(RaftGuard.ReleasesMessages);
                for (var copy = 0; copy < Messages.Copies(s, slot); copy++)
                {
                    Messages.Replace(t, m, MHeld.With(m, MHeld[m] - 1));
                }
            }
        }
    }

    // Server i loses the writes in flight. Messages that waited for them are never sent.
    private void LoseWrites(State t, int i)
    {
        if (Options.MaxWrites == 0 || Writes[t, i] == 0)
        {
            return;
        }

        DurableVariables.Copy(t, Older[0], t, Durable, i);
        foreach (var older in Older)
        {
            older.Clear(t, i);
        }

        Writes[t, i] = 0;
        DropHeld(t, i);
    }

    // The messages of server i that wait for a write are lost.
    internal void DropHeld(State t, int i) => Messages.RemoveAll(t, m => MSource[m] == i && MHeld[m] > 0);

    // How many writes of server i must complete until its term and vote are durable.
    internal int WritesUntilVote(State s, int i)
    {
        var writes = Writes[s, i];
        while (writes > 0 && DurableVariables.SameVote(s, Older[writes - 1], s, Durable, i))
        {
            writes--;
        }

        return writes;
    }

    // How many writes of server i must complete until its log is durable up to an index and stays so.
    private int WritesUntilLog(State s, int i, int index)
    {
        var writes = Writes[s, i];
        while (writes > 0 && DurableVariables.SamePrefix(s, Older[writes - 1], s, Durable, i, index) && !Replaces(s, i, writes - 1, index))
        {
            writes--;
        }

        return writes;
    }

    // Option OpaqueSnapshots: whether a write in flight replaces the log up to an index by a snapshot that does not continue it.
    private bool Replaces(State s, int i, int write, int index)
    {
        if (!Options.OpaqueSnapshots || index == 0)
        {
            return false;
        }

        var before = Older[write];
        var after = write + 1 < Writes[s, i] ? Older[write + 1] : Durable;
        var snapshot = after.SnapshotIndex[s, i];
        return snapshot != before.SnapshotIndex[s, i] && !DurableVariables.SamePrefix(s, before, s, after, i, snapshot);
    }
}
