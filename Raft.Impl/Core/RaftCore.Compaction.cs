namespace Raft.Impl.Core;

// §7 and Figure 13, InstallSnapshot RPC: the whole snapshot in one message.
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

    // §7: the leader sends a snapshot when it has already discarded the next log entry that it needs to send to a follower. The next
    // AppendEntries builds on it; if it was lost, that is refused, and the snapshot goes again.
    private void SendInstallSnapshot(int follower)
    {
        _output.Send(new InstallSnapshot(Id, _members[follower], _currentTerm, _log.Snapshot), after: 0);
        _progress[follower] = _progress[follower] with { NextIndex = _log.FirstIndex, Probing = true };
    }

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
        var snapshot = request.Snapshot;
        if (snapshot.LastIndex > _commitIndex)
        {
            // Receiver 5: save snapshot file, discard any existing or partial snapshot with a smaller index.
            // Receiver 6: if existing log entry has same index and term as snapshot's last included entry, retain log entries following
            // it. Receiver 7: discard the entire log.
            if (!_log.ReplaceBy(snapshot))
            {
                _changedFrom = snapshot.LastIndex.Next;
            }

            // Receiver 8: reset state machine using snapshot contents; the service gets it with what is applied next.
            _newSnapshot = snapshot;
            _snapshotIsForeign = true;
            _commitIndex = snapshot.LastIndex;
        }

        SendAfterLog(new InstallSnapshotReply(Id, request.From, _currentTerm, snapshot.LastIndex), snapshot.LastIndex);
    }

    private void OnInstallSnapshotReply(InstallSnapshotReply reply)
    {
        if (_role == Role.Leader && reply.Term == _currentTerm)
        {
            OnMatch(_members.IndexOf(reply.From), reply.LastIndex);
        }
    }
}
