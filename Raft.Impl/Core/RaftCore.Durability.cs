namespace Raft.Impl.Core;

// Figure 2: persistent state is "updated on stable storage before responding to RPCs". Writes may be in flight while the server continues;
// whatever depends on one is sent, or counted, once it is durable. What need not wait does not.
public sealed partial class RaftCore
{
    private readonly WritesInFlight _writes = new();
    private long _lastVoteWrite;

    // What this step changed on stable storage, beside term and vote.
    private LogIndex? _changedFrom;
    private Snapshot? _newSnapshot;
    private bool _snapshotReplacesLog;
    private readonly List<(Message Message, Dependency On, LogIndex UpTo)> _waiting = [];

    private enum Dependency
    {
        Vote,
        Log,
    }

    // Everything up to here is durable in this server's own log.
    private LogIndex DurableIndex => LogIndex.Min(_log.LastIndex, _writes.ChangedFrom?.Previous ?? _log.LastIndex);

    private void AppendToLog(params ReadOnlySpan<LogEntry> entries)
    {
        _changedFrom ??= _log.LastIndex.Next;
        _log.Append(entries);
        foreach (var entry in entries)
        {
            _unappliedBytes += entry.Size;
        }
    }

    private void DeleteFromLog(LogIndex first)
    {
        Invariant(_role != Role.Leader, $"{Id} leads term {_currentTerm}, but would delete entry {first} (Leader Append-Only)");
        Invariant(first > _commitIndex, $"{Id} would delete entry {first}, which is committed (up to {_commitIndex})");
        _changedFrom = first;
        foreach (var entry in _log.From(first))
        {
            _unappliedBytes -= entry.Size;
        }

        _log.TruncateFrom(first);
    }

    // A reply that tells the term and the vote waits until these are durable.
    private void SendAfterVote(Message message) => _waiting.Add((message, Dependency.Vote, LogIndex.Zero));

    // A reply that tells that the log holds what it should, up to an index, waits until that is durable.
    private void SendAfterLog(Message message, LogIndex upTo) => _waiting.Add((message, Dependency.Log, upTo));

    private void WriteChanges(Durable before)
    {
        var voteChanged = before != new Durable(_currentTerm, _votedFor);
        if (voteChanged || _changedFrom is not null || _newSnapshot is not null)
        {
            // A snapshot that the log agrees with takes nothing away that was durable; another one stands for everything up to its index.
            var sequence = _writes.Begin(_snapshotReplacesLog ? LogIndex.Zero.Next : _changedFrom);
            _lastVoteWrite = voteChanged ? sequence : _lastVoteWrite;
            var log = _changedFrom is { } first ? new LogSuffix(first, _log.From(first)) : null;
            _output.Write = new RaftWrite(sequence, _currentTerm, _votedFor, _newSnapshot, log);
        }

        foreach (var (message, dependency, upTo) in _waiting)
        {
            _output.Send(message, dependency == Dependency.Vote ? PendingVote : Math.Max(PendingVote, PendingLog(upTo)));
        }

        _waiting.Clear();
        _changedFrom = null;
        _newSnapshot = null;
        _snapshotReplacesLog = false;
    }

    private void OnWriteDurable(long sequence)
    {
        _writes.Complete(sequence);

        // A candidate's vote for itself counts once it is durable. Its requests leave only now, so that it waits for the replies from now
        // on.
        if (_role == Role.Candidate && PendingVote == 0 && !_votes[_self])
        {
            _votes[_self] = true;
            _output.ElectionTimer = TimerChange.Restart;
            CountVotes();
        }

        AdvanceCommitIndex();
    }

    // The write in flight, if any, that the current term and vote wait for.
    private long PendingVote => _writes.LastDurable < _lastVoteWrite ? _lastVoteWrite : 0;

    // The last write in flight, if any, that changes the log at or before an index.
    private long PendingLog(LogIndex index) => _writes.LastUpTo(index);
}
