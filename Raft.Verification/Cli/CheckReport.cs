using ModelChecking;

namespace Raft.Verification.Cli;

/// <summary>The report of a check, as JSON.</summary>
internal static class CheckReport
{
    /// <summary>Writes the report: whole, or not at all.</summary>
    public static void Write(string file, CheckSubject subject, CheckOptions options, CheckResult result) => JsonReport.Write(
        file,
        new
        {
            spec = subject.Specification.Name,
            bounds = subject.Bounds,
            search = options.Order.ToString(),
            symmetry = options.Symmetry,
            workers = options.Workers,
            result = result.Outcome.ToString(),
            verdict = CheckDisplay.Verdict(result),
            exhaustive = result.Exhaustive,
            generated = result.Generated,
            distinct = result.Distinct,
            depth = result.Depth,
            queue = result.Queue,
            seconds = result.Time.TotalSeconds,
            statesPerSecond = result.GeneratedPerSecond,
            bytesPerState = result.BytesPerState,
            collisionProbability = result.CollisionProbability,
            violations = result.Outcome == CheckOutcome.Violated ? 1 : 0,
            violated = result.Violated,
            neverReached = result.NeverReached,
            actions = result.Actions.Where(action => action.CanFire).Select(
                action => new { action = action.Name, fired = action.Fired, distinct = action.Distinct }),
            comparedSteps = subject.Core?.ComparedSteps,
            serverStates = subject.Core?.ServerStates,
            messages = subject.Core?.Messages,
            evaluations = result.Evaluations.ToDictionary(),
            counterexample = result.Counterexample?.States.Select(state => new
            {
                step = state.Step,
                state = state.Values.ToDictionary(),
                changes = state.Changes.ToDictionary(),
            }),
        });
}
