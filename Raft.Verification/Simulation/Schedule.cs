using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;
using Raft.Verification.Scenarios.Lab;
using Raft.Verification.Specifications;

namespace Raft.Verification.Simulation;

/// <summary>How a schedule ended.</summary>
/// <param name="Violation">What was wrong; null: nothing.</param>
/// <param name="Steps">How many operations ran.</param>
/// <param name="Digest">A hash over all choices and the final state.</param>
/// <param name="Faults">What struck.</param>
public sealed record ScheduleResult(Violation? Violation, long Steps, ulong Digest, FaultCounts Faults);

/// <summary>One run of a scenario under the embedded engine, from its start to its end: all that happens follows from the choices.</summary>
public static class Schedule
{
    /// <summary>Runs a scenario once, on the calling thread.</summary>
    /// <param name="scenario">The workload.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="choices">Who chooses; what was chosen is in it afterwards.</param>
    /// <param name="seed">What the strategy begins with.</param>
    /// <param name="states">Takes note of the abstract states that were seen; null: nobody does.</param>
    /// <param name="log">Takes note of what happens, in words; null: nobody does.</param>
    /// <param name="stop">Ends it before its end.</param>
    /// <exception cref="OperationCanceledException">It was ended before its end.</exception>
    public static ScheduleResult Run(
        Scenario scenario,
        ClusterOptions options,
        Choices choices,
        ulong seed,
        AbstractStates? states = null,
        EventLog? log = null,
        CancellationToken stop = default) =>
        Run(scenario, options, choices, seed, Specification.AllMonitors(), states, log, isTrial: false, stop);

    /// <summary>Runs a scenario once, with monitors of the caller's.</summary>
    public static ScheduleResult Run(
        Scenario scenario,
        ClusterOptions options,
        Choices choices,
        ulong seed,
        IEnumerable<SpecificationMonitor> monitors,
        AbstractStates? states = null,
        EventLog? log = null) => Run(scenario, options, choices, seed, monitors, states, log, isTrial: false);

    /// <summary>
    /// The same. A trial is one of many, of which only the property counts: nobody waits for work that may have left the scheduler, and so it is not
    /// noticed after the last step; and what waits for what is not told.
    /// </summary>
    internal static ScheduleResult Run(
        Scenario scenario,
        ClusterOptions options,
        Choices choices,
        ulong seed,
        IEnumerable<SpecificationMonitor> monitors,
        AbstractStates? states,
        EventLog? log,
        bool isTrial,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(choices);
        choices.Begin(seed);
        var scheduler = new EmbeddedScheduler(choices) { IsBrief = isTrial };
        var faults = new FaultLedger(options.Faults, choices);
        var caller = SynchronizationContext.Current;
        scheduler.Escapes.Watch();
        try
        {
            var cluster = new SimulatedCluster(scheduler, options, monitors, faults);
            states?.Watch(cluster);
            log?.Watch(scheduler, cluster);
            var run = new OperationContext(scheduler, "scenario").Begin(() => scenario.RunAsync(cluster));
            scheduler.Run(run, options.MaxSteps, stop);
            JudgeEscapes(scheduler, run, awaitEscapes: !isTrial);
            Judge(scheduler, cluster, run);
            return new ScheduleResult(scheduler.Violation, scheduler.Steps, DigestOf(choices, cluster), faults.Struck);
        }
        finally
        {
            Escapes.Unwatch();
            SynchronizationContext.SetSynchronizationContext(caller);
        }
    }

    // Work that has left the scheduler explains whatever else was seen.
    private static void JudgeEscapes(EmbeddedScheduler scheduler, Task run, bool awaitEscapes)
    {
        if (awaitEscapes && !scheduler.Escapes.Any && (scheduler.Violation is not null || !run.IsCompletedSuccessfully))
        {
            // It takes a moment to show itself.
            scheduler.Escapes.Await();
        }

        if (scheduler.Escapes.Any)
        {
            scheduler.BlameEscape();
        }
    }

    /// <summary>Judges how a scenario ended, if nothing was violated until then.</summary>
    /// <param name="scheduler">Takes the violation.</param>
    /// <param name="cluster">The cluster, for reports.</param>
    /// <param name="run">The scenario; if it is not done, nothing can happen any more.</param>
    internal static void Judge(Scheduler scheduler, SimulatedCluster cluster, Task run)
    {
        if (scheduler.Violation is not null)
        {
            return;
        }

        if (run.IsFaulted)
        {
            var failure = run.Exception!.GetBaseException();
            if (failure is LabFailure)
            {
                scheduler.Violate("LabTest", failure.Message);
            }
            else if (failure is PropertyFailure broken)
            {
                scheduler.Violate(broken.Property, broken.Message);
            }
            else
            {
                scheduler.Violate("Scenario", $"The scenario failed: {failure.Message}{Environment.NewLine}{StackText.Of(failure)}");
            }
        }
        else if (!run.IsCompleted)
        {
            var servers = string.Concat(cluster.Simulated.Select(server => $"{Environment.NewLine}  {server.Describe()}"));
            scheduler.Violate(
                "Deadlock",
                $"Nothing can happen any more, but the scenario is not done. It waits: {scheduler.WaitsFor(run)}{servers}");
        }
    }

    /// <summary>A hash over all choices and the final state.</summary>
    internal static ulong DigestOf(Choices choices, SimulatedCluster cluster)
    {
        var digest = Digest.Add(choices.Hash, choices.Count);
        foreach (var server in cluster.Simulated)
        {
            digest = Digest.Add(digest, server.State.Durable);
            if (server.State.Core is { } core)
            {
                digest = Digest.Add(digest, core);
            }
        }

        return digest;
    }
}
