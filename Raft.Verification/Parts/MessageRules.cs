using Raft.Impl.Core;

namespace Raft.Verification.Parts;

/// <summary>
/// Which messages a server must handle, and from which stored states it may start: those that a server of its cluster can have sent or
/// stored. This states the rules a second time, independently of the core.
/// </summary>
internal static class MessageRules
{
    /// <summary>Whether a server in this state must handle a message.</summary>
    public static bool CanTake(RaftCore core, Message message)
    {
        var isForHere = message.To == core.Id && message.From != core.Id && core.Members.AsSpan().Contains(message.From);
        var firstTerm = message is PreVote or PreVoteReply ? 0 : 1;
        return isForHere && message.Term.Value >= firstTerm && message.Term.Value <= Term.MaxValue
            && CanBeSent(message) && FitsState(core, message);
    }

    /// <summary>Whether a server of a cluster can have stored a state.</summary>
    public static bool CanBeStored(DurableState state, IEnumerable<ServerId> members)
    {
        var (lastIndex, lastTerm) = (state.Snapshot.LastIndex, state.Snapshot.LastTerm);
        return state.Term.Value is >= 0 and <= Term.MaxValue && IsPosition(lastIndex, lastTerm)
            && AreEntries(lastIndex, lastTerm, state.Entries, state.Term)
            && (state.VotedFor is not { } vote || (state.Term.Value > 0 && members.Contains(vote)));
    }

    // Rules for a message alone.
    private static bool CanBeSent(Message message) => message switch
    {
        // The candidate began the term, so its log has no entry of it.
        RequestVote request => IsPosition(request.LastLogIndex, request.LastLogTerm) && request.LastLogTerm.Value < request.Term.Value,
        RequestVoteReply => true,
        AppendEntries request => request.Round >= 0
            && IsPosition(request.PrevLogIndex, request.PrevLogTerm) && IsIndex(request.LeaderCommit.Value)
            && AreEntries(request.PrevLogIndex, request.PrevLogTerm, request.Entries, request.Term),
        AppendEntriesReply reply => reply.Round >= 0 && IsIndex(reply.LastIndex.Value) && IsIndex(reply.ConflictIndex.Value)
            && (reply.ConflictTerm is not { } conflict || (conflict.Value >= 1 && conflict.Value <= reply.Term.Value)),
        InstallSnapshot chunk => chunk.Round >= 0 && chunk.LastIndex.Value >= 1 && IsPosition(chunk.LastIndex, chunk.LastTerm)
            && chunk.LastTerm.Value <= chunk.Term.Value
            && chunk.Offset >= 0 && chunk.Offset + chunk.Data.Length is >= 0 and <= 0x4000000000000,
        InstallSnapshotReply reply => reply.Round >= 0 && IsIndex(reply.LastIndex.Value) && reply.Missing is not < 0,
        PreVote request => IsPosition(request.LastLogIndex, request.LastLogTerm) && request.LastLogTerm.Value <= request.Term.Value,
        PreVoteReply or TimeoutNow => true,
        ReadIndexRequest request => request.Id >= 0,
        ReadIndexReply reply => reply.Id >= 0 && IsIndex(reply.ReadIndex.Value),
        _ => false,
    };

    // Rules for a message and the server's certain knowledge: whether it leads its term, what its log holds, and what is committed.
    private static bool FitsState(RaftCore core, Message message)
    {
        var leadsTerm = core.Role == Role.Leader && message.Term == core.CurrentTerm;
        var isLate = message.Term.Value < core.CurrentTerm.Value;
        return message switch
        {
            AppendEntries or InstallSnapshot or TimeoutNow when leadsTerm => false,
            AppendEntries request => isLate || Enumerable.Range(0, request.Entries.Count + 1).All(
                i => IsCommittedSo(core, request.PrevLogIndex.Value + i, i == 0 ? request.PrevLogTerm : request.Entries[i - 1].Term)),
            InstallSnapshot chunk => isLate || IsCommittedSo(core, chunk.LastIndex.Value, chunk.LastTerm),
            AppendEntriesReply reply => !leadsTerm
                || ((!reply.Success || reply.LastIndex.Value <= core.Log.LastIndex.Value) && reply.Round <= core.Round),
            InstallSnapshotReply reply => !leadsTerm
                || (reply.LastIndex.Value <= core.Log.LastIndex.Value && reply.Round <= core.Round),
            _ => true,
        };
    }

    private static bool IsCommittedSo(RaftCore core, long index, Term term)
    {
        if (index > core.CommitIndex.Value || index < core.Log.Snapshot.LastIndex.Value)
        {
            return true;
        }

        var first = core.Log.Snapshot.LastIndex.Value + 1;
        return term == (index < first ? core.Log.Snapshot.LastTerm : core.Log.Entries[(int)(index - first)].Term);
    }

    // Index 0, before the log, has term 0, and no other index has.
    private static bool IsPosition(LogIndex index, Term term) =>
        IsIndex(index.Value) && term.Value is >= 0 and <= Term.MaxValue && index.Value == 0 == (term.Value == 0);

    private static bool IsIndex(long index) => index is >= 0 and <= LogIndex.MaxValue;

    // Terms never decrease within a log, and none exceeds the server's term.
    private static bool AreEntries(LogIndex before, Term termBefore, EntryList entries, Term current)
    {
        long[] terms = [termBefore.Value, .. entries.Select(entry => entry.Term.Value)];
        return before.Value + entries.Count <= LogIndex.MaxValue && terms.Skip(1).All(term => term > 0)
            && terms.Zip(terms.Skip(1)).All(pair => pair.First <= pair.Second) && terms[^1] <= current.Value;
    }
}
