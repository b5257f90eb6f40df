namespace DeterministicSimulation;

/// <summary>What is explored: a system and its workload, which are made anew for each schedule.</summary>
public interface IWorkload
{
    /// <summary>Its name, for reports and traces.</summary>
    string Name { get; }

    /// <summary>The world that it runs in.</summary>
    SimulationOptions Options { get; }

    /// <summary>How its traces are written.</summary>
    TraceFormat Format => TraceFormat.Default;

    /// <summary>Whether its traces tell which code continued at each step: for code that runs beside other code, and not on servers.</summary>
    bool TracesContinuations => false;

    /// <summary>
    /// Whether two violations of a property are the same only if their messages are, but for numbers: where the property only says that
    /// something was thrown.
    /// </summary>
    bool IsKnownByMessage(string property) => property is "Scenario" or "UnhandledException";

    /// <summary>Makes the system for a schedule. Nothing of it runs yet.</summary>
    SystemUnderTest Create(Simulation simulation);
}

/// <summary>The system of one schedule, with its workload and its observers.</summary>
public abstract class SystemUnderTest
{
    /// <summary>Runs the workload; the schedule ends when this completes. What it throws is a violation.</summary>
    public abstract Task RunAsync();

    /// <summary>Adds the system's final state to a digest, so that schedules with different outcomes have different ones.</summary>
    public virtual ulong AddTo(ulong digest) => digest;

    /// <summary>The property that an exception of the workload violates, with the message; null: it is a failure like any other.</summary>
    public virtual (string Property, string Message)? Judge(Exception failure) => null;

    /// <summary>What the system does at the moment, in lines, for a schedule in which nothing can happen any more.</summary>
    public virtual string Describe() => string.Empty;
}
