using System.Globalization;
using Raft.Verification.Exploration;
using Raft.Verification.Mutants;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary>Shows progress: a line for each mutant that is done, and now and then one for the current mutant.</summary>
internal sealed class MutantsDisplay(IAnsiConsole console, MutationRun run)
{
    private const string _model = "model checker";
    private const string _untilThen = ": nothing found so far";
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);
    private DateTime _next = DateTime.UtcNow + _interval;

    /// <summary>Prints what is about to run.</summary>
    public void Begin(int mutants) => console.WriteLine(
        $"Searching for {Counted.Of(mutants, "mutant")}: strategy {string.Join(", ", run.Strategies)}; "
        + $"{Counted.Of(run.Seeds, "seed")}; "
        + $"at most {Counted.Of(run.Budget, "schedule")} or {run.Time.TotalSeconds:0.#} s each; {run.Workers} side by side");

    /// <summary>The searches for a mutant continue.</summary>
    public void Progress(MutationRunProgress progress)
    {
        if (DateTime.UtcNow >= _next)
        {
            _next = DateTime.UtcNow + _interval;
            console.WriteLine(
                $"{progress.Mutant.Id,-8} {progress.Strategy,-14} {progress.Searches} of {Counted.Of(run.Seeds, "seed")} done, "
                + Counted.Of(progress.Schedules, "schedule"));
        }
    }

    /// <summary>The searches for a mutant are done.</summary>
    public void Finished(MutantReport report)
    {
        _next = DateTime.UtcNow + _interval;
        var properties = report.Found > 0 ? $": {report.Properties}" : string.Empty;
        console.WriteLine($"{report.Mutant.Id,-8} {report.Strategy,-14} {Verdict(report)}{properties}");
    }

    /// <summary>The search for a mutant in the model continues.</summary>
    public void Progress(Mutant mutant, long states)
    {
        if (DateTime.UtcNow >= _next)
        {
            _next = DateTime.UtcNow + _interval;
            console.WriteLine($"{mutant.Id,-8} {_model,-14} {Counted.Of(states, "state")}");
        }
    }

    /// <summary>The search for a mutant in the model is done.</summary>
    public void Finished(ModelReport report)
    {
        _next = DateTime.UtcNow + _interval;
        var result = report.Result;
        var verdict = result.Property is { } property
            ? $"found after {Counted.Of(result.States, "state")}, {result.Seconds:0.00} s: {property}, "
                + $"by {Counted.Of(result.Steps ?? 0, "protocol step")} ({result.Preset})"
            : $"{(result.Stopped ? "stopped" : report.IsAsItShouldBe ? "clean" : "NOT FOUND")} after {Counted.Of(result.States, "state")}"
                + (result.Stopped ? _untilThen : string.Empty);
        console.WriteLine($"{report.Mutant.Id,-8} {_model,-14} {verdict}");
    }

    /// <summary>The trace of a mutant was shrunk.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="file">The file of the shrunk trace.</param>
    public void Shrunk(ShrunkTrace trace, string file)
    {
        // Bypass the console, which would wrap lines at its width, so that commands can be copied.
        var output = console.Profile.Out.Writer;
        output.WriteLine($"{string.Empty,-8} {string.Empty,-14} {ShrinkDisplay.Summary(trace.Found, trace.Shrunk)}");
        var commands = ViolationReport.NextCommands(file, trace.Mutant.Id);
        foreach (var line in ViolationReport.Meaning(trace.Shrunk.Violation).Concat(commands))
        {
            output.WriteLine($"{string.Empty,-9}{line}");
        }

        output.Flush();
    }

    /// <summary>Prints the table of the results.</summary>
    public void Summarize(IReadOnlyList<MutantReport> reports)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("mutant", "strategy", "found by (\"as\": by another property than its own)");
        foreach (var column in (string[])["found", "schedules", "seconds"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var report in reports)
        {
            var found = $"{report.Found}/{report.Done.Count}";
            table.AddRow(
                report.Mutant.Id,
                report.Strategy,
                report.Found > 0 ? Markup.Escape(report.Properties) : "nothing",
                report.IsStopped ? $"{found}, stopped" : report.IsAsItShouldBe ? found : $"[red]{found}[/]",
                Schedules(report, run),
                Seconds(report, run));
        }

        console.Write(table);
        var searched = reports
            .Where(report => report.Mutant != Mutant.None && !report.IsStopped)
            .GroupBy(report => report.Mutant.Id)
            .ToArray();
        var missed = searched.Where(mutant => !mutant.Any(report => report.IsAsItShouldBe)).Select(mutant => mutant.Key).ToArray();
        var wrong = reports
            .Where(report => report.Mutant == Mutant.None && !report.IsAsItShouldBe)
            .SelectMany(report => report.Searches)
            .Select(search => search.Message)
            .FirstOrDefault(message => message is not null);
        if (searched.Length > 0)
        {
            var all = Counted.Of(searched.Length, "mutant");
            console.WriteLine(missed.Length == 0
                ? $"Found on at least nine seeds of ten: all of {all}."
                : $"Not found on nine seeds of ten: {string.Join(", ", missed)}, of {all}.");
        }

        ShrunkTrace[] traces = [.. reports.Select(report => report.Shrunk).OfType<ShrunkTrace>()];
        if (traces.Length > 0)
        {
            console.WriteLine(
                $"Shrunk: {Counted.Of(traces.Length, "trace")}. "
                + $"The median reduction is {ShrunkTrace.Median(traces.Select(trace => trace.StepsRemoved)):P1} of the steps, "
                + $"{ShrunkTrace.Median(traces.Select(trace => trace.ChoicesRemoved)):P1} of the choices.");
        }

        if (wrong is not null)
        {
            console.WriteLine($"The correct implementation violates a property: {wrong}");
        }
    }

    /// <summary>The median number of schedules, as text.</summary>
    public static string Schedules(MutantReport report, MutationRun run) =>
        report.Mutant == Mutant.None ? report.Searches.Sum(search => search.Schedules).ToString("N0", CultureInfo.InvariantCulture)
        : report.MedianSchedules is { } schedules ? schedules.ToString("N0", CultureInfo.InvariantCulture)
        : $"> {run.Budget.ToString("N0", CultureInfo.InvariantCulture)}";

    /// <summary>The median time in seconds, as text.</summary>
    public static string Seconds(MutantReport report, MutationRun run) =>
        report.Mutant == Mutant.None ? report.Searches.Sum(search => search.Seconds).ToString("0.0", CultureInfo.InvariantCulture)
        : report.MedianSeconds is { } seconds ? seconds.ToString("0.00", CultureInfo.InvariantCulture)
        : "-";

    private string Verdict(MutantReport report)
    {
        var schedules = Schedules(report, run);
        if (report.Mutant == Mutant.None && report.Found > 0)
        {
            return $"NOT CLEAN on {report.Found} of {Counted.Of(report.Done.Count, "seed")}";
        }

        if (report.Mutant == Mutant.None)
        {
            var things = Counted.Things(report.Searches.Sum(search => search.Schedules), "schedule");
            return report.IsStopped ? $"stopped after {schedules} {things}{_untilThen}" : $"clean after {schedules} {things}";
        }

        var found = $"{(report.IsStopped ? "stopped, " : string.Empty)}found on {report.Found} of {Counted.Of(report.Done.Count, "seed")}";
        return report.Done.Count == 0
            ? found
            : $"{found}, median {schedules} {Counted.Things((long)(report.MedianSchedules ?? run.Budget), "schedule")}, "
                + $"{Seconds(report, run)} s";
    }
}
