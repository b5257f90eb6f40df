using Raft.Impl.Core;

namespace Raft.Verification.CoreGraph;

/// <summary>
/// The service of the cores: its state is the sequence of the entries that it has applied, a byte for each. So a snapshot tells which
/// entries it covers, which the core itself does not know, and properties can be checked on whole logs.
/// </summary>
internal static class GhostEntries
{
    private const int _bits = 4;

    private const int _firstLetter = 'a';

    /// <summary>A command of one of the values: a letter.</summary>
    public static Command CommandOf(int value) => new([(byte)(_firstLetter + value)]);

    /// <summary>The value of a command.</summary>
    public static int ValueOf(Command command) => command.Bytes.Span[0] - _firstLetter;

    /// <summary>The values of a proposal: one, or two.</summary>
    /// <param name="proposal">The number of the proposal: first all of one value, then all pairs.</param>
    /// <param name="values">How many values there are.</param>
    public static int[] ValuesOf(int proposal, int values) =>
        proposal < values ? [proposal] : [(proposal / values) - 1, proposal % values];

    /// <summary>Whether two entries, as numbers, have the same term.</summary>
    public static bool HaveOneTerm(byte one, byte other) => one >> _bits == other >> _bits;

    /// <summary>An entry as a number.</summary>
    public static byte CodeOf(LogEntry entry) => (byte)(((int)entry.Term.Value << _bits) | ValueOf(entry.Command));

    /// <summary>The state of a service that has applied the entries of a log up to an index.</summary>
    public static SnapshotData StateAt(RaftLog log, LogIndex index)
    {
        var state = new byte[(int)index.Value];
        var covered = log.Snapshot.Data.Bytes.Span;
        covered[..Math.Min(covered.Length, state.Length)].CopyTo(state);
        for (var i = log.FirstIndex; i <= index; i = i.Next)
        {
            state[(int)i.Value - 1] = CodeOf(log[i]);
        }

        return SnapshotData.Of(state);
    }

    /// <summary>The entries that a snapshot covers.</summary>
    public static LogEntry[] CoveredBy(Snapshot snapshot) => Decode(snapshot.Data);

    /// <summary>The entries of a state of the service.</summary>
    public static LogEntry[] Decode(SnapshotData state)
    {
        var entries = new LogEntry[state.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            var code = state.Bytes.Span[i];
            entries[i] = new LogEntry(new Term(code >> _bits), CommandOf(code & ((1 << _bits) - 1)));
        }

        return entries;
    }
}
