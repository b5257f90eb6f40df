namespace DeterministicSimulation;

/// <summary>A schedule that violates the property of a trace.</summary>
/// <param name="Options">The world that it runs in.</param>
/// <param name="IsScripted">Whether a script replaces the workload; the decisions hold its steps.</param>
/// <param name="Decisions">All its decisions, in order.</param>
/// <param name="Choices">Its choices, without the default choices at the end.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Size">Its size.</param>
internal sealed record Candidate(
    SimulationOptions Options,
    bool IsScripted,
    IReadOnlyList<Decision> Decisions,
    IReadOnlyList<int> Choices,
    ScheduleResult Result,
    ScheduleSize Size)
{
    /// <summary>The script that replaces the workload; null if the workload itself runs.</summary>
    public IReadOnlyList<ScriptStep>? Script => IsScripted ? ScriptOf(Decisions) : null;

    /// <summary>The script of a list of decisions.</summary>
    public static IReadOnlyList<ScriptStep> ScriptOf(IEnumerable<Decision> decisions) =>
        [.. decisions.SelectMany(decision => decision.Steps).TakeWhile(step => !step.Converges), ScriptStep.End];
}
