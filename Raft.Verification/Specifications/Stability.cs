using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// §5.2: a leader that can reach its followers stays the leader. While the cluster is at rest, the leader and the term stay the same, and
/// each follower hears from the leader within the heartbeat interval.
/// </summary>
[PropertyMeaning("A leader that can reach its followers stays the leader, and they hear from it in the heartbeat interval.", "§5.2")]
public sealed class Stability : SpecificationMonitor
{
    private static readonly TimeSpan _interval = Timing.HeartbeatInterval;

    // The tolerance allows for slow clocks and message delays.
    private static readonly TimeSpan _longest = 1.5 * _interval;

    // When each follower last heard from the leader.
    private readonly Dictionary<ServerId, long> _heard = [];
    private (ServerId Id, Term Term)? _leader;

    /// <inheritdoc/>
    public override string Property => nameof(Stability);

    /// <inheritdoc/>
    public override void OnRest(long now)
    {
        _leader = Cluster.Leader is { } leader ? (leader.Id, leader.CurrentTerm) : null;
        foreach (var server in Cluster.Servers)
        {
            _heard[server.Id] = now;
        }
    }

    /// <inheritdoc/>
    public override void OnFaultsResumed()
    {
        _leader = null;
        _heard.Clear();
    }

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (_leader is not { } leader)
        {
            return;
        }

        if (core.CurrentTerm != leader.Term || (core.Role == Role.Leader) != (core.Id == leader.Id))
        {
            Violate(
                $"The cluster is at rest and {leader.Id} leads term {leader.Term}, "
                + $"but {core.Id} is {core.Role} in term {core.CurrentTerm} after {input}.");
            OnFaultsResumed();
        }
        else if (input is MessageReceived { Message: AppendEntries { From: var from } } && from == leader.Id && Cluster.Now is { } now)
        {
            CheckHeard(core.Id, leader.Id, now);
            _heard[core.Id] = now;
        }
    }

    /// <inheritdoc/>
    public override void OnTime(long now)
    {
        if (_leader is not { } leader)
        {
            return;
        }

        foreach (var server in Cluster.Servers)
        {
            if (server.Core is not null && server.Id != leader.Id)
            {
                CheckHeard(server.Id, leader.Id, now);
            }
        }
    }

    private void CheckHeard(ServerId follower, ServerId leader, long now)
    {
        if (_heard.TryGetValue(follower, out var heard) && now - heard > _longest.Ticks)
        {
            Violate(
                $"The cluster is at rest, but {follower} has not heard from its leader {leader} for {Milliseconds(now - heard)} ms; "
                + $"heartbeats come every {_interval.TotalMilliseconds} ms.");
        }
    }
}
