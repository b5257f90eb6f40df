using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;
using CoyoteSpecification = Microsoft.Coyote.Specifications.Specification;

namespace Raft.Verification.Coyote;

/// <summary>One run of a scenario under Coyote, from its start to its end: what Coyote calls an iteration.</summary>
internal static class CoyoteSchedule
{
    /// <summary>Runs a scenario once; what is violated fails Coyote's test.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="options">The world it runs in.</param>
    /// <param name="log">Takes note of what happens, in words.</param>
    /// <param name="violated">Told of a violation before the test fails.</param>
    /// <param name="states">Takes note of the abstract states that were seen; null: nobody does.</param>
    /// <param name="done">Told at the end what it took, before a violation is told; null: nobody is.</param>
    /// <param name="stop">Ends it before its end: then nobody is told anything.</param>
    public static async Task RunAsync(
        Scenario scenario,
        ClusterOptions options,
        EventLog log,
        Action<Trace> violated,
        StateCoverage? states = null,
        Action<ScheduleResult>? done = null,
        CancellationToken stop = default)
    {
        var strategy = new CoyoteStrategy();
        var choices = new Choices(strategy);
        choices.Begin(seed: 0);
        var faults = new FaultLedger(options.Faults, choices);
        var scheduler = new CoyoteScheduler(strategy, choices, stop);
        var simulation = new Simulation(scheduler, options, faults, states, log);
        log.Watch(scheduler);
        var system = new ClusterUnderTest(scenario.RunAsync, simulation, [.. Specification.AllMonitors(), new ConvergenceMonitor()]);
        CoyoteSpecification.RegisterMonitor<Convergence>();
        CoyoteSpecification.RegisterStateHashingFunction(() => AbstractState.Of(system.Cluster.State).GetHashCode());
        ScheduleResult Result(Violation? violation) => new(violation, scheduler.Steps, Schedule.DigestOf(choices, system), faults.Struck);
        scheduler.Violated = violation =>
        {
            var result = Result(violation);
            done?.Invoke(result);
            violated(Trace.Of(scenario, options, Trace.Coyote, seed: 0, schedule: 0, [.. choices.Made], result) with { Engine = Trace.Coyote, Events = log.Events });
            CoyoteSpecification.Assert(false, "{0} is violated at step {1}. {2}", violation.Property, violation.Step, violation.Message);
        };
        scheduler.Judge = run => Schedule.Judge(scheduler, system, run);
        if (await scheduler.RunAsync(new OperationContext(scheduler, "scenario"), system.RunAsync, options.MaxSteps))
        {
            CoyoteSpecification.Monitor<Convergence>(new Convergence.Done());
            done?.Invoke(Result(null));
        }
        else
        {
            // Nothing can be said of how it would have ended.
            CoyoteSpecification.Monitor<Convergence>(new Convergence.FaultsResumed());
        }
    }
}
