using ModelChecking;
using static Raft.Model.Spec.RaftGuard;

namespace Raft.Model.Spec;

// How a server handles a message. i is the server that receives m, j the one that sent it.
public sealed partial class RaftSpec
{
    internal void Receive(State s, ulong m, int slot, Successors next)
    {
        var i = MDest[m];
        var j = MSource[m];
        if (Ignores(s, m, i))
        {
            IgnoreVoteRequest(s, m, i, slot, next);
            return;
        }

        if (MTerm[m] > CurrentTerm[s, i] && !Options.AtomicReceive)
        {
            var t = next.Step(s, (int)RaftAction.UpdateTerm, slot);
            UpdateTerm(t, m, i);
            Write(s, t, i, next);
            return;
        }

        switch (MType[m])
        {
            case RequestVoteRequest:
                HandleRequestVoteRequest(s, Begin(s, RaftAction.HandleRequestVoteRequest, m, slot, next), m, i, j, next);
                break;
            case RequestVoteResponse:
                if (!DropStaleResponse(s, m, i, slot, next))
                {
                    HandleRequestVoteResponse(s, Begin(s, RaftAction.HandleRequestVoteResponse, m, slot, next), m, i, j, next);
                }

                break;
            case AppendEntriesRequest:
                HandleAppendEntriesRequest(s, m, i, j, slot, next);
                break;
            case AppendEntriesResponse:
                if (!DropStaleResponse(s, m, i, slot, next))
                {
                    HandleAppendEntriesResponse(s, Begin(s, RaftAction.HandleAppendEntriesResponse, m, slot, next), m, i, j, next);
                    PassOverRefusal(s, m, i, j, slot, next);
                }

                break;
            case InstallSnapshotRequest:
                HandleInstallSnapshot(s, m, i, j, slot, next);
                break;
            case PreVoteRequest:
                HandlePreVoteRequest(s, Begin(s, RaftAction.HandlePreVoteRequest, m, slot, next), m, i, j, next);
                break;
            case PreVoteResponse:
                if (!DropStaleResponse(s, m, i, slot, next))
                {
                    HandlePreVoteResponse(s, Begin(s, RaftAction.HandlePreVoteResponse, m, slot, next), m, i, j, next);
                }

                break;
            case TimeoutNowRequest:
                HandleTimeoutNow(s, m, i, slot, next);
                break;
            case ReadIndexRequest:
                HandleReadIndexRequest(s, Begin(s, RaftAction.HandleReadIndexRequest, m, slot, next), m, i, j, next);
                break;
            default:
                if (!DropStaleResponse(s, m, i, slot, next))
                {
                    HandleReadIndexResponse(s, Begin(s, RaftAction.HandleReadIndexResponse, m, slot, next), m, i, next);
                }

                break;
        }
    }

    // Any message with a newer term causes the recipient to advance its term first. The message stays, to be handled by a later step.
    private void UpdateTerm(State t, ulong m, int i)
    {
        CurrentTerm[t, i] = MTerm[m];
        Role[t, i] = Follower;
        VotedFor[t, i] = Nil;
        ForgetReceived(t, i);
        EndLeadership(t, i);
        ForgetPendingRead(t, i);
    }

    // Begins the step that handles a message. With atomic receive, the recipient advances its term in it.
    private State Begin(State s, RaftAction action, ulong m, int slot, Successors next)
    {
        var t = next.Step(s, (int)action, slot);
        if (MTerm[m] > CurrentTerm[s, MDest[m]])
        {
            UpdateTerm(t, m, MDest[m]);
            if (OfLaterTerm(action) is { } guard)
            {
                next.Note(guard);
            }
        }

        return t;
    }

    private static RaftGuard? OfLaterTerm(RaftAction action) => action switch
    {
        RaftAction.HandleRequestVoteRequest => VoteRequestOfLaterTerm,
        RaftAction.HandleRequestVoteResponse => VoteOfLaterTerm,
        RaftAction.RejectAppendEntriesRequest => RejectedOfLaterTerm,
        RaftAction.AppendEntriesAlreadyDone => AcceptedOfLaterTerm,
        RaftAction.HandleAppendEntriesResponse => AnswerOfLaterTerm,
        RaftAction.HandleInstallSnapshot => SnapshotOfLaterTerm,
        _ => null,
    };

