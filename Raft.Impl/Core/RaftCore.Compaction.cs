namespace Raft.Impl.Core;

// §7 and Figure 13, InstallSnapshot RPC: a snapshot in chunks, one at a time; a small one in a single message.
public sealed partial class RaftCore
{
    // §7: each server takes snapshots independently, covering just the committed entries in its log.
    private void OnCompact(LogIndex lastIndex, Command data)
    {
        if (lastIndex > _lastApplied)
        {
            throw new ArgumentOutOfRangeException(
                nameof(lastIndex), lastIndex, $"{Id} was asked to compact its log up to {lastIndex}, but has applied only up to {_lastApplied}.");
        }

        // A snapshot that is not newer than the one there is changes nothing.
        if (lastIndex > _log.Snapshot.LastIndex)
        {
            _newSnapshot = new Snapshot(lastIndex, _log[lastIndex].Term, data);
            _log.ReplaceBy(_newSnapshot);
        }
    }

    // §7: the leader sends a snapshot when it has already discarded the next log entry that it needs to send to a follower.
    private void BeginSnapshot(int follower)
    {
        _progress[follower] = _progress[follower] with { NextIndex = _log.FirstIndex, Probing = true };
        _windows[follower] = new ReplicationWindow(_options, _log.Snapshot.LastIndex);
        _transfers[follower] = new SnapshotTransfer(_log.Snapshot);
        SendChunk(follower);
    }

    private void SendChunk(int follower)
    {
        // What begins, or begins again, is the latest: a follower that was down for long does not get first what was the latest then.
        var transfer = _transfers[follower] is { Offset: > 0 } begun ? begun : new SnapshotTransfer(_log.Snapshot);
        var chunk = transfer.NextChunk(_options.MaxMessageBytes);
        SendInstallSnapshot(follower, transfer, chunk, done: transfer.Offset + chunk.Length == transfer.Snapshot.Data.Length);
        _transfers[follower] = transfer with { HasLacked = false, AskedSince = false };
    }

    // In place of a heartbeat: it puts the follower's election off too, and asks how much has arrived.
    private void AskForChunk(int follower)
    {
        var transfer = _transfers[follower]!;
        SendInstallSnapshot(follower, transfer, default, done: false);
        _transfers[follower] = transfer with { AskedSince = true };
    }

    private void SendInstallSnapshot(int follower, SnapshotTransfer transfer, Command chunk, bool done) => _output.Send(
        new InstallSnapshot(
            Id, _members[follower], _currentTerm, transfer.Snapshot.LastIndex, transfer.Snapshot.LastTerm, transfer.Offset, chunk, done),
        after: 0);

    private void OnInstallSnapshot(InstallSnapshot request)
    {
        // Receiver 1: reply immediately if term < currentTerm.
        if (request.Term < _currentTerm)
        {
            SendAfterVote(new InstallSnapshotReply(Id, request.From, _currentTerm, LogIndex.Zero));
            return;
        }

        HearFromLeader(request.From);

        // §7: a snapshot only ever moves the service forward. One of what is committed here already brings nothing.
        if (request.LastIndex > _commitIndex)
        {
            // Receiver 2: create new snapshot file if first chunk. Receiver 3: write data into snapshot file at given offset.
            if (_received?.Includes(request) != true)
            {
                _received = new ReceivedSnapshot(request.LastIndex, request.LastTerm);
            }

            // Receiver 4: reply and wait for more data chunks if done is false.
            if (!_received.Add(request))
            {
                SendAfterVote(new InstallSnapshotReply(Id, request.From, _currentTerm, request.LastIndex, _received.Length));
                return;
            }

            Install(_received.ToSnapshot());
        }

        SendAfterLog(new InstallSnapshotReply(Id, request.From, _currentTerm, request.LastIndex), request.LastIndex);
    }

    private void Install(Snapshot snapshot)
    {
        // Receiver 5: save snapshot file, discard any existing or partial snapshot with a smaller index.
        _received = null;

        // Receiver 6: if existing log entry has same index and term as snapshot's last included entry, retain log entries following
        // it. Receiver 7: discard the entire log.
        _unappliedBytes = UnappliedBytesAfter(snapshot);
        if (!_log.ReplaceBy(snapshot))
        {
            _changedFrom = snapshot.LastIndex.Next;
            _snapshotReplacesLog = true;
        }

        // Receiver 8: reset state machine using snapshot contents; the service gets it with what is applied next.
        _newSnapshot = snapshot;
        _commitIndex = snapshot.LastIndex;
    }

    // What a snapshot holds is not given to the service entry by entry any more.
    private long UnappliedBytesAfter(Snapshot snapshot)
    {
        if (_log.TermAt(snapshot.LastIndex) != snapshot.LastTerm)
        {
            return 0;
        }

        var first = LogIndex.Max(_lastApplied.Next, _log.FirstIndex);
        return _unappliedBytes - _log.From(first, (int)(snapshot.LastIndex.Next - first)).Size;
    }

    private void OnInstallSnapshotReply(InstallSnapshotReply reply)
    {
        // A refusal is of an earlier term's request, and says nothing about this one.
        if (_role != Role.Leader || reply.Term != _currentTerm || reply.LastIndex == LogIndex.Zero)
        {
            return;
        }

        var follower = _members.IndexOf(reply.From);
        if (reply.Missing is not { } missing)
        {
            OnMatch(follower, reply.LastIndex);
        }
        else if (_transfers[follower] is { } transfer
            && transfer.Snapshot.LastIndex == reply.LastIndex
            && missing <= transfer.Snapshot.Data.Length)
        {
            if (missing > transfer.Offset || (transfer.HasLacked && transfer.AskedSince))
            {
                _transfers[follower] = transfer with { Offset = missing };
                SendChunk(follower);
            }
            else if (transfer.AskedSince)
            {
                _transfers[follower] = transfer with { HasLacked = true, AskedSince = false };
            }
        }
    }
}
