using System.Numerics;
using ModelChecking;

namespace Raft.Model.Spec;

// States that are put together from their parts: the state of a running cluster, as a state of the specification.
public sealed partial class RaftSpec
{
    /// <summary>Sets the variables of a server, in a state where they are all 0, and adds its messages that wait for a write.</summary>
    public void Set(State state, int server, ModelServer values)
    {
        ArgumentNullException.ThrowIfNull(values);
        SetVariables(state, server, values);
        foreach (var (message, held) in values.Waiting)
        {
            Add(state, message, [], held);
        }
    }

    /// <summary>Adds a message, in a packed layout.</summary>
    /// <param name="state">To which state.</param>
    /// <param name="message">The message.</param>
    /// <param name="entries">Its entries; of a snapshot, those that it covers.</param>
    /// <param name="held">How many writes of its sender it waits for.</param>
    public void Add(State state, in ModelMessage message, ReadOnlySpan<(int Term, int Value)> entries, int held = 0)
    {
        var packed = message.Type switch
        {
            ModelMessageType.AppendEntriesRequest => MEntries.Pack(entries),
            ModelMessageType.InstallSnapshotRequest => MSnapshot.Pack(entries),
            _ => 0UL,
        };
        Messages.Add(state, Pack(message, packed, held));
    }

    /// <summary>Sets the variables of a server, in a state where they are all 0.</summary>
    internal void SetVariables(State t, int i, ModelServer values)
    {
        SetDurable(t, i, Durable, values.Durable);
        Writes[t, i] = values.Older.Count;
        for (var k = 0; k < values.Older.Count; k++)
        {
            SetDurable(t, i, Older[k], values.Older[k]);
        }

        Role[t, i] = values.Role;
        CommitIndex[t, i] = values.CommitIndex;
        VotesGranted[t, i] = values.VotesGranted;
        ResetProgress(t, i);
        for (var j = 0; j < values.Progress.Count; j++)
        {
            if (j != i)
            {
                (NextIndex[t, i, j], MatchIndex[t, i, j]) = values.Progress[j];
            }
        }

        (ReceivedIndex[t, i], ReceivedTerm[t, i], ReceivedLength[t, i]) = values.Received;
        SetProtocol(t, i, values);
    }

    // The variables of the options that raft.tla does not have. What belongs to one that is off is 0.
    private void SetProtocol(State t, int i, ModelServer values)
    {
        Contact[t, i] = values.HasContact ? 1 : 0;
        Heard[t, i] = values.Heard;
        Transferee[t, i] = values.Transferee is { } transferee ? 1 << transferee : 0;
        AskedToStand[t, i] = values.IsAskedToStand ? 1 : 0;
        TimeoutNowSent[t, i] = Options.LeaseReads && values.TimeoutNowSent ? 1 : 0;
        Round[t, i] = values.Round;
        RoundInFlight[t, i] = values.RoundInFlight ? 1 : 0;
        ReadIndex[t, i] = values.ReadIndex;
        Lease[t, i] = values.HasLease ? 1 : 0;
        PendingRead[t, i] = values.PendingRead ?? 0;
        for (var j = 0; j < values.Reads.Count; j++)
        {
            (Acked[t, i, j], WaitingRead[t, i, j], RoundRead[t, i, j]) = values.Reads[j];
        }
    }

    /// <summary>Values with those of the options that raft.tla does not have, as they are in a state.</summary>
    internal ModelServer WithProtocol(State s, int i, ModelServer values)
    {
        var reads = new (int Acked, int Waiting, int InRound)[values.Role == Leader ? Bounds.Servers : 0];
        for (var j = 0; j < reads.Length; j++)
        {
            reads[j] = (Acked[s, i, j], WaitingRead[s, i, j], RoundRead[s, i, j]);
        }

        return values with
        {
            HasContact = Contact[s, i] == 1,
            Heard = Heard[s, i],
            Transferee = Transferee[s, i] is not 0 and var target ? BitOperations.TrailingZeroCount(target) : null,
            IsAskedToStand = AskedToStand[s, i] == 1,
            TimeoutNowSent = Options.LeaseReads && TimeoutNowSent[s, i] == 1,
            Round = Round[s, i],
            RoundInFlight = RoundInFlight[s, i] == 1,
            ReadIndex = ReadIndex[s, i],
            HasLease = Lease[s, i] == 1,
            PendingRead = PendingRead[s, i] is not 0 and var read ? read : null,
            Reads = reads,
        };
    }

