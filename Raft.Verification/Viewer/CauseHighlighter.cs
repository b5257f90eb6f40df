using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>Finds the changes that made what a violation names. A reader looks at these first.</summary>
/// <param name="subjects">The subjects of the violation.</param>
internal sealed class CauseHighlighter(Subjects subjects)
{
    /// <summary>Whether a server's change made something that the violation names.</summary>
    public bool IsCause(int server, TraceState? before, TraceState? after) =>
        after is not null
        && subjects.Servers.Contains(server)
        && (IsOfTerm(before, after) || subjects.Indexes.Any(index => IsOfEntry(before, after, index)));

    // The server became leader of a named term, or voted in it.
    private bool IsOfTerm(TraceState? before, TraceState after)
    {
        var isNewTerm = before?.Term != after.Term;
        var isNewLeader = after.Role == "Leader" && (isNewTerm || before?.Role != "Leader");
        var isNewVote = after.VotedFor is not null && (isNewTerm || before?.VotedFor != after.VotedFor);
        return subjects.Terms.Contains(after.Term) && (isNewLeader || isNewVote);
    }

    // The entry at a named index was added, removed, replaced or committed. A server that starts has no earlier state to compare with.
    private static bool IsOfEntry(TraceState? before, TraceState after, long index) =>
        before is not null && (TermAt(before, index) != TermAt(after, index) || (before.CommitIndex < index && index <= after.CommitIndex));

    private static long? TermAt(TraceState state, long index)
    {
        var i = index - state.SnapshotIndex - 1;
        return i >= 0 && i < state.Log.Count ? state.Log[(int)i].Term : null;
    }
}
