using System.Runtime.CompilerServices;

namespace DeterministicSimulation;

/// <summary>Explores an async method in an ordinary unit test: a single call, which throws if a schedule violates a property.</summary>
/// <remarks>
/// A schedule violates a property if the method throws (<c>Scenario</c>), if it is not done but nothing can happen any more
/// (<c>Deadlock</c>), if it is not done after <see cref="SimulationOptions.MaxSteps"/> steps (<c>Termination</c>), or if it starts work on
/// other threads (<c>EscapedWork</c>). The violation is shrunk and written as a trace to the folder <c>traces</c> beside the test's
/// assembly.
/// </remarks>
public static class SimulatedTest
{
    /// <summary>Runs an async method under many schedules.</summary>
    /// <param name="code">The method. It takes its clock, its randomness, its network and its concurrency from the simulation.</param>
    /// <param name="schedules">The largest number of schedules to run.</param>
    /// <param name="seed">Equal seeds give equal schedules.</param>
    /// <param name="options">The world that it runs in; null for one without faults, in which any timer may run out at any moment.</param>
    /// <param name="name">The name of the test; the trace and its file are named after it.</param>
    /// <returns>The report, if no property is violated.</returns>
    /// <exception cref="SimulationFailedException">A schedule violates a property; the message says how to run it again.</exception>
    public static ExplorationReport Explore(
        Func<Simulation, Task> code,
        long schedules = 1000,
        ulong seed = 1,
        SimulationOptions? options = null,
        [CallerMemberName] string name = "")
    {
        ArgumentNullException.ThrowIfNull(code);
        var method = new Method(name, code, options);
        var report = Explorer.Explore(method, new ExplorationOptions { Iterations = schedules, Seed = seed });
        if (report.Violation is not { } found)
        {
            return report;
        }

        var trace = Shrinker.Shrink(found, method);
        var folder = Path.Combine(AppContext.BaseDirectory, "traces");
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"{FileName(name)}-{trace.Violation.Property}-{seed}-{trace.Schedule}.trace.json");
        trace.Write(file);
        throw new SimulationFailedException(trace, file);
    }

    /// <summary>Runs the schedule of a trace again, bit for bit, for example under a debugger.</summary>
    /// <param name="file">The trace, as <see cref="SimulationFailedException.File"/> names it.</param>
    /// <param name="code">The method.</param>
    /// <exception cref="SimulationFailedException">The schedule violates the property of the trace, as expected.</exception>
    /// <exception cref="ReplayDivergedException">The replay differs from the trace: the method has changed.</exception>
    /// <exception cref="InvalidDataException">The file is not a trace.</exception>
    public static void Replay(string file, Func<Simulation, Task> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        var trace = TraceFormat.Default.Read(file);
        throw new SimulationFailedException(trace.Replayed(new Method(trace.Scenario, code, trace.Options)), file);
    }

    /// <summary>Runs the schedule of a trace as far as it fits the current method: a regression test for a bug that is fixed.</summary>
    /// <param name="file">The trace.</param>
    /// <param name="code">The method.</param>
    /// <exception cref="SimulationFailedException">A property is violated again.</exception>
    /// <exception cref="InvalidDataException">The file is not a trace.</exception>
    public static void Rerun(string file, Func<Simulation, Task> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        var trace = TraceFormat.Default.Read(file);
        if (trace.Rerun(new Method(trace.Scenario, code, trace.Options)) is { } violation)
        {
            throw new SimulationFailedException(trace with { Violation = violation }, file);
        }
    }

    private static string FileName(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-'));

    private sealed class Method(string name, Func<Simulation, Task> code, SimulationOptions? options) : IWorkload
    {
        public string Name => name;

        public SimulationOptions Options { get; } = options ?? new SimulationOptions { Time = TimeMode.Nondeterministic };

        public bool TracesContinuations => true;

        public SystemUnderTest Create(Simulation simulation) => new Run(simulation, code);
    }

    private sealed class Run(Simulation simulation, Func<Simulation, Task> code) : SystemUnderTest
    {
        public override Task RunAsync()
        {
            simulation.Scheduler.BeginTime(simulation.Options.Time);
            return code(simulation);
        }
    }
}

/// <summary>A schedule of a <see cref="SimulatedTest"/> violates a property.</summary>
public sealed class SimulationFailedException : Exception
{
    private const int _shownEvents = 40;

    internal SimulationFailedException(Trace trace, string file)
        : base(
            $"{trace.Violation.Property} is violated at step {trace.Violation.Step} (seed {trace.Seed}, schedule {trace.Schedule}): "
            + $"{trace.Violation.Message}{Environment.NewLine}"
            + $"{string.Concat(trace.Events.TakeLast(_shownEvents).Select(one => $"{one}{Environment.NewLine}"))}"
            + $"Trace: {file}{Environment.NewLine}"
            + $"To run it again, under a debugger for example: SimulatedTest.Replay(@\"{file}\", ...)")
    {
        Trace = trace;
        File = file;
    }

    /// <summary>The shrunk trace, with its events.</summary>
    public Trace Trace { get; }

    /// <summary>The file of the trace.</summary>
    public string File { get; }

    /// <summary>The violation.</summary>
    public Violation Violation => Trace.Violation;
}
