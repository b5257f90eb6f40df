using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Hosting.Health;

/// <summary>
/// Is the state machine of this server up to date? It counts the entries that are committed in the cluster, as far as this server knows,
/// and not applied here: because the log of a follower lacks them, or because the state machine is slow.
/// </summary>
internal sealed class LagHealthCheck(HostedRaft raft, ServerObserver observer, IOptions<RaftHostOptions> options) : ServerHealthCheck(raft)
{
    protected override HealthCheckResult Check(RaftNode node, HealthStatus failure)
    {
        var status = node.Status;
        var committed = LogIndex.Max(observer.ReportedCommit, status.CommitIndex);
        var lag = committed.Value - status.LastApplied.Value;
        var most = options.Value.Health.MaxLag;
        var data = new Dictionary<string, object>
        {
            ["reportedCommitIndex"] = committed.Value,
            ["commitIndex"] = status.CommitIndex.Value,
            ["appliedIndex"] = status.LastApplied.Value,
            ["lag"] = lag,
            ["maxLag"] = most,
        };
        return lag <= most
            ? HealthCheckResult.Healthy($"{node.Id} has applied the log up to {status.LastApplied} of {committed}.", data)
            : new HealthCheckResult(
                failure,
                $"{node.Id} is {lag} entries behind: it has applied the log up to {status.LastApplied} of {committed}, and holds what is "
                + $"committed up to {status.CommitIndex}.",
                data: data);
    }
}
