using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// How much a leader sends to each follower before it is answered. Ongaro's dissertation (§10.2.1) leaves that open, and so does <see
/// cref="RaftSpec"/>. These variables decide it as the implementation does: they remember which messages with entries are unanswered, how
/// many may be, and which snapshot is being sent. They are all 0 on a server that is not leader.
/// </summary>
internal sealed class FlowControl
{
    /// <summary>The most messages with entries to a follower that are unanswered.</summary>
    public const int MaxInFlight = 2;

    // After a message has overtaken another, so many messages are answered one at a time before two are sent at once again.
    private const int _answersAfterReordering = 32;

    // So many heartbeats that were answered since, while a message was not, are taken as a sign that the message is lost.
    private const int _patience = 2;

    // Allowed holds the number of messages that may be in flight, plus this: after a reordering the number is negative.
    private const int _offset = _answersAfterReordering - MaxInFlight;

    private readonly Variable _count;
    private readonly Variable[] _prev;
    private readonly Variable[] _last;
    private readonly Variable _allowed;
    private readonly Variable _sentAfter;
    private readonly Variable _lacked;
    private readonly Variable _askedSinceLacked;
    private readonly Variable _passedOver;
    private readonly Variable _askedSinceSent;
    private readonly Variable _answered;
    private readonly Variable _snapshot;
    private readonly Variable _snapshotIsLacked;
    private readonly Variable _askedForSnapshot;

    public FlowControl(StateLayout layout, Domain index, Scalarset servers)
    {
        Variable Make(string name, Domain domain) => layout.Variable($"flow.{name}", domain, servers, servers);
        var flag = Domain.Number(1);
        _count = Make("count", Domain.Number(MaxInFlight));
        _prev = [Make("prev0", index), Make("prev1", index)];
        _last = [Make("last0", index), Make("last1", index)];
        _allowed = Make("allowed", Domain.Number(MaxInFlight + _offset));
        _sentAfter = Make("sentAfter", index);
        _lacked = Make("lacked", index);
        _askedSinceLacked = Make("askedSinceLacked", flag);
        _passedOver = Make("passedOver", Domain.Number(_patience));
        _askedSinceSent = Make("askedSinceSent", flag);
        _answered = Make("answered", flag);
        _snapshot = Make("snapshot", index);
        _snapshotIsLacked = Make("snapshotIsLacked", flag);
        _askedForSnapshot = Make("askedForSnapshot", flag);
    }

    private Variable[] All =>
    [
        _count, .. _prev, .. _last, _allowed, _sentAfter, _lacked, _askedSinceLacked, _passedOver, _askedSinceSent, _answered,
        _snapshot, _snapshotIsLacked, _askedForSnapshot,
    ];

    /// <summary>Clears the variables of leader i for follower j.</summary>
    public void Clear(State t, int i, int j)
    {
        foreach (var variable in All)
        {
            variable[t, i, j] = 0;
        }
    }

    /// <summary>Copies the variables of leader i for follower j.</summary>
    public void Copy(State from, State to, int i, int j)
    {
        foreach (var variable in All)
        {
            variable[to, i, j] = variable[from, i, j];
        }
    }

    /// <summary>Nothing is in flight to follower j. One message may be, until one is answered: what j holds is a guess.</summary>
    /// <param name="t">The state.</param>
    /// <param name="i">The leader.</param>
    /// <param name="j">The follower.</param>
    /// <param name="sentAfter">The index after which everything is still to be sent.</param>
    public void Begin(State t, int i, int j, int sentAfter)
    {
        Clear(t, i, j);
        _allowed[t, i, j] = 1 + _offset;
        _sentAfter[t, i, j] = sentAfter;
    }

    /// <summary>Whether one message may be in flight at a time: then nextIndex is a guess, and stays until it is answered.</summary>
    public bool IsProbing(State s, int i, int j) => _allowed[s, i, j] <= 1 + _offset;

    /// <summary>Whether another message with entries may be sent.</summary>
    public bool HasRoom(State s, int i, int j) => _count[s, i, j] < Math.Max(_allowed[s, i, j] - _offset, 1);

    /// <summary>Whether a message is in flight that was sent after the last heartbeat.</summary>
    public bool HasFresh(State s, int i, int j) => _count[s, i, j] > 0 && _askedSinceSent[s, i, j] == 0;

    /// <summary>The last index of the snapshot that is being sent; 0 if none is.</summary>
    public int SnapshotInFlight(State s, int i, int j) => _snapshot[s, i, j];

    /// <summary>Whether a refusal of an index answers a message in flight.</summary>
    /// <param name="s">The state.</param>
    /// <param name="i">The leader.</param>
    /// <param name="j">The follower.</param>
    /// <param name="refused">The index.</param>
    /// <param name="isOwnSnapshot">Whether the leader's snapshot ends there: a heartbeat may have built on it.</param>
    public bool Awaits(State s, int i, int j, int refused, bool isOwnSnapshot)
    {
        var count = _count[s, i, j];
        return (isOwnSnapshot && count > 0)
            || (count > 0 && _prev[0][s, i, j] == refused)
            || (count > 1 && _prev[1][s, i, j] == refused);
    }

    /// <summary>A message with the entries after one index, up to another, is sent.</summary>
    public void Send(State t, int i, int j, int prev, int last)
    {
        var count = _count[t, i, j];
        _prev[count][t, i, j] = prev;
        _last[count][t, i, j] = last;
        _count[t, i, j] = count + 1;
        _passedOver[t, i, j] = 0;
        _askedSinceSent[t, i, j] = 0;
    }

