using Microsoft.Extensions.Diagnostics.HealthChecks;
using Raft.Impl.Node;

namespace Raft.Hosting.Health;

/// <summary>A check of the server of the host, which fails until the server has started, and once it has stopped.</summary>
internal abstract class ServerHealthCheck(HostedRaft raft) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failure = context.Registration.FailureStatus;
        return Task.FromResult(
            raft.StartedNode is not { } node ? new HealthCheckResult(failure, "The server has not started yet.")
            : EndOf(node, failure) ?? Check(node, failure));
    }

    /// <summary>Checks a server that runs.</summary>
    /// <param name="node">The server.</param>
    /// <param name="failure">The status if it does not pass.</param>
    protected abstract HealthCheckResult Check(RaftNode node, HealthStatus failure);

    private static HealthCheckResult? EndOf(RaftNode node, HealthStatus failure)
    {
        if (node.Completion.IsFaulted)
        {
            var reason = node.Completion.Exception.InnerException;
            return new HealthCheckResult(failure, $"{node.Id} has failed: {reason?.Message}", reason);
        }

        return node.Status.HasStopped ? new HealthCheckResult(failure, $"{node.Id} has stopped.") : null;
    }
}
