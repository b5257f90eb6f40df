namespace DeterministicSimulation;

/// <summary>How a schedule ended.</summary>
/// <param name="Violation">What was wrong; null: nothing.</param>
/// <param name="Steps">How many operations ran.</param>
/// <param name="Digest">A hash over all choices and the final state.</param>
/// <param name="Faults">What struck.</param>
public sealed record ScheduleResult(Violation? Violation, long Steps, ulong Digest, FaultCounts Faults);

/// <summary>One run of a workload under the embedded engine, from its start to its end: all that happens follows from the choices.</summary>
public static class Schedule
{
    /// <summary>Runs a workload once, on the calling thread.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="choices">Who chooses; what was chosen is in it afterwards.</param>
    /// <param name="seed">What the strategy begins with.</param>
    /// <param name="states">Takes note of the abstract states that were seen; null: nothing does.</param>
    /// <param name="isTrial">
    /// Whether the run is one of many, of which only the property counts. It skips the wait for work that may have left the scheduler, so
    /// that such work after the last step goes unnoticed; and the diagnosis of what a stuck schedule is waiting for.
    /// </param>
    /// <param name="log">Records the events; null: nothing does.</param>
    /// <param name="stop">Ends the schedule early.</param>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static ScheduleResult Run(
        IWorkload workload,
        SimulationOptions options,
        Choices choices,
        ulong seed,
        StateCoverage? states = null,
        bool isTrial = false,
        EventLog? log = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(workload);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(choices);
        choices.Begin(seed);
        var scheduler = new EmbeddedScheduler(choices) { IsBrief = isTrial };
        var faults = new FaultLedger(options.Faults, choices);
        var caller = SynchronizationContext.Current;
        log?.Watch(scheduler, workload.TracesContinuations);
        scheduler.UncontrolledWork.Watch();
        try
        {
            var system = workload.Create(new Simulation(scheduler, options, faults, states, log));
            var run = new OperationContext(scheduler, "scenario").Begin(system.RunAsync);
            scheduler.Run(run, options.MaxSteps, stop);
            JudgeUncontrolledWork(scheduler, run, awaitUncontrolled: !isTrial);
            Judge(scheduler, system, run);
            return new ScheduleResult(scheduler.Violation, scheduler.Steps, DigestOf(choices, system), faults.Struck);
        }
        finally
        {
            UncontrolledWork.Unwatch();
            SynchronizationContext.SetSynchronizationContext(caller);
        }
    }

    /// <summary>Judges how a workload ended, if nothing was violated until then.</summary>
    /// <param name="scheduler">Takes the violation.</param>
    /// <param name="system">The system, for reports.</param>
    /// <param name="run">The workload; if it is not done, nothing can happen any more.</param>
    public static void Judge(Scheduler scheduler, SystemUnderTest system, Task run)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(run);
        if (scheduler.Violation is not null)
        {
            return;
        }

        if (run.IsFaulted)
        {
            var failure = run.Exception!.GetBaseException();
            var (property, message) = system.Judge(failure)
                ?? ("Scenario", $"The scenario failed: {failure.Message}{Environment.NewLine}{StackText.Of(failure)}");
            scheduler.Violate(property, message);
        }
        else if (!run.IsCompleted)
        {
            scheduler.Violate(
                "Deadlock",
                $"Nothing can happen any more, but the scenario is not done. It waits: {scheduler.WaitsFor(run)}{system.Describe()}");
        }
    }

    /// <summary>A hash over all choices and the final state.</summary>
    public static ulong DigestOf(Choices choices, SystemUnderTest system)
    {
        ArgumentNullException.ThrowIfNull(choices);
        ArgumentNullException.ThrowIfNull(system);
        return system.AddTo(Digest.Add(choices.Hash, choices.Count));
    }

    // Work that has left the scheduler explains whatever else was seen.
    private static void JudgeUncontrolledWork(EmbeddedScheduler scheduler, Task run, bool awaitUncontrolled)
    {
        if (awaitUncontrolled && !scheduler.UncontrolledWork.Any && (scheduler.Violation is not null || !run.IsCompletedSuccessfully))
        {
            // It takes a moment to show itself.
            scheduler.UncontrolledWork.Await();
        }

        if (scheduler.UncontrolledWork.Any)
        {
            scheduler.BlameUncontrolledWork();
        }
    }
}
