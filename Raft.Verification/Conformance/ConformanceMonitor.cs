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
    private bool _differs;

    /// <inheritdoc/>
    public override string Property => Name;

    /// <summary>Follows what the model does, if not null.</summary>
    internal IModelObserver? Observer { get; init; }

    /// <summary>The number of steps that were compared.</summary>
    public long Steps { get; private set; }

    /// <inheritdoc/>
    public override void OnStarted(ServerState server) => Report(server, Of(server).Start(server.Core!));

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (_differs)
        {
            return;
        }

        Steps++;
        string? difference;
        try
        {
            difference = Of(server).Step(core, input, output, server.LogChangedFrom);
        }
        catch (Exception exception)
        {
            // The node would pass over it.
            difference = $"the check failed: {exception}";
        }

        if (difference is not null)
        {
            _differs = true;
            Violate($"{server.Id} handled {input}, but {difference}.");
        }
    }

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message)
    {
        if (!_differs)
        {
            Report(server, Of(server).Send(message));
        }
    }

    /// <inheritdoc/>
    public override void OnDurable(ServerState server)
    {
        if (!_differs)
        {
            Report(server, Of(server).Store(server.Durable));
        }
    }

    /// <inheritdoc/>
    public override void OnCommitted(LogIndex index, CommittedEntry entry) => FollowedServer.Commit(_logs, entry.Entry);

    private FollowedServer Of(ServerState server)
    {
        if (_servers.Length == 0)
        {
            ServerId[] members = [.. Cluster.Servers.Select(one => one.Id)];
            _servers = [.. members.Select(id => new FollowedServer(id, members, _logs, Observer))];
        }

        return _servers[Cluster.Servers.IndexOf(server)];
    }

    private void Report(ServerState server, string? difference)
    {
        if (difference is not null && !_differs)
        {
            _differs = true;
            Violate($"{server.Id}: {difference}.");
        }
    }
}
