namespace DeterministicSimulation;

/// <summary>
/// A workload that can follow a script in place of its own code. A script is a list of what the workload does to its system, so that the
/// shrinker can leave out a single step, or a server.
/// </summary>
public interface IScriptable : IWorkload
{
    /// <summary>The <see cref="OperationShape.What"/> of the continuations of the async method that follows a script.</summary>
    object ScriptCode { get; }

    /// <summary>The workload that follows a script. It starts the system, and then takes each step as an operation of its own.</summary>
    IScriptable WithScript(IReadOnlyList<ScriptStep> script);

    /// <summary>The same workload, which reports each step that it takes.</summary>
    IScriptable Reporting(Action<ScriptStep> done);

    /// <summary>Decisions that end all faults, as convergence does, but do not wait: steps of a script, and the ends of faults.</summary>
    /// <param name="servers">The number of servers.</param>
    IEnumerable<Decision> Mending(int servers);

    /// <summary>
    /// Options with which less happens by itself. The shrinker adopts them if the trace does not grow, and asks again. In the end there are
    /// none.
    /// </summary>
    IEnumerable<SimulationOptions> Simpler(SimulationOptions options) => [];

    /// <summary>
    /// Options with which the violation may need fewer steps of the script. The shrinker tries them with all steps, and without each.
    /// </summary>
    IEnumerable<SimulationOptions> Tighter(SimulationOptions options) => [];
}

/// <summary>Workloads that follow scripts.</summary>
public static class Scripted
{
    /// <summary>The workload that follows a script; the workload itself if the script is null.</summary>
    /// <exception cref="ReplayDivergedException">There is a script, and the workload cannot follow scripts.</exception>
    public static IWorkload Following(this IWorkload workload, IReadOnlyList<ScriptStep>? script)
    {
        ArgumentNullException.ThrowIfNull(workload);
        return script is null ? workload
            : workload is IScriptable scriptable ? scriptable.WithScript(script)
            : throw new ReplayDivergedException($"The trace has a script, but {workload.Name} cannot follow scripts.");
    }
}
