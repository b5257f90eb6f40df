using ModelChecking;

namespace Raft.Model.Spec;

// The whole state of the server, in and out. With it, a single step can be checked without those before it.
public sealed partial class ServerModel
{
    /// <summary>Begins in any state. Call <see cref="ModelLogs.Clear"/> first.</summary>
    /// <param name="server">The state.</param>
    /// <returns>The messages that wait, in their order.</returns>
    public ulong[] Begin(ModelServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        Use();
        State.Words.Clear();
        _records.Clear();
        if (server.Waiting.Count > _messages || server.Older.Count > _writes)
        {
            Resize(server.Waiting.Count, server.Older.Count);
        }

        Spec.SetVariables(State, _self, server);
        var waiting = new ulong[server.Waiting.Count];
        for (var k = 0; k < waiting.Length; k++)
        {
            waiting[k] = Add(server.Waiting[k].Message, server.Waiting[k].Held);
        }

        return waiting;
    }

    /// <summary>A state with the variables of the options that raft.tla does not have, as they are in the model.</summary>
    public ModelServer WithProtocol(ModelServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        Use();
        return Spec.WithProtocol(State, _self, server);
    }

    /// <summary>Says how a state differs from that of the model; null if it does not.</summary>
    /// <param name="server">The state.</param>
    public string? DifferenceFrom(ModelServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        Use();
        var difference = new Differences();
        Compare("", server.Durable, Spec.Durable, difference);
        difference.Add("the number of writes in flight", server.Older.Count, Spec.Writes[State, 0]);
        for (var k = 0; k < Math.Min(server.Older.Count, Writes); k++)
        {
            Compare(k == 0 ? "the stored " : $"after {k} writes, the stored ", server.Older[k], Spec.Older[k], difference);
        }

        difference.Add("state", server.Role, Role);
        difference.Add("commitIndex", server.CommitIndex, CommitIndex);
        difference.Add("votesGranted", server.VotesGranted, IsAnyCandidate ? Spec.VotesGranted[State, 0] : 0);
        for (var j = 0; j < server.Progress.Count && Role == RaftVariables.Leader; j++)
        {
            if (j != _self)
            {
                difference.Add("nextIndex", server.Progress[j].Next, NextIndex(j));
                difference.Add("matchIndex", server.Progress[j].Match, MatchIndex(j));
            }
        }

        CompareProtocol(server, difference);
        difference.Add("the last index of the snapshot that arrives", server.Received.Index, Spec.ReceivedIndex[State, 0]);
        difference.Add("the last term of the snapshot that arrives", server.Received.Term, Spec.ReceivedTerm[State, 0]);
        difference.Add("what has arrived of the snapshot", server.Received.Length, Spec.ReceivedLength[State, 0]);
        CompareWaiting(server.Waiting, difference);
        return difference.First;
    }

    private bool IsAnyCandidate => Role is RaftVariables.Candidate or RaftVariables.PreCandidate;

    // The variables of the options that raft.tla does not have.
    private void CompareProtocol(ModelServer server, Differences difference)
    {
        difference.Add("contact", server.HasContact ? 1 : 0, Contact ? 1 : 0);
        difference.Add("heard", server.Heard, Spec.Heard[State, 0]);
        difference.Add("transferee", server.Transferee ?? -1, Transferee ?? -1);
        difference.Add("askedToStand", server.IsAskedToStand ? 1 : 0, Spec.AskedToStand[State, 0]);
        if (Spec.Options.LeaseReads)
        {
            difference.Add("timeoutNowSent", server.TimeoutNowSent ? 1 : 0, Spec.TimeoutNowSent[State, 0]);
        }

        difference.Add("round", server.Round, Round);
        difference.Add("roundInFlight", server.RoundInFlight ? 1 : 0, RoundInFlight ? 1 : 0);
        difference.Add("readIndex", server.ReadIndex, ReadIndex);
        difference.Add("lease", server.HasLease ? 1 : 0, HasLease ? 1 : 0);
        difference.Add("pendingRead", server.PendingRead ?? 0, PendingRead ?? 0);
        for (var j = 0; j < server.Reads.Count; j++)
        {
            if (j != _self)
            {
                difference.Add("acked", server.Reads[j].Acked, Acked(j));
                difference.Add("waitingRead", server.Reads[j].Waiting, Spec.WaitingRead[State, 0, j]);
                difference.Add("roundRead", server.Reads[j].InRound, Spec.RoundRead[State, 0, j]);
            }
        }
    }

    private void CompareWaiting(IReadOnlyList<(ModelMessage Message, int Held)> waiting, Differences difference)
    {
        var left = waiting.ToList();
        for (var slot = 0; Spec.Messages[State, slot] is not 0 and var m; slot++)
        {
            if (!left.Remove((View(m), HeldFor(m))))
            {
                difference.Add($"in the model, {View(m)} waits for {HeldFor(m)} writes, but not in the code");
            }
        }

        if (left.Count > 0)
        {
            difference.Add($"{left[0].Message} waits for {left[0].Held} writes, but not in the model");
        }
    }

    private void Compare(string prefix, ModelDurable server, DurableVariables variables, Differences difference)
    {
        var vote = variables.VotedFor[State, 0];
        difference.Add($"{prefix}currentTerm", server.Term, variables.CurrentTerm[State, 0]);
        difference.Add($"{prefix}votedFor", server.VotedFor ?? -1, vote == Spec.Nil ? -1 : vote);
        difference.Add($"{prefix}snapshotIndex", server.SnapshotIndex, variables.SnapshotIndex[State, 0]);
        difference.Add($"{prefix}Len(log)", server.Log.Count, variables.LogLength[State, 0]);
        for (var index = 1; index <= Math.Min(server.Log.Count, variables.LogLength[State, 0]); index++)
        {
            difference.Add($"{prefix}log[{index}].term", server.Log[index - 1].Term, variables.Log.TermAt(State, 0, index));
            difference.Add($"{prefix}log[{index}].value", server.Log[index - 1].Value, variables.Log.ValueAt(State, 0, index));
        }
    }

    /// <summary>The first of the differences that are found.</summary>
    private sealed class Differences
    {
        public string? First { get; private set; }

        public void Add(string difference) => First ??= difference;

        public void Add(string what, int code, int model)
        {
            if (code != model)
            {
                First ??= $"{what} is {code}, but the model's is {model}";
            }
        }
    }
}
