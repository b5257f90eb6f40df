namespace DeterministicSimulation;

/// <summary>What is explored: a system and its workload, which are created for each schedule.</summary>
public interface IWorkload
{
    /// <summary>Its name, for reports and traces.</summary>
    string Name { get; }

    /// <summary>The world that it runs in.</summary>
    SimulationOptions Options { get; }

    /// <summary>The format of its traces.</summary>
    TraceFormat Format => TraceFormat.Default;

    /// <summary>Whether its traces record which code continued in each step: for concurrent code without servers.</summary>
    bool TracesContinuations => false;

    /// <summary>
    /// Whether two violations of a property are the same only if their messages are equal, apart from numbers. This is so if the property
    /// only says that an exception was thrown.
    /// </summary>
    bool IsKnownByMessage(string property) => property is "Scenario" or "UnhandledException";

    /// <summary>Creates the system for a schedule, without running it.</summary>
    SystemUnderTest Create(Simulation simulation);
}

/// <summary>The system of one schedule, with its workload and its observers.</summary>
public abstract class SystemUnderTest
{
    /// <summary>Runs the workload. The schedule ends when this completes. An exception is a violation.</summary>
    public abstract Task RunAsync();

    /// <summary>The number of steps of the system that its observers have compared with a model of it.</summary>
    public virtual long ModelSteps => 0;

    /// <summary>
    /// How often its observers saw each part of the model. The system defines the parts; they are the same in each schedule.
    /// </summary>
    public virtual IReadOnlyList<long> ModelCoverage => [];

    /// <summary>Adds the system's final state to a digest, so that schedules with different outcomes have different digests.</summary>
    public virtual ulong AddTo(ulong digest) => digest;

    /// <summary>The property that an exception of the workload violates, with the message; null for the property <c>Scenario</c>.</summary>
    public virtual (string Property, string Message)? Judge(Exception failure) => null;

    /// <summary>What the system does at the moment, in lines, for the report of a deadlock.</summary>
    public virtual string Describe() => string.Empty;
}
