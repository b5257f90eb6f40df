namespace DeterministicSimulation;

/// <summary>A schedule that violates the property that a trace is about.</summary>
/// <param name="Options">The world that it runs in.</param>
/// <param name="IsScripted">Whether a script stands in place of the workload; the decisions hold its steps.</param>
/// <param name="Decisions">All its decisions, in order.</param>
/// <param name="Choices">Its choices, without the default ones at the end.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Size">How much there is to understand.</param>
internal sealed record Candidate(
    SimulationOptions Options, bool IsScripted, IReadOnlyList<Decision> Decisions, IReadOnlyList<int> Choices, ScheduleResult Result, ScheduleSize Size)
{
    /// <summary>What stands in place of the workload; null where nothing does.</summary>
    public IReadOnlyList<ScriptStep>? Script => IsScripted ? ScriptOf(Decisions) : null;

    /// <summary>The script that decisions follow.</summary>
    public static IReadOnlyList<ScriptStep> ScriptOf(IEnumerable<Decision> decisions) =>
        [.. decisions.SelectMany(decision => decision.Steps).TakeWhile(step => !step.Converges), ScriptStep.End];
}
