using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// The calls whose commands are in the log and not applied yet, in the order of the log. Each stands for an entry that the service has not
/// applied, so the limit of those (<see cref="CoreOptions.MaxUncommittedBytes"/>) bounds them too. Thread-safe: the node's loop adds calls,
/// and the service completes them.
/// </summary>
/// <param name="leader">Reads who leads, as far as the node knows.</param>
internal sealed class PendingReplications(Func<ServerId?> leader)
{
    private readonly object _gate = new();
    private readonly Queue<(LogIndex Index, Term Term, ReplicationWaiter Call)> _calls = new();

    /// <summary>How many calls there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>Adds a call. Its entry is the last of the log.</summary>
    public void Add(LogIndex index, Term term, ReplicationWaiter call)
    {
        lock (_gate)
        {
            _calls.Enqueue((index, term, call));
        }
    }

    /// <summary>Completes the calls that a message decides, which the service has applied.</summary>
    /// <param name="message">The message.</param>
    /// <param name="answer">What the state machine answered; null: it gave no answer.</param>
    public void OnApplied(ApplyMessage message, ReadOnlyMemory<byte>? answer)
    {
        lock (_gate)
        {
            Complete(message, answer);
        }
    }

    /// <summary>Completes the calls that messages decide, which the service has applied.</summary>
    /// <param name="messages">The messages, in the order of the log.</param>
    /// <param name="answers">What the state machine answered to each; null: it gave no answers.</param>
    public void OnApplied(IReadOnlyList<ApplyMessage> messages, IReadOnlyList<ReadOnlyMemory<byte>>? answers)
    {
        lock (_gate)
        {
            for (var i = 0; i < messages.Count && _calls.Count > 0; i++)
            {
                Complete(messages[i], answers?[i]);
            }
        }
    }

    private void Complete(ApplyMessage message, ReadOnlyMemory<byte>? answer)
    {
        while (_calls.TryPeek(out var waiting) && waiting.Index <= message.Index)
        {
            var (index, term, call) = _calls.Dequeue();
            var outcome = message.Snapshot is not null ? InSnapshot(term, message.Term)
                : (index, term) == (message.Index, message.Term) ? ReplicationOutcome.Applied
                : ReplicationOutcome.Lost;
            call.TryComplete(new ReplicationResult(
                outcome, index, term, leader(), Answer: outcome == ReplicationOutcome.Applied && message.Snapshot is null ? answer : null));
        }
    }

    /// <summary>
    /// The node no longer leads. The calls that are not decided yet are completed: their entries may be committed or lost, and the node
    /// may not learn which within bounded time.
    /// </summary>
    /// <param name="core">The state of the node now.</param>
    public void OnLeadershipLost(RaftCore core)
    {
        lock (_gate)
        {
            for (var left = _calls.Count; left > 0; left--)
            {
                var (index, term, call) = _calls.Dequeue();
                if (OutcomeOf(core, index, term) is { } outcome)
                {
                    call.TryComplete(new ReplicationResult(outcome, index, term, core.Leader));
                }
                else
                {
                    _calls.Enqueue((index, term, call));
                }
            }
        }
    }

    /// <summary>The node stops: the calls that are left do not learn what becomes of their commands.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            foreach (var (index, term, call) in _calls)
            {
                call.TryComplete(new ReplicationResult(ReplicationOutcome.Unknown, index, term));
            }

            _calls.Clear();
        }
    }

    // The terms of a log never fall (§5.3), and two logs with the same entry agree on all before it (Log Matching). So if the snapshot ends
    // in the call's term, it holds the call's entry; and if it ends in an earlier term, another entry is at that index.
    private static ReplicationOutcome InSnapshot(Term term, Term lastTerm) =>
        lastTerm == term ? ReplicationOutcome.Applied
        : lastTerm < term ? ReplicationOutcome.Lost
        : ReplicationOutcome.Unknown;

    // Null: the service will apply what is committed at that index, and that decides.
    private static ReplicationOutcome? OutcomeOf(RaftCore core, LogIndex index, Term term) =>
        index > core.CommitIndex ? ReplicationOutcome.Unknown
        : core.Log.TermAt(index) is { } committed && committed != term ? ReplicationOutcome.Lost
        : null;
}
