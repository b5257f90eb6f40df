namespace DeterministicSimulation;

/// <summary>
/// A workload that can follow a script, a list of what it does to its system, in place of its own code. So the shrinker can leave out one
/// step of it, or a server.
/// </summary>
public interface IScriptable : IWorkload
{
    /// <summary>The async method that follows a script: what <see cref="OperationShape.What"/> is of its continuations.</summary>
    object ScriptCode { get; }

    /// <summary>The workload that follows a script. It starts the system, and then does a step at a time, each as an operation of its own.</summary>
    IScriptable WithScript(IReadOnlyList<ScriptStep> script);

    /// <summary>The same workload, which reports each step as it does it.</summary>
    IScriptable Reporting(Action<ScriptStep> done);

    /// <summary>What brings about all that convergence mends, and then does not wait: steps of a script, and the ends of faults.</summary>
    /// <param name="servers">How many servers there are.</param>
    IEnumerable<Decision> Mending(int servers);

    /// <summary>Options in which less happens by itself: they are taken where the trace gets no larger.</summary>
    IEnumerable<SimulationOptions> Simpler(SimulationOptions options) => [];

    /// <summary>Options in which the same may need a step of the script less: they are tried with all steps, and without each.</summary>
    IEnumerable<SimulationOptions> Tighter(SimulationOptions options) => [];
}

/// <summary>Workloads that follow scripts.</summary>
public static class Scripted
{
    /// <summary>The workload that follows a script; the workload itself where there is none.</summary>
    /// <exception cref="ReplayDivergedException">There is a script, and the workload follows none.</exception>
    public static IWorkload Following(this IWorkload workload, IReadOnlyList<ScriptStep>? script)
    {
        ArgumentNullException.ThrowIfNull(workload);
        return script is null ? workload
            : workload is IScriptable scriptable ? scriptable.WithScript(script)
            : throw new ReplayDivergedException($"The trace has a script, which {workload.Name} does not follow.");
    }
}
