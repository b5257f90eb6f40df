using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>All monitors of a schedule, and what they look at. An engine tells it what happens, whatever engine that is.</summary>
public sealed class Specification
{
    private readonly SpecificationMonitor[] _monitors;

    // Events that are frequent go to the monitors that look at them alone.
    private readonly SpecificationMonitor[] _lookAtSteps;
    private readonly SpecificationMonitor[] _lookAtSends;
    private readonly SpecificationMonitor[] _lookAtWrites;
    private readonly SpecificationMonitor[] _lookAtServices;
    private readonly Action<string, ViolationMessage> _violate;

    // The number of the event that is looked at; and of the first one that violated a property, with the place of that property in the
    // order.
    private long _event;
    private (long Event, int Rank)? _first;

    /// <summary>A specification for one schedule.</summary>
    /// <param name="servers">The servers, in the order of their names.</param>
    /// <param name="monitors">The properties to watch.</param>
    /// <param name="violate">Takes a property that is violated, and in what way.</param>
    public Specification(ImmutableArray<ServerState> servers, IEnumerable<SpecificationMonitor> monitors, Action<string, ViolationMessage> violate)
    {
        Cluster = new ClusterState(servers);
        _monitors = [.. monitors];
        _lookAtSteps = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Steps);
        _lookAtSends = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Sends);
        _lookAtWrites = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Writes);
        _lookAtServices = Array.FindAll(_monitors, static monitor => EventsOfMonitor.Of(monitor).Services);
        _violate = violate;
        Action<string, ViolationMessage> report = Report;
        foreach (var monitor in _monitors)
        {
            monitor.Attach(Cluster, report);
        }
    }

    /// <summary>What the monitors look at.</summary>
    public ClusterState Cluster { get; }

    /// <summary>
    /// New monitors for all properties of the project, in the order of precedence: cause before consequence. Where one event violates
    /// several properties, the first of them in this order is the one that is reported.
    /// </summary>
    public static SpecificationMonitor[] AllMonitors() =>
    [
        // A server takes what it must not, or leaves what it must take.
        new SoundMessages(),

        // A server's own term, role and vote.
        new Monotonicity(),
        new StepsDown(),
        new OneVotePerTerm(),

        // What it holds in memory and on disk, and what it says of that.
        new Persistence(),
        new DurableBeforeSend(),
        new StaleWork(),

        // Elections.
        new ElectedByQuorum(),
        new ElectionSafety(),

        // Logs, then what leaders know of them, then what is committed.
        new LeaderAppendOnly(),
        new LogMatching(),
        new LeaderProgress(),
        new CommittedByQuorum(),
        new LeaderCompleteness(),
        new StateMachineSafety(),

        // What follows for clients, for the network, and for time.
        new ProposalStands(),
        new ClientHistory(),
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
        _event++;
        server.Step(core, output);
        if (core.CommitIndex > server.PreviousCommitIndex || server.LogChangedFrom <= core.CommitIndex)
        {
            Commit(server, core);
        }

        foreach (var monitor in _lookAtSteps)
        {
            monitor.OnStepped(server, core, input, output);
        }
    }

    /// <summary>A server sent a message.</summary>
    public void Sent(ServerState server, Message message)
    {
        _event++;
        foreach (var monitor in _lookAtSends)
        {
            monitor.OnSent(server, message);
        }
    }

    /// <summary>A message reaches a server that no server sent.</summary>
    public void Strayed(Message message) => Cluster.Strays.Add(message);

    /// <summary>A write of a server became durable.</summary>
    public void Durable(ServerState server)
    {
        _event++;
        foreach (var monitor in _lookAtWrites)
        {
            monitor.OnDurable(server);
        }
    }

    /// <summary>A server crashed.</summary>
    public void Crashed(ServerState server)
    {
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
        _event++;
        foreach (var monitor in _lookAtServices)
        {
            monitor.OnApplied(server, message, state);
        }
    }

    /// <summary>A client proposes a command to a server.</summary>
    public void Proposed(ServerState server, Command command)
    {
        foreach (var monitor in _monitors)
        {
            monitor.OnProposed(server, command);
        }
    }

    /// <summary>A server told its service that a snapshot is durable.</summary>
    public void Compacted(ServerState server, LogIndex lastIndex)
    {
        foreach (var monitor in _monitors)
        {
            monitor.OnCompacted(server, lastIndex);
        }
    }

    /// <summary>A server answered a proposal.</summary>
    public void Answered(ServerState server, Command command, Proposal proposal)
    {
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnAnswered(server, command, proposal);
        }
    }

    /// <summary>Faults have ended, and time is fair from now on.</summary>
    public void FaultsEnded(long now)
    {
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnFaultsEnded(now);
        }
    }

    /// <summary>The cluster is at rest from now on.</summary>
    public void Rest(long now)
    {
        foreach (var monitor in _monitors)
        {
            monitor.OnRest(now);
        }
    }

    /// <summary>Something is broken again.</summary>
    public void FaultsResumed()
    {
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnFaultsResumed();
        }
    }

    /// <summary>Fair time has gone on.</summary>
    public void Time(long now)
    {
        _event++;
        foreach (var monitor in _monitors)
        {
            monitor.OnTime(now);
        }
    }

    // Never keeps a violation back: whoever takes it has the first one at least.
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

    // Keeps the one committed log of the cluster, and holds each server's commit index against it.
    private void Commit(ServerState server, RaftCore core)
    {
        // What is committed may not change in a log either, however it comes about.
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
                        $"{server.Id} committed {entry} at index {index} in term {core.CurrentTerm}, but {known.Server} committed {known.Entry} there in term {known.Term}.");
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
                    $"{server.Id} committed entry {index}, though nobody ever committed entry {Cluster.Committed.Count + 1}.");
                return;
            }
        }
    }

    // The frequent events that a type of monitors looks at.
    private sealed record EventsOfMonitor(bool Steps, bool Sends, bool Writes, bool Services)
    {
        private static readonly ConcurrentDictionary<Type, EventsOfMonitor> _known = new();

        public static EventsOfMonitor Of(SpecificationMonitor monitor) => _known.GetOrAdd(monitor.GetType(), static type => new(
            Overrides(type, nameof(SpecificationMonitor.OnStepped)),
            Overrides(type, nameof(SpecificationMonitor.OnSent)),
            Overrides(type, nameof(SpecificationMonitor.OnDurable)),
            Overrides(type, nameof(SpecificationMonitor.OnApplied))));

        private static bool Overrides(Type monitor, string method) =>
            monitor.GetMethod(method, BindingFlags.Public | BindingFlags.Instance)!.DeclaringType != typeof(SpecificationMonitor);
    }
}
