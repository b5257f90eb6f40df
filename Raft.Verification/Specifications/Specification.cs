using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using DeterministicSimulation;
using ModelChecking.Linearizability;
using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>The monitors of a schedule and the state that they read. The engine reports every event to it.</summary>
public sealed class Specification
{
    private readonly SpecificationMonitor[] _monitors;

    // Frequent events go only to the monitors that override them.
    private readonly SpecificationMonitor[] _stepMonitors;
    private readonly SpecificationMonitor[] _sendMonitors;
    private readonly SpecificationMonitor[] _networkMonitors;
    private readonly SpecificationMonitor[] _writeMonitors;
    private readonly SpecificationMonitor[] _serviceMonitors;
    private readonly Action<string, ViolationMessage> _violate;

    // The number of the current event, and of the first event that violated a property, with the rank of that property.
    private long _event;
    private (long Event, int Rank)? _first;
    private int _calls;

    /// <summary>A specification for one schedule.</summary>
    /// <param name="servers">The servers, in the order of their ids.</param>
    /// <param name="monitors">The properties to watch.</param>
    /// <param name="violate">Called with the property that is violated and its message.</param>
    public Specification(
        ImmutableArray<ServerState> servers, IEnumerable<SpecificationMonitor> monitors, Action<string, ViolationMessage> violate)
    {
        Cluster = new ClusterState(servers);
        _monitors = [.. monitors];
        _stepMonitors = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Steps);
        _sendMonitors = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Sends);
        _networkMonitors = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Network);
        _writeMonitors = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Writes);
        _serviceMonitors = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Services);
        _violate = violate;
        Action<string, ViolationMessage> report = Report;
        foreach (var monitor in _monitors)
        {
            monitor.Attach(Cluster, report);
        }
    }

    /// <summary>The state that the monitors read.</summary>
    public ClusterState Cluster { get; }

    /// <summary>
    /// New monitors for all properties of the project, in the order of precedence: cause before consequence. If one event violates several
    /// properties, the first in this order is reported.
    /// </summary>
    public static SpecificationMonitor[] AllMonitors() =>
    [
        // Handling a message that is not valid, or rejecting one that is.
        new SoundMessages(),

        // A server's own term, role and vote.
        new Monotonicity(),
        new StepsDown(),
        new OneVotePerTerm(),

        // Its state in memory and on disk, and what it sends about that.
        new Persistence(),
        new DurableBeforeSend(),
        new StaleWork(),

        // Elections.
        new ElectedByQuorum(),
        new ElectionSafety(),

        // Logs, then what leaders know of them, then commits.
        new LeaderAppendOnly(),
        new LogMatching(),
        new LeaderProgress(),
        new CommittedByQuorum(),
        new LeaderCompleteness(),
        new StateMachineSafety(),
        new ReadsAreCurrent(),

        // Consequences for clients, network and time.
        new ProposalStands(),
        new ClientHistory(),
        new Linearizability(),
        new DurableSnapshot(),
        new FlowControl(),
        new ElectionTimer(),
        new Liveness(),
        new Stability(),
        new Cost(),
    ];

    /// <summary>A server started.</summary>
    public void Started(ServerState server, RaftCore core)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        server.Start(core);
        foreach (var monitor in _monitors)
        {
            monitor.OnStarted(server);
        }
    }

    /// <summary>A server took a step.</summary>
    public void Stepped(ServerState server, RaftCore core, Input input, Output output)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        server.Step(core, output);
        if (core.CommitIndex > server.PreviousCommitIndex || server.LogChangedFrom <= core.CommitIndex)
        {
            Commit(server, core);
        }

        foreach (var monitor in _stepMonitors)
        {
            monitor.OnStepped(server, core, input, output);
        }
    }

    /// <summary>A server sent a message.</summary>
    public void Sent(ServerState server, Message message)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _sendMonitors)
        {
            monitor.OnSent(server, message);
        }
    }

    /// <summary>Whether a monitor watches the network.</summary>
    public bool WatchesNetwork => _networkMonitors.Length > 0;

    /// <summary>Something happened to a message on its way.</summary>
    public void Network(NetworkEvent<Message> happened)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _networkMonitors)
        {
            monitor.OnNetwork(happened);
        }
    }

    /// <summary>A message that no server sent reaches a server.</summary>
    public void Strayed(Message message) => Cluster.Strays.Add(message);

    /// <summary>A write of a server became durable.</summary>
    public void Durable(ServerState server)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _writeMonitors)
        {
            monitor.OnDurable(server);
        }
    }

    /// <summary>A server has lost its files, and has others.</summary>
    public void Lost(ServerState server)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnLost(server);
        }
    }

    /// <summary>A server crashed.</summary>
    public void Crashed(ServerState server)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        server.Stop();
        foreach (var monitor in _monitors)
        {
            monitor.OnCrashed(server);
        }
    }

    /// <summary>A service applied a message.</summary>
    public void Applied(ServerState server, ApplyMessage message, ulong state)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _serviceMonitors)
        {
            monitor.OnApplied(server, message, state);
        }
    }

    /// <summary>A client proposes a command to a server.</summary>
    public void Proposed(ServerState server, Command command)
    {
        using var observed = StoredBytes.BeginObserving();
        foreach (var monitor in _monitors)
        {
            monitor.OnProposed(server, command);
        }
    }

    /// <summary>A server reported to its service that a snapshot is durable.</summary>
    public void Compacted(ServerState server, LogIndex lastIndex)
    {
        using var observed = StoredBytes.BeginObserving();
        foreach (var monitor in _monitors)
        {
            monitor.OnCompacted(server, lastIndex);
        }
    }

    /// <summary>A server answered a proposal.</summary>
    public void Answered(ServerState server, Command command, Proposal proposal)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnAnswered(server, command, proposal);
        }
    }

    /// <summary>A client calls an operation on the service.</summary>
    /// <returns>The number of the call.</returns>
    public int Called(int client, RegisterAction action)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnCalled(client, action);
        }

        return _calls++;
    }

    /// <summary>A client's operation has returned.</summary>
    public void Returned(int call, RegisterAction action)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnReturned(call, action);
        }
    }

    /// <summary>Faults have ended, and time is fair from now on.</summary>
    public void FaultsEnded(long now)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnFaultsEnded(now);
        }
    }

    /// <summary>The cluster is at rest from now on.</summary>
    public void Rest(long now)
    {
        using var observed = StoredBytes.BeginObserving();
        foreach (var monitor in _monitors)
        {
            monitor.OnRest(now);
        }
    }

    /// <summary>Faults have resumed.</summary>
    public void FaultsResumed()
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnFaultsResumed();
        }
    }

    /// <summary>Fair time has passed.</summary>
    public void Time(long now)
    {
        using var observed = StoredBytes.BeginObserving();
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnTime(now);
        }
    }

    // Every violation is reported, so that the first one at least reaches the caller.
    private void Report(string property, ViolationMessage message)
    {
        var rank = Array.FindIndex(_monitors, monitor => monitor.Property == property);
        message.Supersedes = _first is { } first && first.Event == _event && rank < first.Rank;
        if (_first is null || message.Supersedes)
        {
            _first = (_event, rank);
        }

        _violate(property, message);
    }

    // Maintains the committed log of the cluster, and checks each server's commit index against it.
    private void Commit(ServerState server, RaftCore core)
    {
        // A committed entry may not change in a log either.
        var changed = LogIndex.Min(server.PreviousCommitIndex.Next, server.LogChangedFrom ?? server.PreviousCommitIndex.Next);
        var from = LogIndex.Max(changed, core.Log.FirstIndex);
        for (var index = from; index <= core.CommitIndex; index = index.Next)
        {
            if (index > core.Log.LastIndex)
            {
                Report("StateMachineSafety", $"{server.Id} holds entry {index} to be committed, but its log ends at {core.Log.LastIndex}.");
                return;
            }

            var entry = core.Log[index];
            if (index.Value <= Cluster.Committed.Count)
            {
                var known = Cluster.Committed[(int)index.Value - 1];
                if (known.Entry != entry)
                {
                    Report(
                        "StateMachineSafety",
                        $"{server.Id} committed {entry} at index {index} in term {core.CurrentTerm}, but {known.Server} committed "
                            + $"{known.Entry} there in term {known.Term}.");
                }
            }
            else if (index.Value == Cluster.Committed.Count + 1)
            {
                var committed = new CommittedEntry(entry, core.CurrentTerm, server.Id);
                Cluster.Commit(committed);
                foreach (var monitor in _monitors)
                {
                    monitor.OnCommitted(index, committed);
                }
            }
            else
            {
                Report(
                    "StateMachineSafety",
                    $"{server.Id} committed entry {index}, though no server ever committed entry {Cluster.Committed.Count + 1}.");
                return;
            }
        }
    }

    // The frequent events that a type of monitor overrides.
    private sealed record EventsOfMonitor(bool Steps, bool Sends, bool Network, bool Writes, bool Services)
    {
        private static readonly ConcurrentDictionary<Type, EventsOfMonitor> _known = new();

        public static EventsOfMonitor Of(SpecificationMonitor monitor) => _known.GetOrAdd(monitor.GetType(), static type => new(
            Overrides(type, nameof(SpecificationMonitor.OnStepped)),
            Overrides(type, nameof(SpecificationMonitor.OnSent)),
            Overrides(type, nameof(SpecificationMonitor.OnNetwork)),
            Overrides(type, nameof(SpecificationMonitor.OnDurable)),
            Overrides(type, nameof(SpecificationMonitor.OnApplied))));

        private static bool Overrides(Type monitor, string method) =>
            monitor.GetMethod(method, BindingFlags.Public | BindingFlags.Instance)!.DeclaringType != typeof(SpecificationMonitor);
    }
}
