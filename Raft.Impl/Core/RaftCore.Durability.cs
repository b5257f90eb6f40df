namespace Raft.Impl.Core;

// Figure 2: persistent state is "updated on stable storage before responding to RPCs". Writes may be in flight while the server goes on;
// whatever depends on one is sent, or counted, once it is durable. What need not wait does not.
public sealed partial class RaftCore
{
    private readonly Queue<WriteInFlight> _writesInFlight = new();
    private long _lastWrite;
    private long _lastVoteWrite;

    // What this step changed on stable storage, beside term and vote.
    private LogIndex? _changedFrom;
    private Snapshot? _newSnapshot;
    private bool _snapshotIsForeign;
    private readonly List<(Message Message, Dependency On, LogIndex UpTo)> _waiting = [];

    private enum Dependency
    {
        Vote,
        Log,
    }

    // Everything up to here is durable in this server's own log.
    private LogIndex DurableIndex
    {
        get
        {
            var durable = _log.LastIndex;
            foreach (var write in _writesInFlight)
            {
                durable = LogIndex.Min(durable, write.ChangedFrom.Previous);
            }

            return durable;
        }
    }

    private void AppendToLog(params ReadOnlySpan<LogEntry> entries)
    {
        _changedFrom ??= _log.LastIndex.Next;
        _log.Append(entries);
    }

    private void DeleteFromLog(LogIndex first)
    {
        Invariant(_role != Role.Leader, $"{Id} leads term {_currentTerm}, but would delete entry {first} (Leader Append-Only)");
        Invariant(first > _commitIndex, $"{Id} would delete entry {first}, which is committed (up to {_commitIndex})");
        _changedFrom = first;
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
            _lastWrite++;
            _lastVoteWrite = voteChanged ? _lastWrite : _lastVoteWrite;
            var log = _changedFrom is { } first ? new LogSuffix(first, _log.From(first)) : null;
            _output.Write = new RaftWrite(_lastWrite, _currentTerm, _votedFor, _newSnapshot, log);

            // A snapshot of the own service takes nothing away that was durable; one from a leader stands for everything up to its index.
            var changedFrom = _snapshotIsForeign ? new LogIndex(1) : _changedFrom ?? new LogIndex(long.MaxValue);
            _writesInFlight.Enqueue(new WriteInFlight(_lastWrite, changedFrom));
        }

        foreach (var (message, dependency, upTo) in _waiting)
        {
            _output.Send(message, dependency == Dependency.Vote ? PendingVote : Math.Max(PendingVote, PendingLog(upTo)));
        }

        _waiting.Clear();
        _changedFrom = null;
        _newSnapshot = null;
        _snapshotIsForeign = false;
    }

    private void OnWriteDurable(long sequence)
    {
        while (_writesInFlight.TryPeek(out var write) && write.Sequence <= sequence)
        {
            _writesInFlight.Dequeue();
        }

        // A candidate's vote for itself counts once it is durable.
        if (_role == Role.Candidate && PendingVote == 0 && !_votes[_self])
        {
            _votes[_self] = true;
            CountVotes();
        }

        AdvanceCommitIndex();
    }

    // The write in flight, if any, that the current term and vote wait for.
    private long PendingVote =>
        _writesInFlight.TryPeek(out var oldest) && oldest.Sequence <= _lastVoteWrite ? _lastVoteWrite : 0;

    // The last write in flight, if any, that changes the log at or before an index.
    private long PendingLog(LogIndex index)
    {
        var pending = 0L;
        foreach (var write in _writesInFlight)
        {
            pending = write.ChangedFrom <= index ? write.Sequence : pending;
        }

        return pending;
    }

    private readonly record struct WriteInFlight(long Sequence, LogIndex ChangedFrom);
}
