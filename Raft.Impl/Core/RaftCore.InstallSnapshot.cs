namespace Raft.Impl.Core;

// Figure 13, InstallSnapshot RPC: invoked by leader to send chunks of a snapshot to a follower (§7).
public sealed partial class RaftCore
{
    private void OnInstallSnapshot(InstallSnapshot request, Effects effects)
    {
        // Receiver 1: reply immediately if term < currentTerm.
        if (request.Term < _currentTerm)
        {
            SendWhenVoteDurable(new InstallSnapshotReply(Id, request.From, _currentTerm, LogIndex.Zero), effects);
            return;
        }

        HearFromLeader(request.From, effects);

        // §7: a snapshot only ever moves the service forward. If this server has committed up to its last index, it brings nothing new.
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
                SendWhenVoteDurable(
                    new InstallSnapshotReply(Id, request.From, _currentTerm, request.LastIndex, _received.Length, request.Round), effects);
                return;
            }

            Install(_received.ToSnapshot(), effects);
        }

        SendWhenLogDurable(
            new InstallSnapshotReply(Id, request.From, _currentTerm, request.LastIndex, Round: request.Round), request.LastIndex, effects);
    }

    /// <summary>
    /// Whether the server would keep the bytes of a chunk that arrives now. If so, the shell stores them before it hands over the chunk.
    /// </summary>
    internal bool Keeps(InstallSnapshot chunk)
    {
        var received = chunk.Term == _currentTerm && _received?.Includes(chunk) == true ? _received.Length : 0;
        return chunk.Term >= _currentTerm && chunk.LastIndex > _commitIndex && chunk.Offset == received && ObjectionTo(chunk) is null;
    }

    private void Install(Snapshot snapshot, Effects effects)
    {
        // Receiver 5: save snapshot file, discard any existing or partial snapshot with a smaller index.
        _received = null;

        // Receiver 6: if existing log entry has same index and term as snapshot's last included entry, retain log entries following
        // it. Receiver 7: discard the entire log.
        _unappliedBytes = UnappliedBytesAfter(snapshot);
        if (!_log.ReplaceBy(snapshot))
        {
            effects.ChangedFrom = snapshot.LastIndex.Next;
            effects.SnapshotReplacesLog = true;
        }

        // Receiver 8: reset state machine using snapshot contents. The service gets it with the next entries to apply.
        effects.NewSnapshot = snapshot;
        _commitIndex = snapshot.LastIndex;
    }

    // The service gets the entries that a snapshot covers with the snapshot, not one by one.
    private long UnappliedBytesAfter(Snapshot snapshot)
    {
        if (_log.TermAt(snapshot.LastIndex) != snapshot.LastTerm)
        {
            return 0;
        }

        return _unappliedBytes - _log.SizeOf(LogIndex.Max(_lastApplied.Next, _log.FirstIndex), snapshot.LastIndex);
    }
}
