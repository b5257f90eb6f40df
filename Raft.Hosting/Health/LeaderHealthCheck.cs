using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Raft.Impl.Node;

namespace Raft.Hosting.Health;

/// <summary>Does the server know a leader? Without one, the cluster takes no commands.</summary>
internal sealed class LeaderHealthCheck(HostedRaft raft, ServerObserver observer, IOptions<RaftHostOptions> options)
    : ServerHealthCheck(raft)
{
    protected override HealthCheckResult Check(RaftNode node, HealthStatus failure)
    {
        var status = node.Status;
        var data = new Dictionary<string, object>
        {
            ["term"] = status.Term.Value,
            ["role"] = $"{status.Role}",
            ["leader"] = $"{status.Leader}",
        };
        if (observer.TimeWithoutLeader is not { } time)
        {
            return HealthCheckResult.Healthy($"{status.Leader} leads in term {status.Term}.", data);
        }

        var seconds = Math.Round(time.TotalSeconds, 1);
        data["secondsWithoutLeader"] = seconds;
        var description = string.Create(CultureInfo.InvariantCulture, $"{node.Id} has known no leader for {seconds} s.");
        return time < options.Value.Health.MaxTimeWithoutLeader
            ? HealthCheckResult.Degraded(description, data: data)
            : new HealthCheckResult(failure, description, data: data);
    }
}
