namespace Raft.Impl.Core;

/// <summary>
/// A change to what a server keeps on stable storage (Figure 2, persistent state). All of it becomes durable together or not at
/// all.
/// </summary>
/// <param name="Sequence">The number of the write since the server started: 1, 2, 3, ...</param>
/// <param name="Term">currentTerm, from now on.</param>
/// <param name="VotedFor">votedFor, from now on; null: none.</param>
/// <param name="Snapshot">A snapshot that replaces the stored one, and the log up to its last index; null: no change.</param>
/// <param name="Log">A new end of the log; null: no change, other than by the snapshot.</param>
public sealed record RaftWrite(long Sequence, Term Term, ServerId? VotedFor, Snapshot? Snapshot, LogSuffix? Log)
{
    /// <summary>In words.</summary>
    public override string ToString() =>
        $"write {Sequence}: term {Term}, vote {VotedFor?.ToString() ?? "none"}{(Snapshot is null ? string.Empty : $", {Snapshot}")}"
        + (Log is null ? string.Empty : $", {Log}");
}

/// <summary>A new end of the log: the entries replace everything that is stored from <paramref name="First"/> on.</summary>
/// <param name="First">The index of the first of the entries.</param>
/// <param name="Entries">The entries; none if the log is only truncated.</param>
public sealed record LogSuffix(LogIndex First, EntryList Entries)
{
    /// <summary>In words.</summary>
    public override string ToString() => $"from index {First} on {Entries}";
}
