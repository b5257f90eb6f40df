using ModelChecking;
using static Raft.Model.Spec.RaftGuard;

namespace Raft.Model.Spec;

// Options ReadIndex (dissertation §6.4) and LeaseReads (§6.4.1): reads without an entry in the log.
public sealed partial class RaftSpec
{
    // §6.4, steps 1 and 2: leader i notes its commitIndex, once an entry of its term is committed. The reads that wait share the round.
    // The heartbeats are AppendEntries, which carry the number of the round.
    internal void BeginRound(State s, int i, Successors next)
    {
        if (!Options.ReadIndex
            || !next.Requires(Role[s, i] == Leader, BeginsAsLeader)
            || !next.Requires(RoundInFlight[s, i] == 0, OneRound)
            || !next.Requires(TermAt(s, i, CommitIndex[s, i]) == CurrentTerm[s, i], KnowsCommitted)
            || !next.Requires(Reads.IsLeft(s)))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.BeginRound, i);
        Round[t, i]++;
        RoundInFlight[t, i] = 1;
        ReadIndex[t, i] = CommitIndex[s, i];
        for (var j = 0; j < Servers; j++)
        {
            RoundRead[t, i, j] = WaitingRead[s, i, j];
            WaitingRead[t, i, j] = 0;
        }

        if (!Bounds.IsUnbounded)
        {
            ReadFloor[t, i] = GreatestCommitIndex(s);
        }

