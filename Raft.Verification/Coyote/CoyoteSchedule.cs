using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Conformance;
using Raft.Verification.Scenarios;
using Raft.Verification.Specifications;
using CoyoteSpecification = Microsoft.Coyote.Specifications.Specification;

namespace Raft.Verification.Coyote;

/// <summary>One run of a scenario under Coyote, which Coyote calls an iteration.</summary>
internal static class CoyoteSchedule
{
    /// <summary>Runs a scenario once. A violation fails Coyote's test.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="options">The options of its cluster.</param>
    /// <param name="log">Records the events.</param>
    /// <param name="violated">Called with the trace of a violation before the test fails.</param>
    /// <param name="states">Records the abstract states; null if they are not recorded.</param>
    /// <param name="modelStates">Records the states of the model; null if they are not recorded.</param>
    /// <param name="done">Called with the result at the end of the schedule, before <paramref name="violated"/>. Can be null.</param>
    /// <param name="stop">Stops the schedule. Then neither <paramref name="done"/> nor <paramref name="violated"/> is called.</param>
    public static async Task RunAsync(
        Scenario scenario,
        ClusterOptions options,
        EventLog log,
        Action<Trace> violated,
        StateCoverage? states = null,
        StateCoverage? modelStates = null,
        Action<ScheduleResult>? done = null,
        CancellationToken stop = default)
    {
        var strategy = new CoyoteStrategy();
        var choices = new Choices(strategy);
        choices.Begin(seed: 0);
        var faults = new FaultLedger(options.Faults, choices);
        var scheduler = new CoyoteScheduler(strategy, choices, stop);
        var simulation = new Simulation(scheduler, options, faults, states, log) { ModelStates = modelStates };
        log.Watch(scheduler);
        SpecificationMonitor[] monitors = [.. Monitors.All(options.Conformance, modelStates), new ConvergenceMonitor()];
        var system = new ClusterUnderTest(scenario.RunAsync, simulation, monitors);
        CoyoteSpecification.RegisterMonitor<Convergence>();
        CoyoteSpecification.RegisterStateHashingFunction(() => AbstractState.Of(system.Cluster.State).GetHashCode());
        ScheduleResult Result(Violation? violation) => new(violation, scheduler.Steps, Schedule.DigestOf(choices, system), faults.Struck)
        {
            ModelSteps = system.ModelSteps,
            ModelCoverage = system.ModelCoverage,
        };
        scheduler.Violated = violation =>
        {
            var result = Result(violation);
            done?.Invoke(result);
            var trace = Trace.Of(scenario, options, Trace.Coyote, seed: 0, schedule: 0, [.. choices.Made], result);
            violated(trace with { Engine = Trace.Coyote, Events = log.Events });
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
            // The schedule was stopped: whether it would have converged is unknown.
            CoyoteSpecification.Monitor<Convergence>(new Convergence.FaultsResumed());
        }
    }
}
