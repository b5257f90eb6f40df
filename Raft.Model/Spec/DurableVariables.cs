using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>The state that servers keep across a restart.</summary>
internal sealed class DurableVariables
{
    // In a wide layout: the first of the consecutive words that hold these variables.
    private readonly int? _first;

    public DurableVariables(
        StateLayout layout, string prefix, Domain term, Domain index, Scalarset servers, Domain value, bool snapshots, LogSource source)
    {
        _first = layout.IsWide ? layout.Words : null;
        CurrentTerm = layout.Variable($"{prefix}currentTerm", term, servers);
        VotedFor = layout.Variable($"{prefix}votedFor", Domain.MemberOrNil(servers), servers);
        Log = new LogVariable(layout, $"{prefix}log", term, index, servers, value, source);
        SnapshotIndex = layout.Variable($"{prefix}snapshotIndex", snapshots ? index : Domain.Number(0), servers);
    }

    public Variable CurrentTerm { get; }

    public Variable VotedFor { get; }

    public LogVariable Log { get; }

    /// <summary>Len(log[i]).</summary>
    public Variable LogLength => Log.Length;

    /// <summary>
    /// Option Snapshots: the last index that server i's snapshot covers. The log variables keep those entries, because they are the content
    /// of the snapshot, and the invariants refer to them.
    /// </summary>
    public Variable SnapshotIndex { get; }

    /// <summary>Copies all variables of one server.</summary>
    public static void Copy(State from, DurableVariables source, State to, DurableVariables target, int i)
    {
        target.CurrentTerm[to, i] = source.CurrentTerm[from, i];
        target.VotedFor[to, i] = source.VotedFor[from, i];
        target.SnapshotIndex[to, i] = source.SnapshotIndex[from, i];
        LogVariable.Copy(from, source.Log, to, target.Log, i);
    }

    /// <summary>Copies all variables of one server from each of these but the first to the one before it, and clears the last.</summary>
    public static void Shift(State from, State to, ReadOnlySpan<DurableVariables> older, int i)
    {
        if (older is [{ _first: { } first }, { _first: { } second }, .., { _first: { } last }])
        {
            // They lie one after the other.
            from.Words.Slice(second, last - first).CopyTo(to.Words[first..]);
        }
        else
        {
            for (var k = 1; k < older.Length; k++)
            {
                Copy(from, older[k], to, older[k - 1], i);
            }
        }

        older[^1].Clear(to, i);
    }

    /// <summary>Whether all variables of one server are equal.</summary>
    public static bool AreEqual(State one, DurableVariables ofOne, State other, DurableVariables ofOther, int i) =>
        SameVote(one, ofOne, other, ofOther, i)
        && ofOne.LogLength[one, i] == ofOther.LogLength[other, i]
        && ofOne.SnapshotIndex[one, i] == ofOther.SnapshotIndex[other, i]
        && SamePrefix(one, ofOne, other, ofOther, i, ofOne.LogLength[one, i]);

    /// <summary>Whether term and vote of one server are equal.</summary>
    public static bool SameVote(State one, DurableVariables ofOne, State other, DurableVariables ofOther, int i) =>
        ofOne.CurrentTerm[one, i] == ofOther.CurrentTerm[other, i] && ofOne.VotedFor[one, i] == ofOther.VotedFor[other, i];

    /// <summary>Whether the first entries of one server's log are equal. Both logs are at least that long.</summary>
    public static bool SamePrefix(State one, DurableVariables ofOne, State other, DurableVariables ofOther, int i, int length) =>
        LogVariable.SamePrefix(one, ofOne.Log, i, other, ofOther.Log, i, length);

    /// <summary>Sets all variables of one server to 0, where they have no meaning.</summary>
    public void Clear(State state, int i)
    {
        CurrentTerm[state, i] = 0;
        VotedFor[state, i] = 0;
        SnapshotIndex[state, i] = 0;
        Log.Clear(state, i);
    }
}
