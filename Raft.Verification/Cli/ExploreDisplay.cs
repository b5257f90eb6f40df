using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary>Shows the progress of an exploration: live on a terminal, as plain lines elsewhere.</summary>
internal abstract class ExploreDisplay
{
    public static ExploreDisplay Create(IAnsiConsole console, IReadOnlyList<Scenario> scenarios, IReadOnlyList<EnginePlan> plans)
    {
        foreach (var plan in plans)
        {
            console.WriteLine(Header(scenarios, plan, isFirst: plan == plans[0]));
        }

        return console.Profile.Capabilities.Interactive
            && !Console.IsOutputRedirected ? new LiveDisplay(console, scenarios) : new PlainDisplay(console);
    }

    /// <summary>Runs the work and shows its progress.</summary>
    public abstract void Run(Action<Action<ExplorationProgress>> work);

    /// <summary>An engine begins.</summary>
    public abstract void Begin(EnginePlan plan);

    /// <summary>The trace of a scenario's violation is being shrunk.</summary>
    public abstract void Shrinking(string scenario, ShrinkProgress progress);

    /// <summary>A scenario is done.</summary>
    public abstract void Finished(ExplorationReport report);

    /// <summary>Prints the table of the results.</summary>
    public static void Summarize(IAnsiConsole console, IReadOnlyList<ExplorationReport> reports)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("scenario", "engine");
        foreach (var column in (string[])["schedules", "steps", "steps/s", "states", "faults", "digest", "violations"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var report in reports)
        {
            table.AddRow(
                report.Workload,
                report.Engine,
                $"{report.Schedules:N0}",
                $"{report.Steps:N0}",
                $"{report.StepsPerSecond:N0}",
                $"{report.AbstractStates:N0}",
                $"{report.Faults.Total:N0}",
                Trace.Hex(report.Digest),
                report.Violation is { } trace ? $"[red]{trace.Violation.Property}[/]" : "none");
        }

        console.Write(table);
        var faults = new FaultCounts();
        foreach (var report in reports)
        {
            faults.Add(report.Faults);
        }

        console.WriteLine($"Faults: {string.Join(", ", FaultCounts.Kinds.Select(kind => $"{kind} {faults[kind]:N0}"))}");
        ILookup<string, ExplorationReport> engines = reports.ToLookup(report => report.Engine);
        if (engines.Count < 2)
        {
            console.WriteLine(Total([.. reports]));
        }
        else
        {
            foreach (var engine in engines)
            {
                console.WriteLine($"{engine.Key}: {Total([.. engine])}");
            }
        }

        var coverage = new ExplorationCoverage(reports);
        if (coverage.Reports.Count > 0)
        {
            console.WriteLine(
                $"Reached in the model: {coverage.Reached} of {coverage.Reachable} actions and guards, "
                + $"about {Counted.Of(coverage.States, "distinct state")}.");
        }
    }

    private static string Total(IReadOnlyList<ExplorationReport> reports)
    {
        var schedules = reports.Sum(report => report.Schedules);
        var steps = reports.Sum(report => report.Steps);
        var seconds = reports.Sum(report => report.Time.TotalSeconds);
        var violations = reports.Sum(report => report.Violations);
        var compared = reports.Sum(report => report.ModelSteps);
        return $"{Counted.Of(schedules, "schedule")}, {Counted.Of(steps, "step")} in {seconds:N1} s "
            + $"({steps / Math.Max(seconds, 0.001):N0} a second); {Counted.Compared(compared)}: "
            + (violations == 0 ? "no violation." : $"a property is violated in {violations} of {Counted.Of(reports.Count, "scenario")}.");
    }

    private static string Rates(ExplorationProgress progress) =>
        $"{Counted.Of(progress.Schedules, "schedule")}, {Counted.Of(progress.Steps, "step")}, "
        + $"{progress.Steps / Math.Max(progress.Elapsed.TotalSeconds, 0.001):N0} steps/s, "
        + $"{Counted.Of(progress.AbstractStates, "state")}, {Counted.Of(progress.Faults, "fault")}";

    private static string Header(IReadOnlyList<Scenario> scenarios, EnginePlan plan, bool isFirst)
    {
        var options = plan.Options;
        string?[] ends =
        [
            options.Iterations is { } iterations ? $"{Counted.Of(iterations, "schedule")} each" : null,
            options.Time is { } time ? $"{time.TotalSeconds:0.#} s each" : null,
        ];
        return (isFirst ? $"Exploring {Counted.Of(scenarios.Count, "scenario")}" : "Then")
            + (plan.Engine == Trace.Coyote ? " under Coyote" : string.Empty)
            + $": strategy {options.Strategy}, seed {options.Seed}, "
            + (plan.Engine == Trace.Coyote ? string.Empty : $"{Counted.Of(options.Workers, "worker")}, ")
            + string.Join(" or ", ends.Where(end => end is not null));
    }

