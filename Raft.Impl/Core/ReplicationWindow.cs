namespace Raft.Impl.Core;

/// <summary>
/// The messages that a leader has sent to one follower and that are not answered yet, oldest first. Not in the paper: a leader that sends
/// without waiting for replies (Ongaro's dissertation §10.2.1) needs a bound, and must not repeat a message that is only late.
/// </summary>
/// <remarks>
/// At first, one message is in flight at a time. Each answer allows one more, up to <see cref="CoreOptions.MaxInflightMessages"/>: on a
/// network that keeps the order, the window doubles with each round trip. A message that overtakes another is refused, so it was sent in
/// vain: after that, one message is in flight at a time for a while.
/// </remarks>
/// <param name="options">The limits.</param>
/// <param name="prevIndex">The index of the entry before the first that will be sent.</param>
internal sealed class ReplicationWindow(CoreOptions options, LogIndex prevIndex) : IEquatable<ReplicationWindow>
{
    /// <summary>How many messages must be answered, one at a time, after one overtook another, until two may be under way again.</summary>
    public const int ProbesAfterReordering = 32;

    private const int _patience = 2;

    private readonly Queue<(LogIndex PrevIndex, LogIndex LastIndex, long Bytes)> _sent = new();

    // How many messages may be in flight, if it is more than one.
    private int _allowed = 1;

    // Everything that was sent follows this index.
    private LogIndex _sentAfter = prevIndex;

    // The entry that the follower lacked when it last refused a message, and whether a heartbeat has asked for it since.
    private LogIndex _lacked;
    private bool _askedSince;

    // How many heartbeats were answered since the last message was sent, while that message was not; and whether another heartbeat was sent
    // since the last of these answers.
    private int _passedOver;
    private bool _askedSinceSent;

    // Whether a message was answered since the last heartbeat.
    private bool _answered;

    /// <summary>How many messages are in flight.</summary>
    public int Messages => _sent.Count;

    /// <summary>The last index of the message in flight that was sent last; zero: no message is in flight.</summary>
    public LogIndex LastSent => _sent.Count > 0 ? _sent.Last().LastIndex : LogIndex.Zero;

    /// <summary>How many bytes of entries are in flight.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether a message is in flight that was sent after the last heartbeat.</summary>
    public bool HasFresh => Messages > 0 && !_askedSinceSent;

    /// <summary>Whether at most one message may be in flight.</summary>
    public bool IsProbing => _allowed <= 1;

    /// <summary>Whether another message may be sent.</summary>
    public bool HasRoom => Messages < Math.Max(_allowed, 1) && Bytes < options.MaxInflightBytes;

    /// <summary>Records that a message was sent, with the entries after one index, up to another.</summary>
    public void Add(LogIndex prevIndex, LogIndex lastIndex, long bytes)
    {
        _sent.Enqueue((prevIndex, lastIndex, bytes));
        Bytes += bytes;
        (_passedOver, _askedSinceSent) = (0, false);
    }

    /// <summary>Whether a message is in flight that builds on the entry at an index.</summary>
    public bool BuildsOn(LogIndex index) => _sent.Any(sent => sent.PrevIndex == index);

    /// <summary>Whether a message was answered since the last call.</summary>
    public bool TakeAnswered()
    {
        var answered = _answered;
        _answered = false;
        return answered;
    }

    /// <summary>
    /// Records that a heartbeat was sent. The follower refuses it if it lacks an entry. If at most one message may be in flight, a
    /// heartbeat on a guess is that message: it is answered before entries are sent.
    /// </summary>
    /// <param name="prevIndex">The index that the heartbeat builds on.</param>
    /// <param name="isGuess">Whether the follower is not known to hold the entry at that index.</param>
    public void Ask(LogIndex prevIndex, bool isGuess)
    {
        _askedSince = true;
        if (IsProbing && isGuess && Messages == 0)
        {
            Add(prevIndex, prevIndex, 0);
        }

        _askedSinceSent = true;
    }

    /// <summary>
    /// Whether an entry must be sent again when the follower refuses a message because it lacks that entry. An entry that was sent may only
    /// be late. It counts as lost if the follower still lacks it after another heartbeat.
    /// </summary>
    public bool Needs(LogIndex lacking)
    {
        var needs = lacking <= _sentAfter || (lacking == _lacked && _askedSince);
        (_lacked, _askedSince) = (lacking, false);
        return needs;
    }

    /// <summary>
    /// Records that the follower holds all entries up to an index: messages that end there or before are answered. If at most one message
    /// may be in flight, and the follower has since answered two heartbeats but not that message, the message is probably lost.
    /// </summary>
    public void Acknowledge(LogIndex matchIndex)
    {
        var before = Messages;
        while (_sent.TryPeek(out var oldest) && oldest.LastIndex <= matchIndex)
        {
            Bytes -= _sent.Dequeue().Bytes;
            _allowed = Math.Min(_allowed + 1, options.MaxInflightMessages);
        }

        if (Messages < before)
        {
            _answered = true;
            _passedOver = 0;
        }
        else if (IsProbing && _askedSinceSent)
        {
            _askedSinceSent = false;
            if (++_passedOver == _patience)
            {
                Clear();
            }
        }
    }

    /// <summary>
    /// Records that a message was refused because it overtook another. Messages with entries after an index will be refused too; earlier
    /// ones are still in flight.
    /// </summary>
    public void DropOvertaking(LogIndex upTo)
    {
        var kept = _sent.Where(sent => sent.LastIndex <= upTo).ToArray();
        Clear();
        foreach (var (prev, last, bytes) in kept)
        {
            Add(prev, last, bytes);
        }

        _allowed = 2 - ProbesAfterReordering;
    }

    /// <summary>
    /// Records that what is in flight was lost, or does not fit the follower's log. The leader sends the entries after an index again.
    /// </summary>
    public void DropAll(LogIndex upTo)
    {
        Clear();
        _sentAfter = upTo;
        (_lacked, _askedSince) = (LogIndex.Zero, false);
        _allowed = Math.Min(_allowed, 1);
    }

    /// <summary>A copy that shares nothing that can change.</summary>
    public ReplicationWindow Clone()
    {
        var copy = new ReplicationWindow(options, _sentAfter) { _allowed = _allowed, _lacked = _lacked, _askedSince = _askedSince };
        foreach (var (prev, last, bytes) in _sent)
        {
            copy.Add(prev, last, bytes);
        }

        (copy._passedOver, copy._askedSinceSent, copy._answered) = (_passedOver, _askedSinceSent, _answered);
        return copy;
    }

    /// <summary>
    /// A copy without what is counted only while a message is in flight, if none is. Without messages, that count grows for ever.
    /// </summary>
    public ReplicationWindow Canonical()
    {
        var copy = Clone();
        if (Messages == 0)
        {
            (copy._passedOver, copy._askedSinceSent) = (0, false);
        }

        return copy;
    }

    /// <inheritdoc/>
    public bool Equals(ReplicationWindow? other) =>
        other is not null
        && _allowed == other._allowed
        && _sentAfter == other._sentAfter
        && _lacked == other._lacked
        && _askedSince == other._askedSince
        && _passedOver == other._passedOver
        && _askedSinceSent == other._askedSinceSent
        && _answered == other._answered
        && _sent.SequenceEqual(other._sent);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ReplicationWindow);

    /// <inheritdoc/>
    public override int GetHashCode() => (Messages * 31) + Bytes.GetHashCode();

    private void Clear()
    {
        _sent.Clear();
        Bytes = 0;
    }
}
