using Microsoft.Extensions.Diagnostics.HealthChecks;
using Raft.Impl.Node;

namespace Raft.Hosting.Health;

/// <summary>A check of the server of the host, which fails until the server has started.</summary>
internal abstract class ServerHealthCheck(HostedRaft raft) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failure = context.Registration.FailureStatus;
        return Task.FromResult(
            raft.StartedNode is { } node ? Check(node, failure) : new HealthCheckResult(failure, "The server has not started yet."));
    }

    /// <summary>Checks a server that has started.</summary>
    /// <param name="node">The server.</param>
    /// <param name="failure">The status if it does not pass.</param>
    protected abstract HealthCheckResult Check(RaftNode node, HealthStatus failure);
}
