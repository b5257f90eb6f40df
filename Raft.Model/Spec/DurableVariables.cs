using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>The state that servers keep across a restart.</summary>
internal sealed class DurableVariables
{
    private readonly Variable[] _perServer;
    private readonly int _indexes;

    public DurableVariables(
        StateLayout layout, string prefix, Domain term, Domain index, Scalarset servers, Scalarset values, bool snapshots)
    {
        var indexes = new Scalarset("", index.Max);
        _indexes = indexes.Count;
        CurrentTerm = layout.Variable($"{prefix}currentTerm", term, servers);
        VotedFor = layout.Variable($"{prefix}votedFor", Domain.MemberOrNil(servers), servers);
        LogLength = layout.Variable($"{prefix}log.length", index, servers);
        LogTerm = layout.Variable($"{prefix}log.term", term, servers, indexes);
        LogValue = layout.Variable($"{prefix}log.value", Domain.Member(values), servers, indexes);
        SnapshotIndex = layout.Variable($"{prefix}snapshotIndex", snapshots ? index : Domain.Number(0), servers);
        _perServer = [CurrentTerm, VotedFor, LogLength, SnapshotIndex];
    }

    public Variable CurrentTerm { get; }

    public Variable VotedFor { get; }

    /// <summary>Len(log[i]). The places after the last entry are 0.</summary>
    public Variable LogLength { get; }

    /// <summary>log[i][index].term, in column index - 1.</summary>
    public Variable LogTerm { get; }

    /// <summary>log[i][index].value, in column index - 1.</summary>
    public Variable LogValue { get; }

    /// <summary>
    /// Option Snapshots: the last index that server i's snapshot covers. The log variables keep those entries, because they are the content
    /// of the snapshot, and the invariants refer to them.
    /// </summary>
    public Variable SnapshotIndex { get; }

    /// <summary>Copies all variables of one server.</summary>
    public static void Copy(State from, DurableVariables source, State to, DurableVariables target, int i)
    {
        for (var v = 0; v < source._perServer.Length; v++)
        {
            target._perServer[v][to, i] = source._perServer[v][from, i];
        }

        for (var column = 0; column < source._indexes; column++)
        {
            target.LogTerm[to, i, column] = source.LogTerm[from, i, column];
            target.LogValue[to, i, column] = source.LogValue[from, i, column];
        }
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
        ofOne.LogLength[one, i] >= length
        && ofOther.LogLength[other, i] >= length
        && ofOne.LogTerm.Prefix(one, i, length) == ofOther.LogTerm.Prefix(other, i, length)
        && ofOne.LogValue.Prefix(one, i, length) == ofOther.LogValue.Prefix(other, i, length);

    /// <summary>Sets all variables of one server to 0, where they have no meaning.</summary>
    public void Clear(State state, int i)
    {
        foreach (var variable in _perServer)
        {
            variable[state, i] = 0;
        }

        for (var column = 0; column < _indexes; column++)
        {
            LogTerm[state, i, column] = 0;
            LogValue[state, i, column] = 0;
        }
    }
}