    /// <summary>Sets what a server keeps across a restart, where it is all 0.</summary>
    internal void SetDurable(State t, int i, DurableVariables variables, ModelDurable values)
    {
        variables.CurrentTerm[t, i] = values.Term;
        variables.VotedFor[t, i] = values.VotedFor ?? Nil;
        variables.SnapshotIndex[t, i] = values.SnapshotIndex;
        foreach (var (term, value) in values.Log)
        {
            variables.Log.Append(t, i, term, value);
        }
    }

    /// <summary>Packs a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="entries">Its entries, packed; 0 if it has none.</param>
    /// <param name="held">How many writes of its sender it waits for.</param>
    internal ulong Pack(in ModelMessage message, ulong entries, int held) =>
        MType.Pack((int)message.Type) | MTerm.Pack(message.Term) | MSource.Pack(message.Source) | MDest.Pack(message.Dest)
        | MRound.Pack(message.Round)
        | MHeld.Pack(held)
        | entries
        | message.Type switch
        {
            ModelMessageType.RequestVoteRequest =>
                MLastLogIndex.Pack(message.Index) | MLastLogTerm.Pack(message.IndexTerm) | MTransfer.Pack(message.Transfer ? 1 : 0),
            ModelMessageType.RequestVoteResponse => MVoteGranted.Pack(message.Success ? 1 : 0),
            ModelMessageType.AppendEntriesRequest =>
                MPrevLogIndex.Pack(message.Index) | MPrevLogTerm.Pack(message.IndexTerm) | MCommitIndex.Pack(message.CommitIndex),
            ModelMessageType.AppendEntriesResponse =>
                MSuccess.Pack(message.Success ? 1 : 0) | MMatchIndex.Pack(message.Index) | MRefusedIndex.Pack(message.RefusedIndex)
                | MConflictIndex.Pack(message.ConflictIndex) | MConflictTerm.Pack(message.ConflictTerm) | MMissing.Pack(message.Missing),
            ModelMessageType.PreVoteRequest => MPreVoteLogIndex.Pack(message.Index) | MPreVoteLogTerm.Pack(message.IndexTerm),
            ModelMessageType.PreVoteResponse => MPreVoteGranted.Pack(message.Success ? 1 : 0),
            ModelMessageType.TimeoutNowRequest => 0,
            ModelMessageType.ReadIndexRequest => MAskedRead.Pack(message.Id),
            ModelMessageType.ReadIndexResponse => MAnsweredRead.Pack(message.Id) | MReadIndex.Pack(message.Index),
            _ => MOffset.Pack(message.Offset) | MLength.Pack(message.Length) | MDone.Pack(message.Done ? 1 : 0),
        };

    /// <summary>Sets what is spent of the budgets.</summary>
    public void SetSpent(State state, int restarts, int duplicates, int drops, int clientRequests, int timeouts)
    {
        Restarts.Set(state, restarts);
        Duplicates.Set(state, duplicates);
        Drops.Set(state, drops);
        ClientRequests.Set(state, clientRequests);
        Timeouts.Set(state, timeouts);
    }

    /// <summary>
    /// Clears what says nothing about a server in its role, as <see cref="ModelServer"/> leaves it out: votesResponded, votesGranted of all
    /// but candidates and pre-candidates, nextIndex and matchIndex of all but leaders.
    /// </summary>
    public void ClearUnread(State state)
    {
        for (var i = 0; i < Servers; i++)
        {
            VotesResponded[state, i] = 0;
            if (Role[state, i] is not (Candidate or PreCandidate))
            {
                VotesGranted[state, i] = 0;
            }

            if (Role[state, i] != Leader)
            {
                ResetProgress(state, i);
            }

            NextIndex[state, i, i] = 1;
            MatchIndex[state, i, i] = 0;
        }
    }

    /// <summary>
    /// Adds the steps in which a server discards a message that waits for a write. No action of the specification does: there, the message
    /// can be lost only after the write. No server can tell the difference.
    /// </summary>
    public void DiscardWaiting(State state, Successors next)
    {
        ArgumentNullException.ThrowIfNull(next);
        for (var slot = 0; Messages[state, slot] is not 0 and var m; slot++)
        {
            if (MHeld[m] > 0)
            {
                Messages.Remove(next.Step(state, (int)RaftAction.DropMessage, slot), m);
            }
        }
    }

    /// <summary>
    /// Adds, for a step that makes another copy of a message that waits for a write, the step in which that copy is discarded at once.
    /// </summary>
    public void DiscardRepetition(Successors next, int step)
    {
        ArgumentNullException.ThrowIfNull(next);
        var words = next[step].Words.ToArray();
        var reached = new State(words);
        for (var slot = 0; Messages[reached, slot] is not 0 and var m; slot++)
        {
            if (MHeld[m] > 0 && Messages.Copies(reached, slot) > 1)
            {
                Messages.Remove(next.Step(reached, next.ActionOf(step)), m);
            }
        }
    }
}
