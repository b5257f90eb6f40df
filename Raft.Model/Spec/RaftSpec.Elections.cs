using System.Numerics;
using ModelChecking;
using static Raft.Model.Spec.RaftGuard;

namespace Raft.Model.Spec;

// Options about elections that raft.tla does not have: PreVote (dissertation §9.6), LeaderStickiness (§4.2.3), CheckQuorum (§6.2) and
// LeadershipTransfer (§3.10).
public sealed partial class RaftSpec
{
    // §9.6: server i asks the others whether they would vote for it. Its term and its vote stay.
    internal void BeginPreVote(State s, int i, Successors next)
    {
        if (!Options.PreVote
            || !next.Requires(Role[s, i] != Leader, AsksBeforeElection)
            || !next.Requires(!Options.LeaseReads || Contact[s, i] == 0, AsksWithoutContact))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.BeginPreVote, i);
        Role[t, i] = PreCandidate;
        VotesResponded[t, i] = 1 << i;
        VotesGranted[t, i] = 1 << i;
        Contact[t, i] = 0;
        ForgetPendingRead(t, i);
    }

    // Pre-candidate i asks j. The request has its current term, not the next one.
    internal void RequestPreVote(State s, int i, int j, Successors next)
    {
        if (!Options.PreVote
            || !next.Requires(Role[s, i] == PreCandidate, AsksAsPreCandidate)
            || !next.Requires((VotesResponded[s, i] >> j & 1) == 0))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.RequestPreVote, i, j);
        Messages.Add(
            t,
            MType.Pack(PreVoteRequest) | MTerm.Pack(CurrentTerm[s, i])
            | MPreVoteLogTerm.Pack(LastTerm(s, i)) | MPreVoteLogIndex.Pack(LogLength[s, i])
            | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(s, i)));
    }

    // The answer changes nothing but the term. votedFor does not matter.
    private void HandlePreVoteRequest(State s, State t, ulong m, int i, int j, Successors next)
    {
        var grant = MTerm[m] == CurrentTerm[t, i] && Role[t, i] != Leader && IsUpToDate(t, i, MPreVoteLogTerm[m], MPreVoteLogIndex[m]);
        next.Note(
            grant ? WouldVote
            : MTerm[m] < CurrentTerm[t, i] ? PreVoteOfEarlierTerm
            : Role[t, i] == Leader ? LeadsAlready
            : PreVoteLogBehind);
        Write(s, t, i, next);
        Reply(
            t,
            MType.Pack(PreVoteResponse) | MTerm.Pack(CurrentTerm[t, i]) | MPreVoteGranted.Pack(grant ? 1 : 0)
            | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(t, i)),
            m);
    }

    private void HandlePreVoteResponse(State s, State t, ulong m, int i, int j, Successors next)
    {
        var counts = Role[t, i] == PreCandidate && MPreVoteGranted[m] != 0;
        next.Note(counts ? CountsPreVote : CountsNoPreVote);
        if (Role[t, i] == PreCandidate)
        {
            VotesResponded[t, i] |= 1 << j;
            VotesGranted[t, i] |= counts ? 1 << j : 0;
        }

        Write(s, t, i, next);
        Discard(t, m);
    }

    // §4.2.3: a server that has a leader does not take part in an election, and does not adopt its term. Leaders ask for the election of a
    // transfer themselves.
    private bool Ignores(State s, ulong m, int i) => MType[m] switch
    {
        RequestVoteRequest => Options.LeaderStickiness && MTransfer[m] == 0 && (Contact[s, i] != 0 || Role[s, i] == Leader),
        PreVoteRequest => Contact[s, i] != 0,
        _ => false,
    };

    private void IgnoreVoteRequest(State s, ulong m, int i, int slot, Successors next)
    {
        var t = next.Step(s, (int)RaftAction.IgnoreVoteRequest, slot);
        next.Note(MType[m] == PreVoteRequest ? IgnoresPreVote : Contact[s, i] != 0 ? IgnoresWithContact : IgnoresAsLeader);
        Discard(t, m);
    }

    // Server i hears from the leader of its term.
    private void Hear(State t, int i) => Contact[t, i] = Options.TracksContact ? 1 : 0;

    // The minimum election timeout passes without a message from the leader. §6.4.1: the leases that rely on the last one have expired
    // before. Only the checker sees all servers.
    internal void ForgetLeader(State s, int i, Successors next)
    {
        if (!Options.TracksContact
            || !next.Requires(Contact[s, i] != 0, HasContact)
            || !next.Requires(!Options.LeaseReads || Bounds.IsUnbounded || !IsPartOfLease(s, i)))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.ForgetLeader, i);
        Contact[t, i] = 0;
    }

    private bool IsPartOfLease(State s, int j)
    {
        for (var i = 0; i < Servers; i++)
        {
            if (i != j && Role[s, i] == Leader && Lease[s, i] != 0 && LeaseRound[s, i] <= Acked[s, i, j])
            {
                return true;
            }
        }

        return false;
    }

    // §6.2: an election timeout of leader i passes.
    internal void CheckQuorum(State s, int i, Successors next)
    {
        if (!Options.CheckQuorum || !next.Requires(Role[s, i] == Leader, ChecksAsLeader))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.CheckQuorum, i);
        var hasAnswered = IsQuorum(Heard[s, i] | 1 << i);
        next.Note(hasAnswered ? QuorumHasAnswered : QuorumIsSilent);
        Heard[t, i] = 0;
        if (!hasAnswered)
        {
            Role[t, i] = Follower;
            EndLeadership(t, i);
        }
    }

    // §3.10, step 1: leader i takes no more client requests.
    internal void BeginTransfer(State s, int i, int j, Successors next)
    {
        if (!Options.LeadershipTransfer
            || !next.Requires(Role[s, i] == Leader, TransfersAsLeader)
            || !next.Requires(i != j)
            || !next.Requires(Transferee[s, i] == 0, OneTransfer)
            || !next.Requires(Transfers.IsLeft(s)))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.BeginTransfer, i, j);
        Transferee[t, i] = 1 << j;
        Transfers.Spend(t);
    }

    // §3.10, step 3: the server that is to lead next holds the leader's log. It may win an election at any time from now on, so the lease
    // ends, and the leader gets none in this term.
    internal void SendTimeoutNow(State s, int i, Successors next)
    {
        if (!Options.LeadershipTransfer || !next.Requires(Transferee[s, i] != 0, TransferIsUnderWay))
        {
            return;
        }

        var j = BitOperations.TrailingZeroCount(Transferee[s, i]);
        if (!next.Requires(AskedToStand[s, i] == 0, AsksToStandOnce)
            || !next.Requires(MatchIndex[s, i, j] == LogLength[s, i], TransfereeHoldsLog))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.SendTimeoutNow, i);
        AskedToStand[t, i] = 1;
        TimeoutNowSent[t, i] = Options.LeaseReads ? 1 : 0;
        EndLease(t, i);
        Messages.Add(t, MType.Pack(TimeoutNowRequest) | MTerm.Pack(CurrentTerm[s, i]) | MSource.Pack(i) | MDest.Pack(j));
    }

    // §3.10: leader i gives up, and takes client requests again.
    internal void EndTransfer(State s, int i, Successors next)
    {
        if (!Options.LeadershipTransfer || !next.Requires(Transferee[s, i] != 0, EndsTransfer))
        {
            return;
        }

        ForgetTransfer(next.Step(s, (int)RaftAction.EndTransfer, i), i);
    }

    // §3.10, step 4: server i stands for election as if its election timer had run out. With atomic receive, the message is of any term.
    private void HandleTimeoutNow(State s, ulong m, int i, int slot, Successors next)
    {
        if (MTerm[m] == CurrentTerm[s, i] && Role[s, i] == Leader)
        {
            return;
        }

        var t = Begin(s, RaftAction.HandleTimeoutNow, m, slot, next);
        var stands = MTerm[m] == CurrentTerm[t, i] && WritesUntilVote(s, i) == 0;
        next.Note(stands ? StandsAtOnce : DoesNotStand);
        if (stands)
        {
            StandForElection(t, i);
            TransferElection[t, i] = 1;
        }

        Write(s, t, i, next);
        Discard(t, m);
    }

    private void ForgetTransfer(State t, int i)
    {
        Transferee[t, i] = 0;
        AskedToStand[t, i] = 0;
    }

    // Server i does not lead any more: what only leaders have is as before its next election.
    private void EndLeadership(State t, int i)
    {
        Heard[t, i] = 0;
        ForgetTransfer(t, i);
        TimeoutNowSent[t, i] = 0;
        ForgetRounds(t, i);
        EndLease(t, i);
    }
}
