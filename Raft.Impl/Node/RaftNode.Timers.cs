using Raft.Impl.Core;

namespace Raft.Impl.Node;

// The election timer and the heartbeat timer (§5.2).
public sealed partial class RaftNode
{
    // The most that a time can lose in the conversion between the ticks of two clocks.
    private static readonly TimeSpan _rounding = TimeSpan.FromMicroseconds(1);
    private readonly ITimer _electionTimer;
    private readonly ITimer _heartbeatTimer;
    private Term? _electionTimeoutTerm;
    private TimeSpan _electionTimeout;
    private long _electionBegan;
    private (long SetAt, TimeSpan Timeout)? _electionDue;

    // Named methods, so that a TimeProvider can say which timer it runs.
    private static void ElectionTimer(object? node) => ((RaftNode)node!)._inbox.PostElectionTimeout();

    private static void HeartbeatTimer(object? node) => ((RaftNode)node!)._inbox.PostReport(new Work(HeartbeatTimeout.Instance));

    private void ChangeElectionTimer(TimerChange change, bool voteIsDurable)
    {
        if (change == TimerChange.None)
        {
            return;
        }

        if (change == TimerChange.Stop)
        {
            _electionDue = null;
            _electionTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // §5.2: drawn at random for each term.
        var now = _dependencies.TimeProvider.GetTimestamp();
        if (_electionTimeoutTerm != _core.CurrentTerm)
        {
            _electionTimeoutTerm = _core.CurrentTerm;
            _electionBegan = now;
            var spread = (_options.MaxElectionTimeout - _options.MinElectionTimeout) / TimeSpan.FromMicroseconds(1);
            _electionTimeout = _options.MinElectionTimeout + TimeSpan.FromMicroseconds(
                _dependencies.Random.Next((int)Math.Min(spread, int.MaxValue - 1) + 1));
        }

        // A candidate gives the others as much time to write their votes as it needed to write its own, up to a limit. Otherwise disks that
        // are a little slower than the election timeout would keep the cluster without a leader.
        var timeout = _electionTimeout;
        if (voteIsDurable && _core.Role == Role.Candidate)
        {
            var written = _dependencies.TimeProvider.GetElapsedTime(_electionBegan, now);
            timeout += written < 2 * _options.MaxElectionTimeout ? written : 2 * _options.MaxElectionTimeout;
        }

        _electionDue = (now, timeout);
        _electionTimer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    // A message that was handled after the timer ran out may have postponed the election.
    private bool IsElectionDue()
    {
        if (_electionDue is not { } due)
        {
            return false;
        }

        var left = due.Timeout - _dependencies.TimeProvider.GetElapsedTime(due.SetAt);
        if (left < _rounding)
        {
            return true;
        }

        // Timers count whole milliseconds, and run out a few milliseconds early if their clock is coarse.
        _electionTimer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        return false;
    }

    private void ChangeHeartbeatTimer(TimerChange change)
    {
        if (change != TimerChange.None)
        {
            _heartbeatTimer.Change(
                change == TimerChange.Restart ? _options.HeartbeatInterval : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
