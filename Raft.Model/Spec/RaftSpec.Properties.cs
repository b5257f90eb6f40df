using ModelChecking;

namespace Raft.Model.Spec;

// The properties of Raft: those of Figure 3 as far as a state shows them, and the lemmas behind them.
public sealed partial class RaftSpec
{
    /// <inheritdoc />
    public override IReadOnlyList<Invariant> Invariants =>
    [
        new(nameof(OneLeaderPerTerm), OneLeaderPerTerm),
        new(nameof(LogMatching), LogMatching),
        new(nameof(CommitInLog), CommitInLog),
        new(nameof(StateMachineSafety), StateMachineSafety),
        new(nameof(LeaderCompleteness), LeaderCompleteness),
        new(nameof(QuorumLog), QuorumLog),
        new(nameof(MoreUpToDate), MoreUpToDate),
        .. Options.Snapshots ? [new Invariant(nameof(SnapshotIsCommitted), SnapshotIsCommitted)] : (Invariant[])[],
        .. Options.LeaseReads
            ? [new(nameof(OneLease), OneLease), new Invariant(nameof(LeaseReadsAreCurrent), LeaseReadsAreCurrent)]
            : (Invariant[])[],
    ];

    /// <inheritdoc />
    public override IReadOnlyList<ActionProperty> ActionProperties =>
    [
        new(nameof(LeaderAppendOnly), ServerSet, LeaderAppendOnly),
        .. Options.MonotonicIndexes
            ? [new ActionProperty(nameof(CommitIndexNeverDecreases), ServerSet, CommitIndexNeverDecreases)]
            : (ActionProperty[])[],
        .. Options.ReadIndex
            ? [
                new(nameof(ReadsAreCurrent), ReadsAreCurrent),
                new ActionProperty(nameof(FollowerReadsAreCurrent), FollowerReadsAreCurrent),
            ]
            : (ActionProperty[])[],
    ];

    /// <inheritdoc />
    public override IReadOnlyList<Sometimes> Reachable =>
    [
        new("ALeaderIsElected", ALeaderIsElected),
        .. Bounds.MaxLog > 0 && Bounds.MaxClientRequests != 0 ? [new Sometimes("AnEntryIsCommitted", AnEntryIsCommitted)] : (Sometimes[])[],
    ];

