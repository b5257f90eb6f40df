namespace Raft.Impl.Core;

// A server is a value: it can be copied and compared.
public sealed partial class RaftCore
{
    private static readonly Progress _initialProgress = new(LogIndex.Zero.Next, LogIndex.Zero, Probing: true);

    // Canonical: without what grows for ever and does not matter.
    private RaftCore(RaftCore other, bool isCanonical = false)
    {
        _members = other._members;
        _self = other._self;
        _options = other._options;
        _protocol = other._protocol;
        _currentTerm = other._currentTerm;
        _votedFor = other._votedFor;
        _log = other._log.Clone();
        _commitIndex = other._commitIndex;
        _lastApplied = other._lastApplied;
        _role = other._role;
        _leader = other._leader;
        _serviceIsReady = other._serviceIsReady;
        _votes = [.. other._votes];
        _progress = [.. other._progress];
        _windows = Array.ConvertAll(other._windows, window => isCanonical ? window.Canonical() : window.Clone());
        _transfers = [.. other._transfers];
        _received = other._received?.Clone();
        _unappliedBytes = other._unappliedBytes;
        _hasContact = other._hasContact;
        _transferee = other._transferee;
        _isAskedToStand = other._isAskedToStand;
        _timeoutNowSent = other._timeoutNowSent;
        _heard = [.. other._heard];
        _round = other._round;
        _answeredRounds = [.. other._answeredRounds];
        _roundInFlight = other._roundInFlight;
        _waitingReads = other._waitingReads;
        _hasLease = other._hasLease;
        _heartbeatSinceAsked = other._heartbeatSinceAsked;
        _askedReads = other._askedReads;
        _unaskedReads = other._unaskedReads;
        _lastVoteWrite = isCanonical ? Math.Max(0, other._lastVoteWrite - other._writes.LastDurable) : other._lastVoteWrite;
        _writes = isCanonical ? other._writes.Renumbered() : other._writes.Clone();
    }

    /// <summary>A copy that shares nothing that can change.</summary>
    public RaftCore Clone() => new(this);

    /// <summary>
    /// A copy that behaves as this server does, and is equal to the copy of any server of which the same can be told from this state alone.
    /// The numbers of writes grow for ever: the copy counts them from the last durable one, which is number 0. What the rules do not read
    /// is as at the start: votes on any other than a candidate, nextIndex, matchIndex and rounds on any other than a leader, and heartbeats
    /// that were answered while no message is in flight.
    /// </summary>
    public RaftCore Canonical()
    {
        var copy = new RaftCore(this, isCanonical: true);
        if (_role is not (Role.Candidate or Role.PreCandidate))
        {
            Array.Clear(copy._votes);
        }

        if (_role != Role.Leader)
        {
            Array.Fill(copy._progress, _initialProgress);
            Array.Clear(copy._heard);
            Array.Clear(copy._answeredRounds);
            (copy._round, copy._timeoutNowSent) = (0, false);
        }

        // A leader looks at what its own disk holds whenever it counts.
        copy._progress[_self] = _initialProgress;
        return copy;
    }

    /// <summary>
    /// Whether the two servers are in the same state. The numbers of their writes belong to it, and so does what the rules no longer read;
    /// of <see cref="Canonical"/> copies, neither does.
    /// </summary>
    public bool Equals(RaftCore? other) =>
        other is not null
        && _self == other._self
        && _currentTerm == other._currentTerm
        && _votedFor == other._votedFor
        && _commitIndex == other._commitIndex
        && _lastApplied == other._lastApplied
        && _role == other._role
        && _leader == other._leader
        && _serviceIsReady == other._serviceIsReady
        && _unappliedBytes == other._unappliedBytes
        && _lastVoteWrite == other._lastVoteWrite
        && _hasContact == other._hasContact
        && _transferee == other._transferee
        && _isAskedToStand == other._isAskedToStand
        && _timeoutNowSent == other._timeoutNowSent
        && _round == other._round
        && _roundInFlight == other._roundInFlight
        && _hasLease == other._hasLease
        && _heartbeatSinceAsked == other._heartbeatSinceAsked
        && _waitingReads.Equals(other._waitingReads)
        && _askedReads.Equals(other._askedReads)
        && _unaskedReads.Equals(other._unaskedReads)
        && _heard.AsSpan().SequenceEqual(other._heard)
        && _answeredRounds.AsSpan().SequenceEqual(other._answeredRounds)
        && _options == other._options
        && _protocol == other._protocol
        && _members.SequenceEqual(other._members)
        && _votes.AsSpan().SequenceEqual(other._votes)
        && _progress.AsSpan().SequenceEqual(other._progress)
        && _windows.SequenceEqual(other._windows)
        && _transfers.AsSpan().SequenceEqual(other._transfers)
        && Equals(_received, other._received)
        && _writes.Equals(other._writes)
        && _log.Equals(other._log);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RaftCore);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = (((_self * 31) + _currentTerm.GetHashCode()) * 31) + (int)_role;
        hash = (((hash * 31) + _log.GetHashCode()) * 31) + _commitIndex.GetHashCode();
        hash = (((hash * 31) + _votedFor.GetHashCode()) * 31) + _leader.GetHashCode();
        hash = (((hash * 31) + _writes.GetHashCode()) * 31) + _lastApplied.GetHashCode();
        for (var i = 0; i < _progress.Length; i++)
        {
            var progress = (_progress[i].NextIndex.GetHashCode() * 31) + _progress[i].MatchIndex.GetHashCode();
            hash = (((hash * 31) + progress) * 31) + (_windows[i].GetHashCode() * 2) + (_votes[i] ? 1 : 0);
        }

        return hash;
    }
}
