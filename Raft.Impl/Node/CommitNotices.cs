using System.Diagnostics.CodeAnalysis;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Messages that only tell a follower what is committed, at most one for each follower. They wait until the leader's service has applied
/// that, and the node has nothing else to do: by then its clients may have proposed more. What the leader sends the follower before, new
/// entries or a heartbeat, tells it too, and the message is not sent.
/// </summary>
internal sealed class CommitNotices
{
    private readonly List<AppendEntries> _waiting = [];

    /// <summary>Adds one. It replaces an earlier one to the same follower.</summary>
    public void Add(AppendEntries notice)
    {
        RemoveToldBy(notice);
        _waiting.Add(notice);
    }

    /// <summary>Removes the one to a follower to which a message tells the same.</summary>
    public void RemoveToldBy(Message message)
    {
        if (_waiting.Count == 0 || message is not AppendEntries sent)
        {
            return;
        }

        for (var i = 0; i < _waiting.Count; i++)
        {
            var notice = _waiting[i];
            if (notice.To == sent.To && notice.LeaderCommit <= sent.LeaderCommit && notice.LastIndex <= sent.LastIndex)
            {
                _waiting.RemoveAt(i);
                return;
            }
        }
    }

    /// <summary>Takes the one that has waited longest, to send it.</summary>
    public bool TryTake([NotNullWhen(true)] out AppendEntries? notice)
    {
        notice = _waiting.Count > 0 ? _waiting[0] : null;
        if (notice is null)
        {
            return false;
        }

        _waiting.RemoveAt(0);
        return true;
    }

    /// <summary>Removes all: the node does not lead any more.</summary>
    public void Clear() => _waiting.Clear();
}