        Reads.Spend(t);
    }

    // §6.4, step 3: a quorum has answered, so no other server led when the round began. Reads of the leader itself are done now.
    internal void ConfirmRound(State s, int i, Successors next)
    {
        if (!Options.ReadIndex
            || !next.Requires(RoundInFlight[s, i] != 0, RaftGuard.RoundIsInFlight)
            || !next.Requires(IsQuorum(Answered(s, i)), QuorumAnswersRound))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.ConfirmRound, i);
        for (var j = 0; j < Servers; j++)
        {
            if (RoundRead[s, i, j] != 0)
            {
                OwedRead[t, i, j] = RoundRead[s, i, j];
                OwedIndex[t, i, j] = ReadIndex[s, i];
                RoundRead[t, i, j] = 0;
            }
        }

        RoundInFlight[t, i] = 0;
        ReadIndex[t, i] = 0;
        ReadFloor[t, i] = 0;
        if (Options.LeaseReads && TimeoutNowSent[s, i] == 0)
        {
            // §6.4.1: a round extends the lease.
            Lease[t, i] = 1;
            LeaseRound[t, i] = Bounds.IsUnbounded ? 0 : Round[s, i];
        }
    }

    // The servers that have answered the round in flight. Leader i counts itself.
    private int Answered(State s, int i)
    {
        var servers = 1 << i;
        for (var j = 0; j < Servers; j++)
        {
            servers |= Acked[s, i, j] >= Round[s, i] ? 1 << j : 0;
        }

        return servers;
    }

    // Leader i notes what a response from j in its term says besides the log: that j followed it when it answered the round.
    private void NoteAnswer(State t, ulong m, int i, int j)
    {
        if (Role[t, i] == Leader)
        {
            Heard[t, i] |= Options.CheckQuorum ? 1 << j : 0;
            Acked[t, i, j] = Math.Max(Acked[t, i, j], MRound[m]);
        }
    }

    // Server j asks server i for a read index: for the first time, or again.
    internal void AskRead(State s, int j, int i, int id, Successors next)
    {
        if (!Options.ReadIndex
            || !next.Requires(Role[s, j] != Leader, AsksAsFollower)
            || !next.Requires(i != j)
            || !next.Requires(PendingRead[s, j] == 0 || PendingRead[s, j] == id, OnePendingRead)
            || !next.Requires(PendingRead[s, j] == id || Reads.IsLeft(s)))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.AskRead, j, i);
        if (PendingRead[s, j] == 0)
        {
            PendingRead[t, j] = id;
            Reads.Spend(t);
            if (!Bounds.IsUnbounded)
            {
                LastRead[t, j] = id;
                FollowerReadFloor[t, j] = GreatestCommitIndex(s);
            }
        }

        Messages.Add(
            t,
            MType.Pack(ReadIndexRequest) | MTerm.Pack(CurrentTerm[s, j]) | MAskedRead.Pack(id)
            | MSource.Pack(j) | MDest.Pack(i) | MHeld.Pack(WritesUntilVote(s, j)));
    }

    // The id of the next request of server j: that of the pending read, or one that was never used.
    private int ReadToAsk(State s, int j) => PendingRead[s, j] != 0 ? PendingRead[s, j] : LastRead[s, j] + 1;

    // Server i gets a request from j. If it does not lead in that term, or has no entry of it, the read fails.
    private void HandleReadIndexRequest(State s, State t, ulong m, int i, int j, Successors next)
    {
        var id = MAskedRead[m];
        if (Role[t, i] != Leader || MTerm[m] != CurrentTerm[t, i] || LastTerm(t, i) != CurrentTerm[t, i])
        {
            next.Note(RefusesRead);
            Write(s, t, i, next);
            Reply(t, ReadAnswer(t, i, j, id, readIndex: 0), m);
            return;
        }

        var isInRound = RoundRead[t, i, j] == id;
        next.Note(isInRound ? ReadIsInRound : ReadWaits);
        if (!isInRound)
        {
            WaitingRead[t, i, j] = id;
        }

        Discard(t, m);
    }

    // Leader i answers the read of j that it has confirmed.
    internal void AnswerRead(State s, int i, int j, Successors next)
    {
        if (!Options.ReadIndex || !next.Requires(OwedRead[s, i, j] != 0, OwesAnswer))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.AnswerRead, i, j);
        OwedRead[t, i, j] = 0;
        OwedIndex[t, i, j] = 0;
        Messages.Add(t, ReadAnswer(s, i, j, OwedRead[s, i, j], OwedIndex[s, i, j]));
    }

    private ulong ReadAnswer(State t, int i, int j, int id, int readIndex) =>
        MType.Pack(ReadIndexResponse) | MTerm.Pack(CurrentTerm[t, i]) | MAnsweredRead.Pack(id) | MReadIndex.Pack(readIndex)
        | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(t, i));

    // Server i gets a read index. The read is done with it; with 0, it has failed.
    private void HandleReadIndexResponse(State s, State t, ulong m, int i, Successors next)
    {
        var isPending = PendingRead[t, i] == MAnsweredRead[m];
        next.Note(isPending ? EndsRead : ReadIsNotPending);
        if (isPending)
        {
            ForgetPendingRead(t, i);
        }

        Write(s, t, i, next);
        Discard(t, m);
    }

    // §6.4.1: leader i answers a read of its own with its commitIndex.
    internal void LeaseRead(State s, int i, Successors next)
    {
        if (Options.LeaseReads
            && next.Requires(Lease[s, i] != 0, RaftGuard.HasLease)
            && next.Requires(TermAt(s, i, CommitIndex[s, i]) == CurrentTerm[s, i], LeaseKnowsCommitted))
        {
            next.Step(s, (int)RaftAction.LeaseRead, i);
        }
    }

    // §6.4.1: no quorum has answered leader i for so long that another server may become leader.
    internal void ExpireLease(State s, int i, Successors next)
    {
        if (Options.LeaseReads && next.Requires(Lease[s, i] != 0, LosesLease))
        {
            EndLease(next.Step(s, (int)RaftAction.ExpireLease, i), i);
        }
    }

    private void EndLease(State t, int i)
    {
        Lease[t, i] = 0;
        LeaseRound[t, i] = 0;
    }

    private void ForgetPendingRead(State t, int i)
    {
        PendingRead[t, i] = 0;
        FollowerReadFloor[t, i] = 0;
    }

    private void ForgetRounds(State t, int i)
    {
        Round[t, i] = 0;
        RoundInFlight[t, i] = 0;
        ReadIndex[t, i] = 0;
        ReadFloor[t, i] = 0;
        for (var j = 0; j < Servers; j++)
        {
            Acked[t, i, j] = 0;
            WaitingRead[t, i, j] = 0;
            RoundRead[t, i, j] = 0;
            OwedRead[t, i, j] = 0;
            OwedIndex[t, i, j] = 0;
        }
    }

    private int GreatestCommitIndex(State s)
    {
        var greatest = 0;
        for (var i = 0; i < Servers; i++)
        {
            greatest = Math.Max(greatest, CommitIndex[s, i]);
        }

        return greatest;
    }
}
