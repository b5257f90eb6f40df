namespace Raft.Impl.Core;

// §7, log compaction: a server replaces the beginning of its log by a snapshot. If a follower needs entries that were replaced, the leader
// sends its snapshot, one chunk at a time. A small snapshot is a single chunk.
public sealed partial class RaftCore
{
    // §7: each server takes snapshots independently, covering just the committed entries in its log.
    private void OnCompact(LogIndex lastIndex, SnapshotData data, Effects effects)
    {
        if (lastIndex > _lastApplied)
        {
            throw new ArgumentOutOfRangeException(
                nameof(lastIndex), lastIndex,
                $"{Id} was asked to compact its log up to {lastIndex}, but has applied only up to {_lastApplied}.");
        }

        // A snapshot that is not newer than the one there is changes nothing.
        if (lastIndex > _log.Snapshot.LastIndex)
        {
            effects.NewSnapshot = new Snapshot(lastIndex, _log.TermAt(lastIndex)!.Value, data);
            _log.ReplaceBy(effects.NewSnapshot);
        }
    }

    // §7: the leader sends a snapshot when it has already discarded the next log entry that it needs to send to a follower.
    private void BeginSnapshot(int follower, Effects effects)
    {
        _progress[follower] = _progress[follower] with { NextIndex = _log.FirstIndex, Probing = true };
        _windows[follower] = new ReplicationWindow(_options, _log.Snapshot.LastIndex);
        _transfers[follower] = new SnapshotTransfer(_log.Snapshot);
        SendChunk(follower, effects);
    }

    private void SendChunk(int follower, Effects effects)
    {
        // A transfer that starts, or starts again, takes the latest snapshot. A follower that was down for long needs no older one.
        var transfer = _transfers[follower] is { Offset: > 0 } begun ? begun : new SnapshotTransfer(_log.Snapshot);
        var chunk = transfer.NextChunk(_options.MaxMessageBytes);
        SendInstallSnapshot(follower, transfer, chunk, done: transfer.Offset + chunk.Length == transfer.Snapshot.Data.Length, effects);
        _transfers[follower] = transfer with { HasLacked = false, AskedSince = false };
    }

    // Replaces a heartbeat during a transfer: it restarts the follower's election timer too, and asks how much has arrived.
    private void AskForChunk(int follower, Effects effects)
    {
        var transfer = _transfers[follower]!;
        SendInstallSnapshot(follower, transfer, default, done: false, effects);
        _transfers[follower] = transfer with { AskedSince = true };
    }

    private void SendInstallSnapshot(int follower, SnapshotTransfer transfer, SnapshotData chunk, bool done, Effects effects)
    {
        var (lastIndex, lastTerm) = (transfer.Snapshot.LastIndex, transfer.Snapshot.LastTerm);
        effects.Send(
            new InstallSnapshot(Id, _members[follower], _currentTerm, lastIndex, lastTerm, transfer.Offset, chunk, done, _round), after: 0);
    }

    /// <summary>Whether a follower is being sent a snapshot of this content.</summary>
    internal bool Sends(ISnapshotContent content) => Array.Exists(_transfers, transfer => transfer?.Snapshot.Data.Content == content);

    private void OnInstallSnapshotReply(InstallSnapshotReply reply, Effects effects)
    {
        if (_role != Role.Leader || reply.Term != _currentTerm)
        {
            return;
        }

        var follower = _members.IndexOf(reply.From);
        OnAnswered(follower, reply.Round);

        // A refusal is of an earlier term's request, and says nothing about this one.
        if (reply.LastIndex == LogIndex.Zero)
        {
            return;
        }

        if (reply.Missing is not { } missing)
        {
            OnMatch(follower, reply.LastIndex, effects);
        }
        else if (_transfers[follower] is { } transfer
            && transfer.Snapshot.LastIndex == reply.LastIndex
            && missing <= transfer.Snapshot.Data.Length)
        {
            if (missing > transfer.Offset || (transfer.HasLacked && transfer.AskedSince))
            {
                _transfers[follower] = transfer with { Offset = missing };
                SendChunk(follower, effects);
            }
            else if (transfer.AskedSince)
            {
                _transfers[follower] = transfer with { HasLacked = true, AskedSince = false };
            }
        }
    }
}
