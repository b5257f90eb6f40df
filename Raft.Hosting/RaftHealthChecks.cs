using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Raft.Hosting.Health;

namespace Raft.Hosting;

/// <summary>The health checks of a server. <see cref="RaftHostOptions.Health"/> has their limits.</summary>
public static class RaftHealthChecks
{
    /// <summary>
    /// The check that the server knows a leader. It is degraded at first, and unhealthy after <see
    /// cref="RaftHealthLimits.MaxTimeWithoutLeader"/>, before the start and after the end. It has the tag <see cref="Ready"/>.
    /// </summary>
    public const string Leader = "raft-leader";

    /// <summary>
    /// The check that the state machine is not behind. It is degraded beyond <see cref="RaftHealthLimits.MaxLag"/>, before the start and
    /// after the end. It has the tag <see cref="Ready"/>.
    /// </summary>
    public const string Lag = "raft-lag";

    /// <summary>
    /// The check that the storage works. It is unhealthy if a write takes longer than <see cref="RaftHealthLimits.MaxWriteTime"/>, if the
    /// server has failed, before the start and after the end. It has the tag <see cref="Live"/>.
    /// </summary>
    public const string Storage = "raft-storage";

    /// <summary>The tag of the checks that say whether the server can serve requests now. A restart would not help.</summary>
    public const string Ready = "ready";

    /// <summary>The tag of the check that says whether the server works at all.</summary>
    public const string Live = "live";

    /// <summary>
    /// Adds the three checks of the server that <see cref="RaftServiceCollectionExtensions.AddRaft(IServiceCollection,
    /// Action{RaftHostOptions})"/> has added: <see cref="Leader"/>, <see cref="Lag"/> and <see cref="Storage"/>.
    /// </summary>
    /// <param name="builder">Gets the checks.</param>
    /// <returns>The same builder.</returns>
    public static IHealthChecksBuilder AddRaft(this IHealthChecksBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder
            .AddCheck<LeaderHealthCheck>(Leader, HealthStatus.Unhealthy, [Ready])
            .AddCheck<LagHealthCheck>(Lag, HealthStatus.Degraded, [Ready])
            .AddCheck<StorageHealthCheck>(Storage, HealthStatus.Unhealthy, [Live]);
    }
}
