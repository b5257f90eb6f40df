namespace DeterministicSimulation;

/// <summary>Turns the decisions of a workload's schedule into those of a script, so that one thing that the workload did can be left out.</summary>
internal static class Scripting
{
    /// <summary>The same decisions, a step of the workload at a time. What the workload did between its steps is not among them.</summary>
    /// <param name="candidate">The schedule.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="converges">
    /// Whether the script converges where the workload did. Otherwise it only mends what convergence mends, and continues.
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