    // Server i receives a RequestVote request from server j with m.mterm <= currentTerm[i].
    private void HandleRequestVoteRequest(State s, State t, ulong m, int i, int j, Successors next)
    {
        var logOk = IsUpToDate(t, i, MLastLogTerm[m], MLastLogIndex[m]);
        var grant = MTerm[m] == CurrentTerm[t, i] && logOk && (VotedFor[t, i] == Nil || VotedFor[t, i] == j);
        next.Note(
            grant ? VotedFor[t, i] == Nil ? GrantsVote : GrantsVoteAgain
            : MTerm[m] < CurrentTerm[t, i] ? RefusesEarlierTerm
            : logOk ? RefusesSecondVote
            : RefusesLogBehind);
        if (grant)
        {
            VotedFor[t, i] = j;
            if (Role[t, i] == PreCandidate)
            {
                next.Note(PreCandidateVotes);
                Role[t, i] = Follower;
            }
        }

        Write(s, t, i, next);
        Reply(
            t,
            MType.Pack(RequestVoteResponse) | MTerm.Pack(CurrentTerm[t, i]) | MVoteGranted.Pack(grant ? 1 : 0)
            | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(t, i)),
            m);
    }

    // §5.4.1: whether a log that ends with an entry of this term and index is at least as up-to-date as that of server i.
    private bool IsUpToDate(State t, int i, int lastTerm, int lastIndex) =>
        lastTerm > LastTerm(t, i) || (lastTerm == LastTerm(t, i) && lastIndex >= LogLength[t, i]);

    // Server i receives a RequestVote response from server j with m.mterm = currentTerm[i]. This tallies votes even if the current state
    // is not Candidate, but they won't be looked at, so it doesn't matter. A pre-candidate does look at them.
    private void HandleRequestVoteResponse(State s, State t, ulong m, int i, int j, Successors next)
    {
        if (Role[t, i] != PreCandidate)
        {
            VotesResponded[t, i] |= 1 << j;
            VotesGranted[t, i] |= MVoteGranted[m] << j;
        }

        next.Note(Role[t, i] != Candidate ? CountsNothing : MVoteGranted[m] != 0 ? CountsVote : CountsRefusal);
        Write(s, t, i, next);
        Discard(t, m);
    }

    // Responses with stale terms are ignored.
    private bool DropStaleResponse(State s, ulong m, int i, int slot, Successors next)
    {
        if (MTerm[m] >= CurrentTerm[s, i])
        {
            return false;
        }

        Discard(next.Step(s, (int)RaftAction.DropStaleResponse, slot), m);
        return true;
    }

    // Server i receives an AppendEntries request from server j with m.mterm <= currentTerm[i]; with atomic receive, of any term.
    private void HandleAppendEntriesRequest(State s, ulong m, int i, int j, int slot, Successors next)
    {
        var role = MTerm[m] > CurrentTerm[s, i] ? Follower : Role[s, i];
        var logOk = MPrevLogIndex[m] == 0
            || (MPrevLogIndex[m] <= LogLength[s, i] && MPrevLogTerm[m] == TermAt(s, i, MPrevLogIndex[m]))
            || MPrevLogIndex[m] < Durable.SnapshotIndex[s, i];
        if (MTerm[m] < CurrentTerm[s, i])
        {
            RejectAppendEntriesRequest(s, Begin(s, RaftAction.RejectAppendEntriesRequest, m, slot, next), m, i, j, next);
        }
        else if (role is Candidate or PreCandidate && !Options.AtomicReceive)
        {
            // Return to follower state. The message stays.
            Role[next.Step(s, (int)RaftAction.ReturnToFollowerState, slot), i] = Follower;
        }
        else if (role != Leader && !logOk)
        {
            RejectAppendEntriesRequest(s, Begin(s, RaftAction.RejectAppendEntriesRequest, m, slot, next), m, i, j, next);
        }
        else if (role != Leader && Options.AtomicReceive)
        {
            AcceptAppendEntriesRequest(s, Begin(s, RaftAction.AppendEntriesAlreadyDone, m, slot, next), m, i, j, next);
        }
        else if (role == Follower)
        {
            AcceptAppendEntriesRequest(s, m, i, j, slot, next);
        }
    }

    private void RejectAppendEntriesRequest(State s, State t, ulong m, int i, int j, Successors next)
    {
        next.Note(
            MTerm[m] == CurrentTerm[t, i] ? MPrevLogIndex[m] > LogLength[t, i] ? RejectsGap : RejectsConflict
            : MType[m] == AppendEntriesRequest ? RejectsEarlierTerm
            : RejectsEarlierSnapshot);
        if (MTerm[m] == CurrentTerm[t, i])
        {
            Hear(t, i);
        }

        if (Options.AtomicReceive && MTerm[m] == CurrentTerm[t, i])
        {
            NoteReturn(t, i, CandidateRejects, next);
            Role[t, i] = Follower;
        }

        Write(s, t, i, next);
        Reply(
            t,
            MType.Pack(AppendEntriesResponse) | MTerm.Pack(CurrentTerm[t, i]) | MSuccess.Pack(0) | Conflict(t, m, i)
            | MRound.Pack(MTerm[m] == CurrentTerm[t, i] ? MRound[m] : 0)
            | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(t, i)),
            m);
    }

    private void NoteReturn(State t, int i, RaftGuard returns, Successors next)
    {
        if (Role[t, i] == Candidate)
        {
            next.Note(returns);
        }
    }

    // One step at a time: the message stays until its entry is in the log, and is answered then. Only its first entry that is missing or
    // conflicts matters.
    private void AcceptAppendEntriesRequest(State s, ulong m, int i, int j, int slot, Successors next)
    {
        var index = MPrevLogIndex[m] + 1 + Known(s, m, i);
        if (index > MPrevLogIndex[m] + MEntries.Count(m))
        {
            // Already done with request.
            var t = next.Step(s, (int)RaftAction.AppendEntriesAlreadyDone, slot);
            Hear(t, i);
            Commit(t, m, i);
            Write(s, t, i, next);
            AnswerSuccess(t, m, i, j, MPrevLogIndex[m] + MEntries.Count(m));
        }
        else if (LogLength[s, i] >= index)
        {
            // Conflict: remove 1 entry, the last.
            var t = next.Step(s, (int)RaftAction.ConflictAppendEntriesRequest, slot);
            Hear(t, i);
            CutLog(t, i, LogLength[s, i] - 1);
            Write(s, t, i, next);
        }
        else
        {
            // No conflict: append entry.
            var t = next.Step(s, (int)RaftAction.NoConflictAppendEntriesRequest, slot);
            Hear(t, i);
            AppendFrom(t, m, i, index);
            Write(s, t, i, next);
        }
    }

    // Option AtomicReceive: everything in one step (Fig. 2, AppendEntries receiver 3 to 5).
    private void AcceptAppendEntriesRequest(State s, State t, ulong m, int i, int j, Successors next)
    {
        NoteReturn(t, i, CandidateAccepts, next);
        Role[t, i] = Follower;
        Hear(t, i);
        var last = MPrevLogIndex[m] + MEntries.Count(m);
        var index = MPrevLogIndex[m] + 1 + Known(t, m, i);
        if (index <= last)
        {
            CutLog(t, i, index - 1);
            for (; index <= last; index++)
            {
                AppendFrom(t, m, i, index);
            }
        }

        Commit(t, m, i);
        NoteAccepted(s, t, m, i, next);
        if (ReceivedIndex[t, i] <= CommitIndex[t, i])
        {
            ForgetReceived(t, i);
        }

        Write(s, t, i, next);
        AnswerSuccess(t, m, i, j, last);
    }

    private void NoteAccepted(State s, State t, ulong m, int i, Successors next)
    {
        if (!next.RecordsGuards)
        {
            return;
        }

        var known = Known(s, m, i);
        next.Note(
            MEntries.Count(m) == 0 ? AcceptsHeartbeat
            : known == MEntries.Count(m) ? AllEntriesKnown
            : MPrevLogIndex[m] + known < LogLength[s, i] ? RemovesConflict
            : AppendsAtEnd);
        if (MEntries.Count(m) > 0 && MPrevLogIndex[m] < Durable.SnapshotIndex[s, i])
        {
            next.Note(BelowSnapshot);
        }

        if (CommitIndex[t, i] > CommitIndex[s, i])
        {
            next.Note(FollowerCommits);
        }
    }

    // How many of the entries of m, from the first on, server i holds. It holds those that its snapshot covers.
    private int Known(State s, ulong m, int i)
    {
        var known = 0;
        while (known < MEntries.Count(m))
        {
            var index = MPrevLogIndex[m] + known + 1;
            if (index > LogLength[s, i] || (index > Durable.SnapshotIndex[s, i] && TermAt(s, i, index) != MEntries.Term(m, known)))
            {
                break;
            }

            known++;
        }

        return known;
    }

    private void AppendFrom(State t, ulong m, int i, int index)
    {
        var k = index - MPrevLogIndex[m] - 1;
        Append(t, i, MEntries.Term(m, k), MEntries.Value(m, k));
    }

    // In raft.tla, this could make our commitIndex decrease (for example if we process an old, duplicated request); not below a snapshot.
    private void Commit(State t, ulong m, int i) =>
        CommitIndex[t, i] = Math.Max(MCommitIndex[m], Options.MonotonicIndexes ? CommitIndex[t, i] : Durable.SnapshotIndex[t, i]);

    private void AnswerSuccess(State t, ulong m, int i, int j, int matchIndex) =>
        Reply(
            t,
            MType.Pack(AppendEntriesResponse) | MTerm.Pack(CurrentTerm[t, i]) | MSuccess.Pack(1) | MMatchIndex.Pack(matchIndex)
            | MRound.Pack(MRound[m])
            | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(Math.Max(WritesUntilVote(t, i), WritesUntilLog(t, i, matchIndex))),
            m);

    // Server i receives an AppendEntries response from server j with m.mterm = currentTerm[i].
    private void HandleAppendEntriesResponse(State s, State t, ulong m, int i, int j, Successors next)
    {
        NoteAnswer(t, m, i, j);
        if (MSuccess[m] != 0)
        {
            next.Note(MMatchIndex[m] > MatchIndex[t, i, j] ? MatchAdvances : MatchStays);
            MatchIndex[t, i, j] = Options.MonotonicIndexes ? Math.Max(MatchIndex[t, i, j], MMatchIndex[m]) : MMatchIndex[m];
            NextIndex[t, i, j] = Options.MonotonicIndexes ? Math.Max(NextIndex[t, i, j], MMatchIndex[m] + 1) : MMatchIndex[m] + 1;
        }
        else if (Options.FastBackup)
        {
            next.Note(BackUp(t, m, i, j));
        }
        else
        {
            NextIndex[t, i, j] = Math.Max(NextIndex[t, i, j] - 1, Options.MonotonicIndexes ? MatchIndex[t, i, j] + 1 : 1);
        }

        Write(s, t, i, next);
        Discard(t, m);
    }

    // Option Snapshots: server i receives an InstallSnapshot request from server j (Fig. 13).
    private void HandleInstallSnapshot(State s, ulong m, int i, int j, int slot, Successors next)
    {
        if (MTerm[m] < CurrentTerm[s, i])
        {
            RejectAppendEntriesRequest(s, Begin(s, RaftAction.RejectAppendEntriesRequest, m, slot, next), m, i, j, next);
            return;
        }

        if (MTerm[m] == CurrentTerm[s, i] && Role[s, i] == Leader)
        {
            return;
        }

        var t = Begin(s, RaftAction.HandleInstallSnapshot, m, slot, next);
        NoteReturn(t, i, CandidateInstalls, next);
        Role[t, i] = Follower;
        Hear(t, i);
        var last = MSnapshot.Count(m);

        // A snapshot only ever moves the service forward (§7).
        if (last > CommitIndex[t, i])
        {
            if (Options.Chunks > 0 && !IsComplete(t, m, i))
            {
                next.Note(MLength[m] > 0 && ReceivedLength[t, i] == MOffset[m] + MLength[m] ? StoresChunk : MissesChunk);
                Write(s, t, i, next);
                Reply(
                    t,
                    MType.Pack(AppendEntriesResponse) | MTerm.Pack(CurrentTerm[t, i]) | MSuccess.Pack(0) | MMatchIndex.Pack(last)
                    | MMissing.Pack(ReceivedLength[t, i] + 1) | MRound.Pack(MRound[m])
                    | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(t, i)),
                    m);
                return;
            }

            ForgetReceived(t, i);
            // Receiver 6 and 7: entries after the snapshot are retained if the log has its last entry; else all are discarded.
            next.Note(last > LogLength[t, i] || TermAt(t, i, last) != MSnapshot.Term(m, last - 1) ? ReplacesLog : KeepsLog);
            if (last > LogLength[t, i] || TermAt(t, i, last) != MSnapshot.Term(m, last - 1))
            {
                CutLog(t, i, 0);
                for (var k = 0; k < last; k++)
                {
                    Append(t, i, MSnapshot.Term(m, k), MSnapshot.Value(m, k));
                }
            }

            Durable.SnapshotIndex[t, i] = last;
            CommitIndex[t, i] = last;
        }
        else
        {
            next.Note(SnapshotIsOld);
        }

        Write(s, t, i, next);
        AnswerSuccess(t, m, i, j, last);
    }

    // Option Chunks: adds the chunk to the snapshot that is arriving, if it is the next one. Says whether the snapshot is complete.
    private bool IsComplete(State t, ulong m, int i)
    {
        var last = MSnapshot.Count(m);
        var term = MSnapshot.Term(m, last - 1);
        if (ReceivedIndex[t, i] != last || ReceivedTerm[t, i] != term)
        {
            ReceivedIndex[t, i] = last;
            ReceivedTerm[t, i] = term;
            ReceivedLength[t, i] = 0;
        }

        if (MOffset[m] != ReceivedLength[t, i])
        {
            return false;
        }

        ReceivedLength[t, i] += MLength[m];
        return MDone[m] != 0;
    }

    // Removes m, and adds the response to it.
    private void Reply(State t, ulong response, ulong m)
    {
        Messages.Remove(t, m);
        Messages.Add(t, response);
    }

    private void Discard(State t, ulong m) => Messages.Remove(t, m);
}
