using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Raft.Impl.Node;

namespace Raft.Hosting.Health;

/// <summary>Does the storage work? A server whose storage fails stops; before that, its disk may become too slow.</summary>
internal sealed class StorageHealthCheck(HostedRaft raft, TimedStorage storage, IOptions<RaftHostOptions> options) : ServerHealthCheck(raft)
{
    protected override HealthCheckResult Check(RaftNode node, HealthStatus failure)
    {
        var (pending, oldest, lastWrite) = storage.Read();
        var data = new Dictionary<string, object> { ["pendingWrites"] = pending };
        if (lastWrite is { } time)
        {
            data["lastWriteSeconds"] = time.TotalSeconds;
        }

        if (oldest <= options.Value.Health.MaxWriteTime)
        {
            return HealthCheckResult.Healthy(pending == 0 ? "No write is pending." : $"{pending} writes are pending.", data);
        }

        data["oldestWriteSeconds"] = oldest.TotalSeconds;
        return new HealthCheckResult(
            failure,
            string.Create(
                CultureInfo.InvariantCulture,
                $"A write of {node.Id} has not become durable for {oldest.TotalSeconds:0.0} s; {pending} writes are pending."),
            data: data);
    }
}
