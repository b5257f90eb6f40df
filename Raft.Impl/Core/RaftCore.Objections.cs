namespace Raft.Impl.Core;

// Which messages a server rejects. Not in the paper, whose servers trust each other.
public sealed partial class RaftCore
{
    // Says why no server of this cluster can have sent the message to this one; null if one can. A rejected message changes nothing.
    private string? ObjectionTo(Message message)
    {
        if (message.To != Id || message.From == Id || !_members.Contains(message.From))
        {
            return $"{Id} takes messages from the other members to itself, not from {message.From} to {message.To}";
        }

        var isOfMyTerm = _role == Role.Leader && message.Term == _currentTerm;
        return message.Contradiction() ?? message switch
        {
            AppendEntries or InstallSnapshot or TimeoutNow when isOfMyTerm => $"{Id} itself leads term {_currentTerm}",
            AppendEntries request when request.Term >= _currentTerm => ConflictWithCommitted(request),
            InstallSnapshot { LastIndex: var last } request when last <= _commitIndex && request.Term >= _currentTerm =>
                ConflictWithCommitted(last, request.LastTerm),
            AppendEntriesReply { Success: true, LastIndex: var match } when isOfMyTerm && match > _log.LastIndex =>
                $"{Id}, which leads, holds no entry {match}",
            InstallSnapshotReply { LastIndex: var match } when isOfMyTerm && match > _log.LastIndex =>
                $"{Id}, which leads, holds no entry {match}",
            AppendEntriesReply { Round: var round } when isOfMyTerm && round > _round => $"{Id}, which leads, has begun no round {round}",
            InstallSnapshotReply { Round: var round } when isOfMyTerm && round > _round => $"{Id}, which leads, has begun no round {round}",
            AppendEntries or AppendEntriesReply or RequestVote or RequestVoteReply or InstallSnapshot or InstallSnapshotReply => null,
            PreVote or PreVoteReply or TimeoutNow or ReadIndexRequest or ReadIndexReply => null,
            _ => $"there is no rule for {message.GetType().Name}",
        };
    }

    // Leader Completeness (§5.4): the log of every later leader holds the entries that are committed here.
    private string? ConflictWithCommitted(AppendEntries request)
    {
        var conflict = ConflictWithCommitted(request.PrevLogIndex, request.PrevLogTerm);
        var index = request.PrevLogIndex.Next;
        var entries = request.Entries.Span;
        for (var i = 0; i < entries.Length && index <= _commitIndex && conflict is null; i++, index = index.Next)
        {
            conflict = ConflictWithCommitted(index, entries[i].Term);
        }

        return conflict;
    }

    private string? ConflictWithCommitted(LogIndex index, Term term) =>
        index <= _commitIndex && _log.TermAt(index) is { } committed && committed != term
            ? $"entry {index} is committed with term {committed}, not {term}"
            : null;
}
