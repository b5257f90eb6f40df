using System.Globalization;

namespace DeterministicSimulation;

/// <summary>Explores an async method in an ordinary unit test: one call, which throws where a schedule violates a property.</summary>
/// <remarks>
/// A schedule violates a property where the method throws (<c>Scenario</c>), where nothing can happen any more but it is not done
/// (<c>Deadlock</c>), where it is not done after <see cref="SimulationOptions.MaxSteps"/> steps (<c>Termination</c>), and where it starts
/// work on other threads (<c>EscapedWork</c>).
/// </remarks>
public static class SimulatedTest
{
    /// <summary>Runs an async method under many schedules.</summary>
    /// <param name="code">The method. It takes its clock, its randomness and its concurrency from the simulation.</param>
    /// <param name="schedules">How many schedules to run, at most.</param>
    /// <param name="seed">Equal seeds give equal schedules.</param>
    /// <param name="options">The world that it runs in; null: one without faults, in which any timer may run out at any moment.</param>
    /// <returns>What was run, where nothing is violated.</returns>
    /// <exception cref="SimulationFailedException">A schedule violates a property; the message says how to run it again.</exception>
    public static ExplorationReport Explore(
        Func<Simulation, Task> code, long schedules = 1000, ulong seed = 1, SimulationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(code);
        var report = Explorer.Explore(new Method(code, options), new ExplorationOptions { Iterations = schedules, Seed = seed });
        return report.Violation is { } found ? throw new SimulationFailedException(found, seed) : report;
    }

    /// <summary>Runs an async method under one schedule again, under a debugger for example.</summary>
    /// <param name="schedule">The schedule, as <see cref="SimulationFailedException.Schedule"/> has it.</param>
    /// <param name="code">The method.</param>
    /// <param name="options">The world that it ran in.</param>
    /// <exception cref="SimulationFailedException">The schedule violates a property.</exception>
    /// <exception cref="ReplayDivergedException">The method asks for something else than it did: it has changed.</exception>
    /// <exception cref="FormatException">The text is not a schedule.</exception>
    public static void Replay(string schedule, Func<Simulation, Task> code, SimulationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(code);
        int[] made = [.. schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => int.Parse(one, CultureInfo.InvariantCulture))];
        var method = new Method(code, options);
        var choices = new Choices(new Replay(made));
        var result = DeterministicSimulation.Schedule.Run(method, method.Options, choices, seed: 0);
        if (result.Violation is not null)
        {
            throw new SimulationFailedException(new FoundViolation(method.Options, 0, [.. choices.Made], result), seed: null);
        }
    }

    private sealed class Method(Func<Simulation, Task> code, SimulationOptions? options) : IWorkload
    {
        public string Name => code.Method.Name;

        public SimulationOptions Options { get; } = options ?? new SimulationOptions();

        public SystemUnderTest Create(Simulation simulation) => new Run(simulation, code);
    }

    private sealed class Run(Simulation simulation, Func<Simulation, Task> code) : SystemUnderTest
    {
        public override Task RunAsync() => code(simulation);
    }
}

/// <summary>A schedule of a <see cref="SimulatedTest"/> violates a property.</summary>
public sealed class SimulationFailedException : Exception
{
    internal SimulationFailedException(FoundViolation found, ulong? seed)
        : this(found, seed, string.Join(' ', found.Choices))
    {
    }

    private SimulationFailedException(FoundViolation found, ulong? seed, string schedule)
        : base(MessageOf(found, seed, schedule))
    {
        Violation = found.Result.Violation!;
        Schedule = schedule;
    }

    /// <summary>What is violated, how, and at which step.</summary>
    public Violation Violation { get; }

    /// <summary>The schedule, for <see cref="SimulatedTest.Replay"/>.</summary>
    public string Schedule { get; }

    private static string MessageOf(FoundViolation found, ulong? seed, string schedule)
    {
        var violation = found.Result.Violation!;
        var origin = seed is null ? string.Empty : $" in schedule {found.Schedule} of seed {seed}";
        return $"{violation.Property} is violated at step {violation.Step}{origin}: {violation.Message}{Environment.NewLine}"
            + $"To run it again: SimulatedTest.Replay(\"{schedule}\", ...)";
    }
}
