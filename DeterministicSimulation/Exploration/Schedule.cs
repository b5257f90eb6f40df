namespace DeterministicSimulation;

/// <summary>How a schedule ended.</summary>
/// <param name="Violation">The violation; null if no property was violated.</param>
/// <param name="Steps">The number of operations that ran.</param>
/// <param name="Digest">A hash over all choices and the final state.</param>
/// <param name="Faults">The faults that struck.</param>
public sealed record ScheduleResult(Violation? Violation, long Steps, ulong Digest, FaultCounts Faults)
{
    /// <inheritdoc cref="SystemUnderTest.ModelSteps"/>
    public long ModelSteps { get; init; }

    /// <inheritdoc cref="SystemUnderTest.ModelCoverage"/>
    public IReadOnlyList<long> ModelCoverage { get; init; } = [];
}

/// <summary>One run of a workload under the embedded engine, from start to end. The choices determine everything that happens.</summary>
public static class Schedule
{
    /// <summary>Runs a workload once, on the calling thread.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="choices">Makes the choices, and holds them afterwards.</param>
    /// <param name="seed">The seed of the strategy.</param>
    /// <param name="states">Records the abstract states that were seen, if not null.</param>
    /// <param name="modelStates">Records the states of the model that were seen beside the system, if not null.</param>
    /// <param name="isProbe">
    /// Whether the run is one of many, and only its property matters. A probe skips the wait for uncontrolled work, so that such work after
    /// the last step is not detected; and it skips the diagnosis of what a stuck schedule is waiting for.
    /// </param>
    /// <param name="log">Records the events, if not null.</param>
    /// <param name="stop">Ends the schedule early.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended the schedule.</exception>
    public static ScheduleResult Run(
        IWorkload workload,
        SimulationOptions options,
        Choices choices,
        ulong seed,
        StateCoverage? states = null,
        StateCoverage? modelStates = null,
        bool isProbe = false,
        EventLog? log = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(workload);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(choices);
        choices.Begin(seed);
        var scheduler = new EmbeddedScheduler(choices) { SkipsDiagnosis = isProbe };
        var faults = new FaultLedger(options.Faults, choices);
        var caller = SynchronizationContext.Current;
        log?.Watch(scheduler, workload.TracesContinuations);
        scheduler.UncontrolledWork.Watch();
        try
        {
            var system = workload.Create(new Simulation(scheduler, options, faults, states, log) { ModelStates = modelStates });
            var run = new OperationContext(scheduler, "scenario").Begin(system.RunAsync);
            scheduler.Run(run, options.MaxSteps, stop);
            JudgeUncontrolledWork(scheduler, run, awaitUncontrolled: !isProbe);
            Judge(scheduler, system, run);
            return new ScheduleResult(scheduler.Violation, scheduler.Steps, DigestOf(choices, system), faults.Struck)
            {
                ModelSteps = system.ModelSteps,
                ModelCoverage = system.ModelCoverage,
            };
        }
        finally
        {
            UncontrolledWork.Unwatch();
            SynchronizationContext.SetSynchronizationContext(caller);
        }
    }

    /// <summary>Judges how a workload ended, if no property was violated until then.</summary>
    /// <param name="scheduler">Records the violation.</param>
    /// <param name="system">The system, for reports.</param>
    /// <param name="run">The run of the workload. If it is not completed, nothing can happen any more.</param>
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

    // Uncontrolled work replaces any other violation, because it may have caused it.
    private static void JudgeUncontrolledWork(EmbeddedScheduler scheduler, Task run, bool awaitUncontrolled)
    {
        if (awaitUncontrolled && !scheduler.UncontrolledWork.Any && (scheduler.Violation is not null || !run.IsCompletedSuccessfully))
        {
            // Another thread takes a moment to start.
            scheduler.UncontrolledWork.Await();
        }

        if (scheduler.UncontrolledWork.Any)
        {
            scheduler.ViolateByUncontrolledWork();
        }
    }
}
