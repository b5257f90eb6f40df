using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Tests.Node;

/// <summary>Sees to it that no election begins sooner than a time after the last message of a leader that the node has handled.</summary>
/// <remarks>An observer cannot fail a test: who owns it asks for <see cref="TooEarly"/>.</remarks>
internal sealed class ElectionAudit(TimeProvider time, TimeSpan shortest) : IRaftObserver
{
    private readonly object _gate = new();
    private long _heard;
    private Term _term;
    private int _elections;
    private TimeSpan? _tooEarly;

    /// <summary>How many elections the node began.</summary>
    public int Elections
    {
        get
        {
            lock (_gate)
            {
                return _elections;
            }
        }
    }

    /// <summary>
    /// How soon after a message of the leader the node began an election, if that was too early once; null: it never was.
    /// </summary>
    public TimeSpan? TooEarly
    {
        get
        {
            lock (_gate)
            {
                return _tooEarly;
            }
        }
    }

    public void Started(RaftCore core) => _heard = time.GetTimestamp();

    public void Stepped(RaftCore core, Input input, Output output)
    {
        lock (_gate)
        {
            // With pre-vote, an election begins with a question that leaves the term as it is (dissertation §9.6).
            if (input is ElectionTimeout && (core.CurrentTerm > _term || core.Role == Role.PreCandidate))
            {
                var passed = time.GetElapsedTime(_heard);
                _elections++;
                if (passed < shortest && (_tooEarly is null || passed < _tooEarly))
                {
                    _tooEarly = passed;
                }
            }

            if (output.ElectionTimer == TimerChange.Restart)
            {
                _heard = time.GetTimestamp();
            }

            _term = core.CurrentTerm;
        }
    }
}
