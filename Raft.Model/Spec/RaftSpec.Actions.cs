using ModelChecking;
using static Raft.Model.Spec.RaftGuard;

namespace Raft.Model.Spec;

// The actions of servers, clients and the network. s is the state before a step, t the state after it. Variables that are not assigned do
// not change.
public sealed partial class RaftSpec
{
    // Server i restarts. It loses everything but its durable currentTerm, votedFor and log.
    internal void Restart(State s, int i, Successors next)
    {
        if (!next.Requires(Restarts.IsLeft(s)))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.Restart, i);
        next.Note(Options.MaxWrites > 0 && Writes[s, i] > 0 ? LosesWrites : LosesNothing);
        LoseWrites(t, i);
        Role[t, i] = Follower;
        VotesResponded[t, i] = 0;
        VotesGranted[t, i] = 0;
        ResetProgress(t, i);
        ForgetReceived(t, i);
        EndLeadership(t, i);
        ForgetPendingRead(t, i);
        TransferElection[t, i] = 0;

        // §6.4.1: a lease may rely on the server's contact before it restarted.
        Contact[t, i] = Options.LeaseReads ? 1 : 0;

        // A snapshot covers only committed entries.
        CommitIndex[t, i] = Durable.SnapshotIndex[t, i];
        Restarts.Spend(t);
    }

    // Server i times out and starts a new election.
    internal void Timeout(State s, int i, Successors next)
    {
        if (!next.Requires(Role[s, i] != Leader, IsNotLeader)
            || (Options.PreVote
                && !next.Requires(Role[s, i] == PreCandidate && IsQuorum(VotesGranted[s, i]), QuorumWouldVote))
            || (Options.LeaseReads && !next.Requires(Contact[s, i] == 0, StandsWithoutContact))
            || !next.Requires(Timeouts.IsLeft(s)))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.Timeout, i);
        next.Note(Role[s, i] == Candidate ? CandidateStandsAgain : FollowerStands);
        StandForElection(t, i);
        TransferElection[t, i] = 0;
        Timeouts.Spend(t);
        Write(s, t, i, next);
    }

    private void StandForElection(State t, int i)
    {
        Role[t, i] = Candidate;
        CurrentTerm[t, i]++;

        // In raft.tla candidates do not vote for themselves here, but ask themselves by message.
        var own = Options.SelfVote ? 1 << i : 0;
        VotedFor[t, i] = Options.SelfVote ? i : Nil;
        VotesResponded[t, i] = own;
        VotesGranted[t, i] = own;
        ForgetReceived(t, i);
        ForgetPendingRead(t, i);
        Contact[t, i] = 0;
    }

    // Candidate i sends j a RequestVote request. j may be i.
    internal void RequestVote(State s, int i, int j, Successors next)
    {
        if (!next.Requires(Role[s, i] == Candidate, AsksAsCandidate) || !next.Requires((VotesResponded[s, i] >> j & 1) == 0, AsksOnce))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.RequestVote, i, j);
        Messages.Add(
            t,
            MType.Pack(RequestVoteRequest) | MTerm.Pack(CurrentTerm[s, i]) | MTransfer.Pack(TransferElection[s, i])
            | MLastLogTerm.Pack(LastTerm(s, i)) | MLastLogIndex.Pack(LogLength[s, i])
            | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(s, i)));
    }

    // Candidate i transitions to leader.
    internal void BecomeLeader(State s, int i, Successors next)
    {
        if (!next.Requires(Role[s, i] == Candidate, WinsAsCandidate)
            || !next.Requires(IsQuorum(VotesGranted[s, i]), QuorumVotes)
            || !next.Requires(WritesUntilVote(s, i) == 0, OwnVoteIsDurable))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.BecomeLeader, i);
        Role[t, i] = Leader;
        ResetProgress(t, i, nextIndex: LogLength[s, i] + 1);
        Contact[t, i] = 0;
        if (Options.NoOp)
        {
            // §8: an entry without a command shows which entries of earlier terms are committed.
            next.Note(AppendsNoOp);
            Append(t, i, CurrentTerm[s, i], NoOp);
            Write(s, t, i, next);
        }
    }

    // Leader i receives a client request to add v to the log. Option MaxBatch: it takes several at once.
    internal void ClientRequest(State s, int i, ReadOnlySpan<int> values, Successors next)
    {
        if (!next.Requires(Role[s, i] == Leader, AppendsAsLeader)
            || (Options.LeadershipTransfer && !next.Requires(Transferee[s, i] == 0, AppendsWithoutTransfer)))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.ClientRequest, i, values[0]);
        next.Note(values.Length > 1 ? SeveralCommands : OneCommand);
        foreach (var v in values)
        {
            if (!next.Requires(ClientRequests.IsLeft(t)))
            {
                next.Withdraw();
                return;
            }

            Append(t, i, CurrentTerm[s, i], v);
            ClientRequests.Spend(t);
        }

        Write(s, t, i, next);
    }

    // Leader i advances its commitIndex: to the largest index that a quorum holds, if the entry there is of its term (§5.4.2).
    internal void AdvanceCommitIndex(State s, int i, Successors next)
    {
        if (!next.Requires(Role[s, i] == Leader, CommitsAsLeader))
        {
            return;
        }

        // With monotonic indexes, what a leader's followers hold of its term never shrinks.
        var t = next.Step(s, (int)RaftAction.AdvanceCommitIndex, i);
        var least = Options.MonotonicIndexes ? CommitIndex[s, i] : 0;
        var index = LogLength[s, i];
        while (index > least && !IsQuorum(Agree(s, i, index)))
        {
            index--;
        }

        next.Note(index == least ? NoQuorumHoldsMore : TermAt(s, i, index) == CurrentTerm[s, i] ? CommitsMore : HeldOfEarlierTerm);
        if (index > least && TermAt(s, i, index) == CurrentTerm[s, i])
        {
            CommitIndex[t, i] = Math.Max(index, Durable.SnapshotIndex[t, i]);
        }
    }

    // Agree(index): the servers that hold leader i's log up to an index. Leader i itself counts up to its durable index.
    private int Agree(State s, int i, int index)
    {
        var servers = WritesUntilLog(s, i, index) == 0 ? 1 << i : 0;
        for (var k = 0; k < Servers; k++)
        {
            if (MatchIndex[s, i, k] >= index)
            {
                servers |= 1 << k;
            }
        }

        return servers;
    }

    // Leader i sends j an AppendEntries request: the entries from nextIndex on, as many as a message carries. If it has discarded them, it
    // sends a snapshot. Option Pipelining: fewer entries, or a heartbeat that builds on another entry.
    internal void AppendEntries(State s, int i, int j, Successors next)
    {
        if (!next.Requires(Role[s, i] == Leader) || !next.Requires(i != j))
        {
            return;
        }

        var prev = NextIndex[s, i, j] - 1;
        var snapshot = Durable.SnapshotIndex[s, i];
        var most = Math.Clamp(LogLength[s, i] - prev, 0, MEntries.Max);
        if (!Options.Pipelining)
        {
            if (prev >= snapshot)
            {
                AppendEntries(s, i, j, prev, most, movesNext: false, next);
            }
        }
        else
        {
            for (var count = 0; count <= most && prev >= snapshot; count++)
            {
                AppendEntries(s, i, j, prev, count, movesNext: false, next);
                if (count > 0)
                {
                    AppendEntries(s, i, j, prev, count, movesNext: true, next);
                }
            }

            if (MatchIndex[s, i, j] is var match && match < prev && match >= snapshot)
            {
                AppendEntries(s, i, j, match, 0, movesNext: false, next);
            }

            if (prev < snapshot)
            {
                AppendEntries(s, i, j, snapshot, 0, movesNext: false, next);
            }
        }

        InstallSnapshot(s, i, j, next);
    }

    // Leader i sends j a number of entries after one of its log.
    internal void AppendEntries(State s, int i, int j, int prevLogIndex, int count, bool movesNext, Successors next)
    {
        if (!next.Requires(Role[s, i] == Leader, SendsAsLeader)
            || !next.Requires(i != j, SendsToOther)
            || !next.Requires(prevLogIndex >= Durable.SnapshotIndex[s, i], PrevIsHeld)
            || !next.Requires(prevLogIndex == NextIndex[s, i, j] - 1 || (count == 0 && IsHeartbeat(s, i, j, prevLogIndex)), BeginsAtNext)
            || !next.Requires(prevLogIndex + count <= LogLength[s, i], EndsInLog))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.AppendEntries, i, j);
        next.Note(
            count > 0 ? movesNext ? SendsAndMoves : SendsAndStays
            : prevLogIndex == NextIndex[s, i, j] - 1 ? HeartbeatAtNext
            : prevLogIndex == MatchIndex[s, i, j] ? HeartbeatAtMatch
            : HeartbeatAtSnapshot);
        if (movesNext)
        {
            NextIndex[t, i, j] = prevLogIndex + count + 1;
        }

        Messages.Add(
            t,
            MType.Pack(AppendEntriesRequest) | MTerm.Pack(CurrentTerm[s, i])
            | MPrevLogIndex.Pack(prevLogIndex)
                | MPrevLogTerm.Pack(TermAt(s, i, prevLogIndex))
                | MEntries.Pack(s, Durable, i, prevLogIndex, count)
            | MCommitIndex.Pack(Math.Min(CommitIndex[s, i], prevLogIndex + count)) | MRound.Pack(Round[s, i])
            | MSource.Pack(i) | MDest.Pack(j));
    }

    // Option Pipelining: whether a heartbeat may build on an index, other than nextIndex - 1.
    private bool IsHeartbeat(State s, int i, int j, int prevLogIndex) =>
        prevLogIndex == MatchIndex[s, i, j]
        || (prevLogIndex == Durable.SnapshotIndex[s, i] && prevLogIndex >= NextIndex[s, i, j]);

    // The network duplicates a message.
    internal void DuplicateMessage(State s, ulong m, int slot, Successors next)
    {
        if (Duplicates.IsLeft(s))
        {
            var t = next.Step(s, (int)RaftAction.DuplicateMessage, slot);
            Messages.Add(t, m);
            Duplicates.Spend(t);
        }
    }

    // The network drops a message.
    internal void DropMessage(State s, ulong m, int slot, Successors next)
    {
        if (Drops.IsLeft(s))
        {
            var t = next.Step(s, (int)RaftAction.DropMessage, slot);
            Messages.Remove(t, m);
            Drops.Spend(t);
        }
    }

    // Option Snapshots, §7: server i replaces its log up to an index that it has committed by a snapshot.
    internal void Compact(State s, int i, Successors next)
    {
        if (!Options.Snapshots)
        {
            return;
        }

        for (var index = Durable.SnapshotIndex[s, i] + 1; index <= CommitIndex[s, i]; index++)
        {
            Compact(s, i, index, next);
        }
    }

    internal void Compact(State s, int i, int index, Successors next)
    {
        if (!next.Requires(index > Durable.SnapshotIndex[s, i], SnapshotCoversMore)
            || !next.Requires(index <= CommitIndex[s, i], RaftGuard.SnapshotIsCommitted))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.TakeSnapshot, i, index);
        Durable.SnapshotIndex[t, i] = index;
        Write(s, t, i, next);
    }

    // Option Snapshots, §7: leader i has discarded the entries that j needs next, and sends it its snapshot. Option Chunks: it sends a
    // chunk of any snapshot that j is not known to hold, or asks how much of it has arrived.
    internal void InstallSnapshot(State s, int i, int j, Successors next)
    {
        var snapshot = Durable.SnapshotIndex[s, i];
        if (Options.Chunks == 0)
        {
            if (NextIndex[s, i, j] - 1 < snapshot)
            {
                InstallSnapshot(s, i, j, snapshot, offset: 0, length: 0, done: 0, movesNext: false, next);
            }

            return;
        }

        for (var last = MatchIndex[s, i, j] + 1; last <= snapshot; last++)
        {
            for (var offset = 0; offset < Options.Chunks; offset++)
            {
                foreach (var movesNext in (ReadOnlySpan<bool>)[false, true])
                {
                    InstallSnapshot(s, i, j, last, offset, length: 0, done: 0, movesNext, next);
                    InstallSnapshot(s, i, j, last, offset, length: 1, done: offset + 1 == Options.Chunks ? 1 : 0, movesNext, next);
                }
            }
        }
    }

    internal void InstallSnapshot(State s, int i, int j, int last, int offset, int length, int done, bool movesNext, Successors next)
    {
        if (!next.Requires(Role[s, i] == Leader, SendsSnapshotAsLeader)
            || !next.Requires(i != j, SendsSnapshotToOther)
            || !next.Requires(last <= Durable.SnapshotIndex[s, i], SnapshotIsTaken)
            || !next.Requires(last > MatchIndex[s, i, j], SnapshotIsNeeded)
            || !next.Requires(!movesNext || NextIndex[s, i, j] <= Durable.SnapshotIndex[s, i], NextIsInSnapshot))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.InstallSnapshot, i, j);
        next.Note(length == 0 && done == 0 ? AsksForProgress : offset == 0 ? FirstChunk : LaterChunk);
        if (last < Durable.SnapshotIndex[s, i])
        {
            next.Note(OlderSnapshot);
        }

        if (movesNext)
        {
            next.Note(MovesBehindSnapshot);
            NextIndex[t, i, j] = Durable.SnapshotIndex[s, i] + 1;
        }

        Messages.Add(
            t,
            MType.Pack(InstallSnapshotRequest) | MTerm.Pack(CurrentTerm[s, i])
            | MSnapshot.Pack(s, Durable, i, 0, last) | MOffset.Pack(offset) | MLength.Pack(length) | MDone.Pack(done)
            | MRound.Pack(Round[s, i])
            | MSource.Pack(i) | MDest.Pack(j));
    }

    private void ForgetReceived(State t, int i)
    {
        ReceivedIndex[t, i] = 0;
        ReceivedTerm[t, i] = 0;
        ReceivedLength[t, i] = 0;
    }
}
