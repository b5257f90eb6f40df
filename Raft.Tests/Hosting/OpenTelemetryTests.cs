using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Raft.Impl.Node;
using static Raft.Tests.Hosting.HostedServerTests;

namespace Raft.Tests.Hosting;

/// <summary>
/// What a server measures, traces and logs arrives at OpenTelemetry. While it listens, all nodes of the process measure, so no tests that
/// count what a node allocates run beside it.
/// </summary>
[Collection("Load")]
public sealed class OpenTelemetryTests
{
    [Fact]
    public async Task One_line_makes_metrics_spans_and_log_lines_arrive()
    {
        List<Metric> metrics = [];
        List<Activity> spans = [];
        List<LogRecord> lines = [];
        await using var servers = new HostedServers(1);
        var host = await servers.StartAsync(1, later: services =>
            services.AddOpenTelemetry()
                .WithMetrics(metric => metric.AddMeter(RaftTelemetry.Name).AddInMemoryExporter(metrics))
                .WithTracing(trace => trace.AddSource(RaftTelemetry.Name).AddInMemoryExporter(spans))
                .WithLogging(log => log.AddInMemoryExporter(lines)));
        await AddAsync(RaftOf(host));
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Superset(
            new HashSet<string>(["raft.role", "raft.proposals", "raft.commit_index", "raft.write.duration"]),
            metrics.Select(metric => metric.Name).ToHashSet());
        Assert.Contains(spans, span => span.OperationName == "raft.replicate" && Equals(span.GetTagItem(RaftTelemetry.ServerTag), 1));
        Assert.Contains(lines, line => line.CategoryName == typeof(RaftNode).FullName && line.EventId.Id == 1);
    }
}
