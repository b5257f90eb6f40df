using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// The progress of the followers, for callers on any thread. The node's loop writes it after each step as a leader, without allocating.
/// Thread-safe.
/// </summary>
/// <param name="core">The state of the node. Only <see cref="Publish"/> reads it.</param>
internal sealed class PublishedProgress(RaftCore core)
{
    private readonly object _gate = new();
    private readonly FollowerProgress[] _followers = new FollowerProgress[core.Members.Length - 1];

    /// <summary>Publishes what the node knows now. Only the node's loop calls it.</summary>
    public void Publish()
    {
        lock (_gate)
        {
            var at = 0;
            foreach (var member in core.Members)
            {
                if (member != core.Id)
                {
                    var (next, match, probing) = core.ProgressOf(member);
                    var (messages, bytes) = core.InFlightTo(member);
                    _followers[at++] = new FollowerProgress(member, match, next, probing, messages, bytes);
                }
            }
        }
    }

    /// <summary>What was published last.</summary>
    public IReadOnlyList<FollowerProgress> Read()
    {
        lock (_gate)
        {
            return [.. _followers];
        }
    }
}
