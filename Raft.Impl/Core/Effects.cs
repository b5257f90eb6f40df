namespace Raft.Impl.Core;

/// <summary>
/// What one step of a server accumulates. The rules pass it along; the caller of the step gets it as the <see cref="Output"/>.
/// </summary>
internal sealed class Effects : Output
{
    private Term _term;
    private ServerId? _votedFor;

    /// <summary>Begins a step: there are no effects.</summary>
    /// <param name="term">The server's term before the step.</param>
    /// <param name="votedFor">The server's vote before the step.</param>
    public Effects Begin(Term term, ServerId? votedFor)
    {
        Clear();
        (_term, _votedFor) = (term, votedFor);
        (WriteSequence, ChangedFrom, NewSnapshot, SnapshotReplacesLog) = (0, null, null, false);
        return this;
    }

    /// <summary>
    /// The sequence number of the step's write; zero if the step has changed nothing durable, or the write has no number yet.
    /// </summary>
    public long WriteSequence { get; set; }

    /// <summary>The first index at which the step changes the log, other than by compaction; null if it does not.</summary>
    public LogIndex? ChangedFrom { get; set; }

    /// <summary>A snapshot that replaces the beginning of the log in this step; null if the step takes or installs none.</summary>
    public Snapshot? NewSnapshot { get; set; }

    /// <summary>Whether no entry of the log stays beside that snapshot.</summary>
    public bool SnapshotReplacesLog { get; set; }

    /// <summary>
    /// The first index at which the step's write changes the stored log; null if the write leaves it as it is. A snapshot that the log
    /// agrees with removes nothing that was durable; another one replaces everything up to its index.
    /// </summary>
    public LogIndex? LogIsWrittenFrom => SnapshotReplacesLog ? LogIndex.Zero.Next : ChangedFrom;

    /// <summary>Whether the step has changed the term or the vote.</summary>
    /// <param name="currentTerm">The server's term now.</param>
    /// <param name="currentVote">The server's vote now.</param>
    public bool ChangesVote(Term currentTerm, ServerId? currentVote) => currentTerm != _term || currentVote != _votedFor;
}
