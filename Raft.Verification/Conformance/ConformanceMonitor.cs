using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Specifications;

namespace Raft.Verification.Conformance;

/// <summary>
/// Every step of the running code is a step of the formal model. The model steps beside the code, with the rules that the checker explores.
/// </summary>
[PropertyMeaning(
    "Each thing that a server does is an action of the specification that is enabled, and has its effect: on the state of the server, on "
    + "what it writes, and on what it sends.",
    "the specification raft.tla, with the options of this implementation")]
public sealed class ConformanceMonitor : SpecificationMonitor
{
    /// <summary>The property's name.</summary>
    public const string Name = "Conformance";

    private readonly ModelLogs _logs = new();
    private FollowedServer[] _servers = [];
    private FollowedNetwork? _network;
    private AbstractServer[] _abstract = [];
    private bool _differs;

    /// <inheritdoc/>
    public override string Property => Name;

    /// <summary>Follows what the model does, if not null.</summary>
    internal IModelObserver? Observer { get; init; }

    /// <summary>Records the abstract states of the model after each step of a server, if not null.</summary>
    internal StateCoverage? States { get; init; }

    /// <summary>The actions that the model took, and the guards that held.</summary>
    public RuleCoverage Coverage { get; } = new();

    /// <summary>The number of steps that were compared.</summary>
    public long Steps { get; private set; }

    /// <summary>A core that a scenario drives itself took a step, which was compared.</summary>
    internal void CountStep() => Steps++;

    /// <inheritdoc/>
    public override void OnStarted(ServerState server) =>
        Compare(server, server, static (one, state) => one.Start(state.Core!), static _ => "started");

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        Steps++;

        // What is rejected is not received: no server can have sent it.
        if (input is MessageReceived { Message: var message } && output.Rejected is null)
        {
            Check(
                server,
                (monitor: this, server, message),
                static one => one.monitor.Network.Receive(one.monitor.Cluster.Servers.IndexOf(one.server), one.message),
                static one => $"handled {one.message}");
        }

        Compare(
            server,
            (core, input, output, server.LogChangedFrom),
            static (one, step) => one.Step(step.core, step.input, step.output, step.LogChangedFrom),
            static step => $"handled {step.input}");
        if (States is not null && !_differs)
        {
            var at = Cluster.Servers.IndexOf(server);
            var state = _servers[at].Abstract();

            // Most steps change nothing.
            if (state != _abstract[at])
            {
                _abstract[at] = state;
                States.Note(AbstractServer.HashOf(_abstract));
            }
        }
    }

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message) =>
        Compare(server, message, static (one, sent) => one.Send(sent), static sent => $"sent {sent}");

    /// <inheritdoc/>
    public override void OnNetwork(NetworkEvent<Message> happened) => Check(
        Cluster.Servers[happened.To - 1],
        (monitor: this, happened),
        static one => one.monitor.Network.Follow(one.happened),
        static one => $"is the receiver of {one.happened.Message}, which is {one.happened.Kind.ToString().ToLowerInvariant()}");

    /// <inheritdoc/>
    public override void OnLost(ServerState server) => Of(server).Lose();

    /// <inheritdoc/>
    public override void OnCrashed(ServerState server) => _network?.End(Cluster.Servers.IndexOf(server));

    /// <inheritdoc/>
    public override void OnDurable(ServerState server) =>
        Compare(server, server, static (one, state) => one.Store(state.Durable), static _ => "stored a write");

    /// <inheritdoc/>
    public override void OnCommitted(LogIndex index, CommittedEntry entry) => Of(Cluster.Servers[0]).Commit(entry.Entry);

    // Messages may be under way before any server has started.
    private FollowedNetwork Network => _network ??= new FollowedNetwork(Cluster.Servers.Length);

    private FollowedServer Of(ServerState server)
    {
        if (_servers.Length == 0)
        {
            ServerId[] members = [.. Cluster.Servers.Select(one => one.Id)];
            _servers = [.. members.Select(id => new FollowedServer(id, members, _logs, server.Core!.Protocol, Observer, Coverage))];
            _abstract = new AbstractServer[_servers.Length];
        }

        return _servers[Cluster.Servers.IndexOf(server)];
    }

    private void Compare<T>(ServerState server, T what, Func<FollowedServer, T, string?> compare, Func<T, string> describe) => Check(
        server,
        (monitor: this, server, what, compare, describe),
        static one => one.compare(one.monitor.Of(one.server), one.what),
        static one => one.describe(one.what));

    // After the first difference the model is no longer that of the code.
    private void Check<T>(ServerState server, T what, Func<T, string?> compare, Func<T, string> describe)
    {
        if (_differs)
        {
            return;
        }

        string? difference;
        try
        {
            difference = compare(what);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The node would pass over what its observer throws.
            difference = $"the comparison failed: {exception}";
        }

        if (difference is not null)
        {
            _differs = true;
            Violate($"{server.Id} {describe(what)}, but {difference}.");
        }
    }
}
