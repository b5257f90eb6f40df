using DeterministicSimulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// The format of the traces of clusters: the types that they define, and the checks on a trace that is read. It must match
/// docs/trace.schema.json, and may only name servers of its cluster.
/// </summary>
public static class RaftTraceFormat
{
    private static readonly Lazy<JsonSchema> _schema = new(() =>
        JsonSchema.Parse(typeof(RaftTraceFormat).Assembly.GetManifestResourceStream("trace.schema.json")!));

    /// <summary>The format.</summary>
    public static TraceFormat Format { get; } = new(typeof(ClusterOptions), typeof(TraceInput), typeof(TraceState), typeof(Subjects))
    {
        FaultOfJson = json => _schema.Value.FaultOf(json),
        FaultOf = FaultOf,
    };

    extension(Trace trace)
    {
        /// <summary>The world that it ran in.</summary>
        public ClusterOptions ClusterOptions => (ClusterOptions)trace.Options;

        /// <summary>
        /// The number of protocol steps among the events: inputs of servers, except reports of their disks and services; crashes; starts;
        /// and messages that were lost or duplicated by chance.
        /// </summary>
        public int ProtocolSteps => trace.Events.Count(one => one.IsOfProtocol);
    }

    // Checks what the schema cannot express. TraceFormat has checked the servers of the script, of the events and of their messages.
    private static string? FaultOf(Trace trace)
    {
        foreach (var (i, step) in (trace.Script ?? []).Index())
        {
            var names = step.Servers is { Count: > 0 };
            if (names != step.Action is not (ScriptAction.Heal or ScriptStep.Converge))
            {
                return $"$.script[{i}] names {(names ? "servers" : "no server")}, which does not fit its action";
            }
        }

        var named = trace.Violation.ClusterSubjects.Servers.Index()
            .Select(one => ($"$.violation.subjects.servers[{one.Index}]", (int?)one.Item))
            .Concat(trace.Events.Index().SelectMany(one => ServersOf($"$.events[{one.Index}]", one.Item)));
        foreach (var (path, server) in named)
        {
            if (server < 1 || server > trace.Options.Servers)
            {
                return $"{path} names server {server}, but the servers are 1 to {trace.Options.Servers}";
            }
        }

        return null;
    }

    private static IEnumerable<(string Path, int? Server)> ServersOf(string path, TraceEvent happened) =>
    [
        ($"{path}.state.votedFor", happened.ServerState?.VotedFor),
        ($"{path}.state.durableVote", happened.ServerState?.DurableVote),
    ];
}
