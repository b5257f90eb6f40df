using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// §5.6 and §9.3: once faults have ended and time is fair, a leader is elected, every proposal that it accepts is committed, and every
/// service applies what is committed, each within a time bound.
/// </summary>
/// <param name="electionBound">The longest fair time without a leader.</param>
/// <param name="commitBound">
/// The longest fair time until an accepted proposal is committed, and until a service that is behind its leader advances.
/// </param>
[PropertyMeaning(
    "Once faults have ended and time is fair, a leader is elected, and what it accepts is committed, within a bound of time.",
    "§5.6 and §9.3")]
public sealed class Liveness(TimeSpan electionBound, TimeSpan commitBound) : SpecificationMonitor
{
    private readonly List<(ServerId Leader, Term Term, LogIndex Index, long Since)> _accepted = [];

    // The applied index of each service, and when it last advanced.
    private readonly Dictionary<ServerId, (LogIndex Applied, long Since)> _applied = [];
    private static readonly TimeSpan _steady = TimeSpan.FromSeconds(1);
    private (ServerId Id, Term Term)? _leader;
    private long _ledSince;
    private long? _unsteadySince;
    private bool _faultsEnded;
    private long _now;

    /// <summary>Uses the bounds of the labs: five seconds for a leader, ten for an agreement.</summary>
    public Liveness()
        : this(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10))
    {
    }

    /// <inheritdoc/>
    public override string Property => nameof(Liveness);

    /// <inheritdoc/>
    public override void OnFaultsEnded(long now)
    {
        _faultsEnded = true;
        _now = now;
        _leader = Followed();
        _ledSince = now;
        _unsteadySince = now;
        foreach (var (server, (applied, _)) in _applied)
        {
            _applied[server] = (applied, now);
        }

        // Proposals accepted earlier have their full bound from now on.
        foreach (var server in Cluster.Servers)
        {
            if (server.Core is { Role: Role.Leader } leader && leader.Log.LastTerm == leader.CurrentTerm)
            {
                _accepted.Add((leader.Id, leader.CurrentTerm, leader.Log.LastIndex, now));
            }
        }
    }

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (_faultsEnded && input is Propose && output.Proposals.LastOrDefault(proposal => proposal.IsTaken) is { Index: var last } taken
            && last > LogIndex.Zero)
        {
            _accepted.Add((server.Id, taken.Term, last, _now));
        }
    }

    /// <inheritdoc/>
    public override void OnFaultsResumed()
    {
        _faultsEnded = false;
        _accepted.Clear();
    }

    /// <inheritdoc/>
    public override void OnStarted(ServerState server) => _applied[server.Id] = (LogIndex.Zero, _now);

    /// <inheritdoc/>
    public override void OnApplied(ServerState server, ApplyMessage message, ulong state) => _applied[server.Id] = (message.Index, _now);

    /// <inheritdoc/>
    public override void OnTime(long now)
    {
        if (!_faultsEnded)
        {
            return;
        }

        _now = now;
        CheckLeader(now);
        CheckServices(now);
        for (var i = _accepted.Count - 1; i >= 0; i--)
        {
            var (id, term, index, since) = _accepted[i];
            var leader = Cluster[id].Core;

            // A deposed leader need not commit what it accepted.
            if (leader is null || leader.Role != Role.Leader || leader.CurrentTerm != term || leader.CommitIndex >= index)
            {
                _accepted.RemoveAt(i);
            }
            else if (now - since > commitBound.Ticks)
            {
                Violate(
                    $"{id} accepted entry {index} in term {term} and still leads, but has not committed it after "
                        + $"{commitBound.TotalSeconds:0.#} s without faults and in fair time.");
            }
        }
    }

    // A leader must be elected in time. Leaders that change too fast to commit anything do not count.
    private void CheckLeader(long now)
    {
        var leader = Followed();
        if (leader != _leader)
        {
            _leader = leader;
            _ledSince = now;
            _unsteadySince ??= now;
        }

        if (leader is not null && now - _ledSince >= _steady.Ticks)
        {
            _unsteadySince = null;
        }
        else if (leader is null && now - _unsteadySince > electionBound.Ticks)
        {
            Violate(
                $"There has been no leader that a majority follows for {electionBound.TotalSeconds:0.#} s, without faults and in fair "
                    + $"time.");
        }
        else if (now - _unsteadySince > (electionBound + _steady).Ticks)
        {
            Violate(
                $"No leader has lasted for {_steady.TotalSeconds:0.#} s, since {(electionBound + _steady).TotalSeconds:0.#} s without "
                    + $"faults and in fair time.");
        }
    }

    // A server without a leader, or whose leader has nothing new, need not advance.
    private void CheckServices(long now)
    {
        if (_leader is not { } leader || Cluster[leader.Id].Core is not { } core)
        {
            return;
        }

        foreach (var server in Cluster.Servers)
        {
            var (applied, since) = _applied.TryGetValue(server.Id, out var known) ? known : default;
            if (applied >= ServerState.LastCommand(core, core.CommitIndex) || server.Core is null)
            {
                _applied[server.Id] = (applied, now);
            }
            else if (now - Math.Max(since, _ledSince) > commitBound.Ticks)
            {
                Violate(
                    $"The service of {server.Id} is at index {applied}, and has got no further for {commitBound.TotalSeconds:0.#} s, "
                        + $"though its leader {leader.Id} has committed up to {core.CommitIndex}.");
            }
        }
    }

    private (ServerId Id, Term Term)? Followed()
    {
        foreach (var server in Cluster.Servers)
        {
            if (server.Core is { Role: Role.Leader } core && IsFollowed(core))
            {
                return (core.Id, core.CurrentTerm);
            }
        }

        return null;
    }

    private bool IsFollowed(RaftCore leader)
    {
        var followers = 0;
        foreach (var server in Cluster.Servers)
        {
            if (server.Core is { } core && core.CurrentTerm == leader.CurrentTerm && core.Leader == leader.Id)
            {
                followers++;
            }
        }

        return followers >= Cluster.Quorum;
    }
}