    // Election Safety: two leaders in one term are one server.
    private bool OneLeaderPerTerm(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            for (var j = i + 1; j < Servers; j++)
            {
                if (Role[s, i] == Leader && Role[s, j] == Leader && CurrentTerm[s, i] == CurrentTerm[s, j])
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Log Matching: if two logs have an entry with the same index and term, they are identical up to it.
    private bool LogMatching(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            for (var j = i + 1; j < Servers; j++)
            {
                var index = Math.Min(LogLength[s, i], LogLength[s, j]);
                while (index > 0 && TermAt(s, i, index) != TermAt(s, j, index))
                {
                    index--;
                }

                if (!HoldsPrefix(s, j, i, index))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Committed entries are in the log.
    private bool CommitInLog(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            if (CommitIndex[s, i] > LogLength[s, i])
            {
                return false;
            }
        }

        return true;
    }

    // State Machine Safety: the committed prefixes of any two servers agree, on what both still hold.
    private bool StateMachineSafety(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            for (var j = i + 1; j < Servers; j++)
            {
                if (!HoldsPrefix(s, j, i, Math.Min(Committed(s, i), Committed(s, j))))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Leader Completeness: a leader whose term is at least i's holds all that i has committed.
    private bool LeaderCompleteness(State s)
    {
        for (var leader = 0; leader < Servers; leader++)
        {
            for (var i = 0; i < Servers && Role[s, leader] == Leader; i++)
            {
                if (CurrentTerm[s, leader] >= CurrentTerm[s, i] && !HoldsPrefix(s, leader, i, Committed(s, i)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Every quorum has a server that holds each committed prefix: those that do not hold it are no quorum.
    private bool QuorumLog(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            var without = 0;
            for (var j = 0; j < Servers && CommitIndex[s, i] > 0; j++)
            {
                without |= HoldsPrefix(s, j, i, Committed(s, i)) ? 0 : 1 << j;
            }

            if (IsQuorum(without))
            {
                return false;
            }
        }

        return true;
    }

    // A server whose log is at least as up-to-date as j's (§5.4.1) holds j's committed entries.
    private bool MoreUpToDate(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            for (var j = 0; j < Servers; j++)
            {
                var upToDate = LastTerm(s, i) > LastTerm(s, j) || (LastTerm(s, i) == LastTerm(s, j) && LogLength[s, i] >= LogLength[s, j]);
                if (upToDate && !HoldsPrefix(s, i, j, Committed(s, j)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // A snapshot covers only committed entries (§7).
    private bool SnapshotIsCommitted(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            if (Durable.SnapshotIndex[s, i] > CommitIndex[s, i])
            {
                return false;
            }
        }

        return true;
    }

    // Leader Append-Only: a leader never overwrites or deletes entries in its log.
    private bool LeaderAppendOnly(State before, int action, State after, int i) =>
        Role[before, i] != Leader || Role[after, i] != Leader
        || DurableVariables.SamePrefix(before, Durable, after, Durable, i, LogLength[before, i]);

    // commitIndex does not decrease without a restart.
    private bool CommitIndexNeverDecreases(State before, int action, State after, int i) =>
        CommitIndex[after, i] >= CommitIndex[before, i] || action == (int)RaftAction.Restart;

    // A read index that a round confirms is at least the greatest commitIndex of any server when the round began (§6.4).
    private bool ReadsAreCurrent(State before, int action, State after)
    {
        for (var i = 0; i < Servers && action == (int)RaftAction.ConfirmRound; i++)
        {
            if (RoundInFlight[after, i] < RoundInFlight[before, i] && ReadIndex[before, i] < ReadFloor[before, i])
            {
                return false;
            }
        }

        return true;
    }

    // A read index that a follower accepts is at least the greatest commitIndex of any server when its read began. With 0, the read fails.
    private bool FollowerReadsAreCurrent(State before, int action, State after)
    {
        if (action != (int)RaftAction.HandleReadIndexResponse)
        {
            return true;
        }

        var slot = 0;
        while (Messages[after, slot] == Messages[before, slot] && Messages.Copies(after, slot) == Messages.Copies(before, slot))
        {
            slot++;
        }

        // The message that the step removed. A read that ends with a term fails.
        var m = Messages[before, slot];
        var j = MDest[m];
        var isAccepted = PendingRead[before, j] != 0 && PendingRead[after, j] == 0 && CurrentTerm[after, j] == CurrentTerm[before, j];
        return !isAccepted || MReadIndex[m] == 0 || MReadIndex[m] >= FollowerReadFloor[before, j];
    }

    // At most one server has a lease (§6.4.1).
    private bool OneLease(State s)
    {
        var leases = 0;
        for (var i = 0; i < Servers; i++)
        {
            leases += Role[s, i] == Leader ? Lease[s, i] : 0;
        }

        return leases <= 1;
    }

    // Whatever any server has committed, a leader that may answer reads within its lease has committed too.
    private bool LeaseReadsAreCurrent(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            if (Role[s, i] == Leader && Lease[s, i] != 0 && TermAt(s, i, Committed(s, i)) == CurrentTerm[s, i]
                && CommitIndex[s, i] < GreatestCommitIndex(s))
            {
                return false;
            }
        }

        return true;
    }

    private bool ALeaderIsElected(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            if (Role[s, i] == Leader)
            {
                return true;
            }
        }

        return false;
    }

    private bool AnEntryIsCommitted(State s)
    {
        for (var i = 0; i < Servers; i++)
        {
            if (CommitIndex[s, i] > 0)
            {
                return true;
            }
        }

        return false;
    }

    private int Committed(State s, int i) => Math.Min(CommitIndex[s, i], LogLength[s, i]);

    // Whether j holds the first entries of i's log.
    private bool HoldsPrefix(State s, int j, int i, int length) =>
        LogVariable.SamePrefix(s, Durable.Log, i, s, Durable.Log, j, length);
}
