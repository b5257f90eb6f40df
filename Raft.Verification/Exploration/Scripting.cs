using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>Says the decisions of a scenario's schedule as those of a script (<see cref="Script"/>), so that one thing that the scenario did can be left out.</summary>
internal static class Scripting
{
    /// <summary>The same decisions, a step of the scenario at a time; what the scenario did between its steps nobody sees.</summary>
    /// <param name="attempt">The schedule.</param>
    /// <param name="settles">Whether the script settles where the scenario did; else it only mends what settling mends, and goes on.</param>
    public static Decision[] Of(Attempt attempt, bool settles)
    {
        var scripted = new List<Decision>();
        var isSettled = false;
        foreach (var decision in attempt.Decisions)
        {
            if (decision.Operation.What != (object)Script.Code)
            {
                scripted.Add(decision with { Steps = [] });
            }

            if (!isSettled)
            {
                scripted.AddRange(decision.Steps.SelectMany(step =>
                    step.Action == ScriptAction.Settle && !settles ? Mended(attempt.Options.Servers) : [GoingOnWith(step)]));
                isSettled = settles && decision.Steps.Contains(ScriptStep.Settle);
            }
        }

        return [.. scripted];
    }

    private static IEnumerable<Decision> Mended(int servers)
    {
        yield return GoingOnWith(new ScriptStep(ScriptAction.Heal));
        for (var server = 1; server <= servers; server++)
        {
            yield return new Decision(new OperationShape(OperationKind.Fault, server, What: SimulatedCluster.DiskGoesOn), 0);
            yield return GoingOnWith(new ScriptStep(ScriptAction.Start, [server]));
        }
    }

    private static Decision GoingOnWith(ScriptStep step) => new(new OperationShape(OperationKind.Continuation, 0, What: Script.Code), 0) { Steps = [step] };
}
