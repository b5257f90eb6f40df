using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>Tells which changes made what a violation names: these are the places to look at first.</summary>
/// <param name="subjects">What it names.</param>
internal sealed class CauseHighlighter(Subjects subjects)
{
    /// <summary>Whether a server's change made something that the violation names.</summary>
    public bool IsCause(int server, TraceState? before, TraceState? after) =>
        after is not null && subjects.Servers.Contains(server) && (IsOffice(before, after) || subjects.Indexes.Any(index => IsEntry(before, after, index)));

    // It came to lead a term that is named, or to vote in it.
    private bool IsOffice(TraceState? before, TraceState after)
    {
        var isNewTerm = before?.Term != after.Term;
        return subjects.Terms.Contains(after.Term)
            && ((after.Role == "Leader" && (isNewTerm || before?.Role != "Leader")) || (after.VotedFor is not null && (isNewTerm || before?.VotedFor != after.VotedFor)));
    }

    // An entry at an index that is named came, went, changed, or was committed. A start brings nothing new.
    private static bool IsEntry(TraceState? before, TraceState after, long index) =>
        before is not null && (TermAt(before, index) != TermAt(after, index) || (before.CommitIndex < index && index <= after.CommitIndex));

    private static long? TermAt(TraceState state, long index)
    {
        var i = index - state.SnapshotIndex - 1;
        return i >= 0 && i < state.Log.Count ? state.Log[(int)i].Term : null;
    }
}
