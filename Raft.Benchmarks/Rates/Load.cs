using System.Diagnostics;

namespace Raft.Benchmarks.Rates;

/// <summary>What a cluster did for its clients.</summary>
/// <param name="Rate">Commits a second.</param>
/// <param name="Median">The median time of a call.</param>
/// <param name="P99">The time within which 99 of 100 calls ended.</param>
/// <param name="Bytes">The bytes that the process allocated for a commit: all nodes and the clients. Null: not known.</param>
/// <param name="Cpu">The processor time of the process for a commit. Null: not known.</param>
/// <param name="Paused">The part of the time in which the garbage collector had stopped the process. Null: not known.</param>
internal sealed record Load(double Rate, TimeSpan Median, TimeSpan P99, double? Bytes, TimeSpan? Cpu, double? Paused)
{
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(2);

    /// <summary>Clients that each replicate a command, wait until it is applied, and replicate the next.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="clients">How many clients.</param>
    /// <param name="time">How long to measure. The clients run for two seconds before.</param>
    /// <param name="entries">How many entries must be committed before the measurement.</param>
    public static async Task<Load> MeasureAsync(ICluster cluster, int clients, TimeSpan time, long entries)
    {
        using var end = new CancellationTokenSource();
        Latencies? latencies = null;
        var running = Enumerable.Range(0, clients).Select(_ => Task.Run(ServeAsync)).ToArray();
        await Task.WhenAny([Task.Delay(_warmUp), .. running]);
        while (cluster.Committed < entries && !Array.Exists(running, client => client.IsCompleted))
        {
            await Task.Delay(10);
        }

        GC.Collect();
        var before = Usage.Now();
        var measured = new Latencies();
        Volatile.Write(ref latencies, measured);
        await Task.WhenAny([Task.Delay(time), .. running]);
        Volatile.Write(ref latencies, null);
        var used = Usage.Now() - before;
        await end.CancelAsync();
        await Task.WhenAll(running);
        var commits = measured.Count;
        return new(
            commits / used.Time.TotalSeconds,
            measured.Percentile(0.5),
            measured.Percentile(0.99),
            (double)used.Bytes / commits,
            used.Cpu / commits,
            used.Paused / used.Time);

        async Task ServeAsync()
        {
            while (!end.IsCancellationRequested)
            {
                var begun = Stopwatch.GetTimestamp();
                await cluster.ReplicateAsync();
                Volatile.Read(ref latencies)?.Add(Stopwatch.GetElapsedTime(begun));
            }
        }
    }

    /// <summary>The load whose rate is the median.</summary>
    public static Load MedianOf(IEnumerable<Load> loads)
    {
        Load[] sorted = [.. loads.OrderBy(load => load.Rate)];
        return sorted[sorted.Length / 2];
    }

    private readonly record struct Usage(TimeSpan Time, long Bytes, TimeSpan Cpu, TimeSpan Paused)
    {
        public static Usage Now() => new(
            TimeSpan.FromTicks(Stopwatch.GetElapsedTime(0).Ticks),
            GC.GetTotalAllocatedBytes(precise: true),
            Environment.CpuUsage.TotalTime,
            GC.GetTotalPauseDuration());

        public static Usage operator -(Usage left, Usage right) =>
            new(left.Time - right.Time, left.Bytes - right.Bytes, left.Cpu - right.Cpu, left.Paused - right.Paused);
    }
}
