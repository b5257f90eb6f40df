namespace DeterministicSimulation;

/// <summary>Turns the decisions of a workload into those of a script, so that a single step can be left out.</summary>
internal static class Scripting
{
    /// <summary>The same decisions, with one decision for each step of the workload. Its other continuations are left out.</summary>
    /// <param name="candidate">The schedule.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="converges">
    /// Whether the script converges where the workload did. Otherwise it ends the faults there and continues without waiting.
    /// </param>
    public static Decision[] Of(Candidate candidate, IScriptable workload, bool converges)
    {
        var scripted = new List<Decision>();
        var hasConverged = false;
        foreach (var decision in candidate.Decisions)
        {
            if (decision.Operation.What != workload.ScriptCode)
            {
                scripted.Add(decision with { Steps = [] });
            }

            if (!hasConverged)
            {
                scripted.AddRange(decision.Steps.SelectMany(step =>
                    step.Converges && !converges ? workload.Mending(candidate.Options.Servers) : [Decision.Of(step, workload.ScriptCode)]));
                hasConverged = converges && decision.Steps.Contains(ScriptStep.End);
            }
        }

        return [.. scripted];
    }
}