    /// <summary>Whether a message was answered since this was last asked: then a heartbeat builds on what the follower holds.</summary>
    public bool TakeAnswered(State t, int i, int j)
    {
        var answered = _answered[t, i, j] != 0;
        _answered[t, i, j] = 0;
        return answered;
    }

    /// <summary>A heartbeat is sent that the follower refuses if it lacks an entry. On a guess, it is the one message in flight.</summary>
    public void Ask(State t, int i, int j, int prev, bool isGuess)
    {
        _askedSinceLacked[t, i, j] = 1;
        if (isGuess && IsProbing(t, i, j) && _count[t, i, j] == 0)
        {
            Send(t, i, j, prev, prev);
        }

        _askedSinceSent[t, i, j] = _count[t, i, j] > 0 ? 1 : 0;
    }

    /// <summary>
    /// The follower holds everything up to an index. Each message that this answers allows one more. If it answers none, and has passed
    /// over the only one twice, that one is lost.
    /// </summary>
    public void Acknowledge(State t, int i, int j, int match)
    {
        var before = _count[t, i, j];
        while (_count[t, i, j] > 0 && _last[0][t, i, j] <= match)
        {
            RemoveOldest(t, i, j);
            _allowed[t, i, j] = Math.Min(_allowed[t, i, j] + 1, MaxInFlight + _offset);
        }

        if (_count[t, i, j] < before)
        {
            _answered[t, i, j] = 1;
            _passedOver[t, i, j] = 0;
        }
        else if (IsProbing(t, i, j) && _askedSinceSent[t, i, j] != 0)
        {
            _askedSinceSent[t, i, j] = 0;
            _passedOver[t, i, j]++;
            if (_passedOver[t, i, j] == _patience)
            {
                ForgetSent(t, i, j);
            }
        }

        if (_count[t, i, j] == 0)
        {
            _passedOver[t, i, j] = 0;
            _askedSinceSent[t, i, j] = 0;
        }

        if (_snapshot[t, i, j] <= match)
        {
            EndSnapshot(t, i, j);
        }
    }

    /// <summary>
    /// Whether an entry that the follower lacks must be sent again. If it was sent, it may only be late: it counts as lost if the follower
    /// still lacks it after another heartbeat.
    /// </summary>
    public bool MustRepeat(State t, int i, int j, int lacking)
    {
        var must = lacking <= _sentAfter[t, i, j] || (lacking == _lacked[t, i, j] && _askedSinceLacked[t, i, j] != 0);
        _lacked[t, i, j] = lacking;
        _askedSinceLacked[t, i, j] = 0;
        return must;
    }

    /// <summary>Everything in flight is lost or of no use. The entries after an index are sent again.</summary>
    public void Repeat(State t, int i, int j, int sentAfter)
    {
        ForgetSent(t, i, j);
        _sentAfter[t, i, j] = sentAfter;
        _lacked[t, i, j] = 0;
        _askedSinceLacked[t, i, j] = 0;
        _allowed[t, i, j] = Math.Min(_allowed[t, i, j], 1 + _offset);
    }

    /// <summary>A message has overtaken another. What is in flight after an index is refused too; what comes before is only late.</summary>
    public void Reordered(State t, int i, int j, int upTo)
    {
        var keepsFirst = _count[t, i, j] > 0 && _last[0][t, i, j] <= upTo;
        var keepsSecond = _count[t, i, j] > 1 && _last[1][t, i, j] <= upTo;
        if (!keepsFirst)
        {
            ForgetSent(t, i, j);
        }
        else if (!keepsSecond)
        {
            RemoveNewest(t, i, j);
        }

        if (keepsFirst)
        {
            _passedOver[t, i, j] = 0;
            _askedSinceSent[t, i, j] = 0;
        }

        _allowed[t, i, j] = 0;
    }

    /// <summary>A snapshot is sent whole.</summary>
    public void SendSnapshot(State t, int i, int j, int last)
    {
        _snapshot[t, i, j] = last;
        _snapshotIsLacked[t, i, j] = 0;
        _askedForSnapshot[t, i, j] = 0;
    }

    /// <summary>A heartbeat asks how much of the snapshot has arrived.</summary>
    public void AskForSnapshot(State t, int i, int j) => _askedForSnapshot[t, i, j] = 1;

    /// <summary>
    /// Whether the snapshot must be sent again: the follower says that it has not arrived. The first time it may be late; if the follower
    /// says so again after another heartbeat, it is lost.
    /// </summary>
    public bool MustRepeatSnapshot(State t, int i, int j, int last)
    {
        if (_snapshot[t, i, j] != last || _askedForSnapshot[t, i, j] == 0)
        {
            return false;
        }

        if (_snapshotIsLacked[t, i, j] != 0)
        {
            return true;
        }

        _snapshotIsLacked[t, i, j] = 1;
        _askedForSnapshot[t, i, j] = 0;
        return false;
    }

    private void EndSnapshot(State t, int i, int j)
    {
        _snapshot[t, i, j] = 0;
        _snapshotIsLacked[t, i, j] = 0;
        _askedForSnapshot[t, i, j] = 0;
    }

    private void RemoveOldest(State t, int i, int j)
    {
        _prev[0][t, i, j] = _prev[1][t, i, j];
        _last[0][t, i, j] = _last[1][t, i, j];
        RemoveNewest(t, i, j);
    }

    private void RemoveNewest(State t, int i, int j)
    {
        _count[t, i, j]--;
        _prev[_count[t, i, j]][t, i, j] = 0;
        _last[_count[t, i, j]][t, i, j] = 0;
    }

    private void ForgetSent(State t, int i, int j)
    {
        while (_count[t, i, j] > 0)
        {
            RemoveNewest(t, i, j);
        }

        _passedOver[t, i, j] = 0;
        _askedSinceSent[t, i, j] = 0;
    }
}
