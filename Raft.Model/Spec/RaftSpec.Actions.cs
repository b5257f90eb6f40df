using ModelChecking;

namespace Raft.Model.Spec;

// The actions of servers, clients and the network. s is the state before a step, t the state after it. Variables that are not assigned do
// not change.
public sealed partial class RaftSpec
{
    // Server i restarts. It loses everything but its durable currentTerm, votedFor and log.
    private void Restart(State s, int i, Successors next)
    {
        if (!Restarts.IsLeft(s))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.Restart, i);
        LoseWrites(t, i);
        Role[t, i] = Follower;
        VotesResponded[t, i] = 0;
        VotesGranted[t, i] = 0;
        ResetProgress(t, i);

        // A snapshot covers only committed entries.
        CommitIndex[t, i] = Durable.SnapshotIndex[t, i];
        Restarts.Spend(t);
    }

    // Server i times out and starts a new election.
    private void Timeout(State s, int i, Successors next)
    {
        if (Role[s, i] == Leader || !Timeouts.IsLeft(s))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.Timeout, i);
        Role[t, i] = Candidate;
        CurrentTerm[t, i] = CurrentTerm[s, i] + 1;

        // In raft.tla candidates do not vote for themselves here, but ask themselves by message.
        var own = Options.SelfVote ? 1 << i : 0;
        VotedFor[t, i] = Options.SelfVote ? i : Nil;
        VotesResponded[t, i] = own;
        VotesGranted[t, i] = own;
        Timeouts.Spend(t);
        Write(s, t, i, next);
    }

    // Candidate i sends j a RequestVote request. j may be i.
    private void RequestVote(State s, int i, int j, Successors next)
    {
        if (Role[s, i] != Candidate || (VotesResponded[s, i] >> j & 1) != 0)
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.RequestVote, i, j);
        Messages.Add(
            t,
            MType.Pack(RequestVoteRequest) | MTerm.Pack(CurrentTerm[s, i])
            | MLastLogTerm.Pack(LastTerm(s, i)) | MLastLogIndex.Pack(LogLength[s, i])
            | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(s, i)));
    }

    // Candidate i transitions to leader.
    private void BecomeLeader(State s, int i, Successors next)
    {
        if (Role[s, i] != Candidate || !IsQuorum(VotesGranted[s, i]) || WritesUntilVote(s, i) > 0)
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.BecomeLeader, i);
        Role[t, i] = Leader;
        ResetProgress(t, i, nextIndex: LogLength[s, i] + 1);
    }

    // Leader i receives a client request to add v to the log.
    private void ClientRequest(State s, int i, int v, Successors next)
    {
        if (Role[s, i] != Leader || !ClientRequests.IsLeft(s))
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.ClientRequest, i, v);
        Append(t, i, CurrentTerm[s, i], v);
        ClientRequests.Spend(t);
        Write(s, t, i, next);
    }

    // Leader i advances its commitIndex: to the largest index that a quorum holds, if the entry there is of its term (§5.4.2).
    private void AdvanceCommitIndex(State s, int i, Successors next)
    {
        if (Role[s, i] != Leader)
        {
            return;
        }

        var t = next.Step(s, (int)RaftAction.AdvanceCommitIndex, i);
        var index = LogLength[s, i];
        while (index > 0 && !IsQuorum(Agree(s, i, index)))
        {
            index--;
        }

        if (index > 0 && TermAt(s, i, index) == CurrentTerm[s, i])
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

    // Leader i sends j an AppendEntries request: the entries from nextIndex on, as many as a message carries.
    private void AppendEntries(State s, int i, int j, Successors next)
    {
        if (Role[s, i] != Leader || i == j)
        {
            return;
        }

        var prevLogIndex = NextIndex[s, i, j] - 1;
        if (prevLogIndex < Durable.SnapshotIndex[s, i])
        {
            InstallSnapshot(s, i, j, next);
            return;
        }

        var count = Math.Clamp(LogLength[s, i] - prevLogIndex, 0, MEntries.Max);
        var t = next.Step(s, (int)RaftAction.AppendEntries, i, j);
        Messages.Add(
            t,
            MType.Pack(AppendEntriesRequest) | MTerm.Pack(CurrentTerm[s, i])
            | MPrevLogIndex.Pack(prevLogIndex)
                | MPrevLogTerm.Pack(TermAt(s, i, prevLogIndex))
                | MEntries.Pack(s, Durable, i, prevLogIndex, count)
            | MCommitIndex.Pack(Math.Min(CommitIndex[s, i], prevLogIndex + count))
            | MSource.Pack(i) | MDest.Pack(j));
    }

    // The network duplicates a message.
    private void DuplicateMessage(State s, ulong m, int slot, Successors next)
    {
        if (Duplicates.IsLeft(s))
        {
            var t = next.Step(s, (int)RaftAction.DuplicateMessage, slot);
            Messages.Add(t, m);
            Duplicates.Spend(t);
        }
    }

    // The network drops a message.
    private void DropMessage(State s, ulong m, int slot, Successors next)
    {
        if (Drops.IsLeft(s))
        {
            var t = next.Step(s, (int)RaftAction.DropMessage, slot);
            Messages.Remove(t, m);
            Drops.Spend(t);
        }
    }

    // Option Snapshots, §7: server i replaces its log up to an index that it has committed by a snapshot.
    private void Compact(State s, int i, Successors next)
    {
        if (!Options.Snapshots)
        {
            return;
        }

        for (var index = Durable.SnapshotIndex[s, i] + 1; index <= CommitIndex[s, i]; index++)
        {
            var t = next.Step(s, (int)RaftAction.TakeSnapshot, i, index);
            Durable.SnapshotIndex[t, i] = index;
            Write(s, t, i, next);
        }
    }

    // Option Snapshots, §7: leader i has discarded the entries that j needs next, and sends it its snapshot.
    private void InstallSnapshot(State s, int i, int j, Successors next)
    {
        var t = next.Step(s, (int)RaftAction.InstallSnapshot, i, j);
        Messages.Add(
            t,
            MType.Pack(InstallSnapshotRequest) | MTerm.Pack(CurrentTerm[s, i])
            | MSnapshot.Pack(s, Durable, i, 0, Durable.SnapshotIndex[s, i])
            | MSource.Pack(i) | MDest.Pack(j));
    }
}