    /// <summary>A table that is redrawn.</summary>
    private sealed class LiveDisplay(IAnsiConsole console, IReadOnlyList<Scenario> scenarios) : ExploreDisplay
    {
        private readonly Dictionary<string, ExplorationProgress> _progress = [];
        private readonly Dictionary<string, ExplorationReport> _finished = [];
        private readonly Dictionary<string, ShrinkProgress> _shrinking = [];
        private EnginePlan? _plan;
        private Action _redraw = () => { };

        public override void Run(Action<Action<ExplorationProgress>> work)
        {
            console.Live(Draw()).AutoClear(true).Start(live =>
            {
                _redraw = () => live.UpdateTarget(Draw());
                work(progress =>
                {
                    _progress[progress.Workload] = progress;
                    _redraw();
                });
            });
        }

        // A terminal may have only as many lines as one engine needs.
        public override void Begin(EnginePlan plan)
        {
            _plan = plan;
            _progress.Clear();
            _finished.Clear();
            _redraw();
        }

        public override void Shrinking(string scenario, ShrinkProgress progress)
        {
            _shrinking[scenario] = progress;
            _redraw();
        }

        public override void Finished(ExplorationReport report) => _finished[report.Workload] = report;

        private Table Draw()
        {
            var table = new Table().Border(TableBorder.Rounded).AddColumns("scenario", "engine", "progress");
            foreach (var column in (string[])["schedules", "steps", "steps/s", "states", "faults"])
            {
                table.AddColumn(new TableColumn(column).RightAligned());
            }

            foreach (var scenario in scenarios)
            {
                if (!_progress.TryGetValue(scenario.Name, out var progress))
                {
                    table.AddRow($"[grey]{scenario.Name}[/]", $"[grey]{_plan?.Engine}[/]", "[grey]waiting[/]");
                    continue;
                }

                table.AddRow(
                    scenario.Name,
                    $"{_plan?.Engine}",
                    _finished.TryGetValue(scenario.Name, out var report)
                        ? report.Violation is { } trace ? $"[red]{trace.Violation.Property}[/]" : "[green]no violation[/]"
                        : _shrinking.TryGetValue(scenario.Name, out var shrinking)
                            ? $"[red]shrinking[/]: {Counted.Of(shrinking.Steps, "step")}"
                        : Bar(progress),
                    $"{progress.Schedules:N0}",
                    $"{progress.Steps:N0}",
                    $"{progress.Steps / Math.Max(progress.Elapsed.TotalSeconds, 0.001):N0}",
                    $"{progress.AbstractStates:N0}",
                    $"{progress.Faults:N0}");
            }

            return table;
        }

        private string Bar(ExplorationProgress progress)
        {
            const int width = 12;
            var part = Math.Max(
                _plan?.Options.Iterations is { } iterations ? progress.Schedules / (double)iterations : 0,
                _plan?.Options.Time is { } time ? progress.Elapsed / time : 0);
            var full = (int)Math.Round(Math.Clamp(part, 0, 1) * width);
            return $"[blue]{new string('█', full)}[/][grey]{new string('░', width - full)}[/]";
        }
    }

    /// <summary>Prints a line now and then.</summary>
    private sealed class PlainDisplay(IAnsiConsole console) : ExploreDisplay
    {
        private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
        private readonly HashSet<string> _shrinking = [];
        private TimeSpan _next = _interval;
        private string _under = string.Empty;

        public override void Run(Action<Action<ExplorationProgress>> work) => work(progress =>
        {
            if (progress.Elapsed >= _next)
            {
                console.WriteLine($"{progress.Workload,-16} {progress.Elapsed.TotalSeconds,5:0} s: {Rates(progress)}{_under}");
                _next += _interval;
            }
        });

        public override void Begin(EnginePlan plan) => _under = plan.Engine == Trace.Coyote ? ", under Coyote" : string.Empty;

        public override void Shrinking(string scenario, ShrinkProgress progress)
        {
            if (_shrinking.Add(scenario))
            {
                console.WriteLine($"{scenario,-16} violates a property: its trace is shrunk");
            }
        }

        public override void Finished(ExplorationReport report)
        {
            _next = _interval;
            console.WriteLine(
                $"{report.Workload,-16} done after {report.Time.TotalSeconds:0.0} s: {Counted.Of(report.Schedules, "schedule")}, "
                + (report.Violation is { } trace ? $"{trace.Violation.Property} is violated" : "no violation")
                + _under);
        }
    }
}
