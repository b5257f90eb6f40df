using System.Globalization;
using Raft.Verification.Mutants;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary>Shows how far the hunts are: a line for each mutant that is done, and now and then one for the one that is hunted.</summary>
internal sealed class MutantsDisplay(IAnsiConsole console, Campaign campaign)
{
    private const string _model = "model checker";
    private const string _untilThen = ": nothing found until then";
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);
    private DateTime _next = DateTime.UtcNow + _interval;

    /// <summary>Says what is about to be done.</summary>
    public void Begin(int mutants) => console.WriteLine(
        $"Hunting {Counted.Of(mutants, "mutant")}: strategy {string.Join(", ", campaign.Strategies)}; "
        + $"{Counted.Of(campaign.Seeds, "seed")}; "
        + $"at most {Counted.Of(campaign.Budget, "schedule")} or {campaign.Time.TotalSeconds:0.#} s each; {campaign.Workers} side by side");

    /// <summary>The hunts for a mutant go on.</summary>
    public void Progress(CampaignProgress progress)
    {
        if (DateTime.UtcNow >= _next)
        {
            _next = DateTime.UtcNow + _interval;
            console.WriteLine(
                $"{progress.Mutant.Id,-8} {progress.Strategy,-14} {progress.Hunts} of {Counted.Of(campaign.Seeds, "seed")} done, "
                + Counted.Of(progress.Schedules, "schedule"));
        }
    }

    /// <summary>The hunts for a mutant are done.</summary>
    public void Finished(MutantReport report)
    {
        _next = DateTime.UtcNow + _interval;
        console.WriteLine($"{report.Mutant.Id,-8} {report.Strategy,-14} {Verdict(report)}{(report.Found > 0 ? $": {report.Properties}" : string.Empty)}");
    }

    /// <summary>The hunt for a mutant in the model goes on.</summary>
    public void Progress(Mutant mutant, long states)
    {
        if (DateTime.UtcNow >= _next)
        {
            _next = DateTime.UtcNow + _interval;
            console.WriteLine($"{mutant.Id,-8} {_model,-14} {Counted.Of(states, "state")}");
        }
    }

    /// <summary>The hunt for a mutant in the model is done.</summary>
    public void Finished(ModelReport report)
    {
        _next = DateTime.UtcNow + _interval;
        var result = report.Result;
        var verdict = result.Property is { } property
            ? $"found after {Counted.Of(result.States, "state")}, {result.Seconds:0.00} s: {property}, "
                + $"by {Counted.Of(result.Steps ?? 0, "protocol step")} ({result.Rung})"
            : $"{(result.Stopped ? "stopped" : report.IsAsItShouldBe ? "clean" : "NOT FOUND")} after {Counted.Of(result.States, "state")}"
                + (result.Stopped ? _untilThen : string.Empty);
        console.WriteLine($"{report.Mutant.Id,-8} {_model,-14} {verdict}");
    }

    /// <summary>The trace of a mutant was shrunk.</summary>
    /// <param name="cut">The trace.</param>
    /// <param name="file">Where the shrunk one is.</param>
    public void Shrunk(CutTrace cut, string file)
    {
        // Lines as they are: a console would break them at its width, and commands could not be copied.
        var output = console.Profile.Out.Writer;
        output.WriteLine($"{string.Empty,-8} {string.Empty,-14} {ShrinkDisplay.Summary(cut.Found, cut.Shrunk)}");
        foreach (var line in ViolationReport.Meaning(cut.Shrunk.Violation).Concat(ViolationReport.NextCommands(file, cut.Mutant.Id)))
        {
            output.WriteLine($"{string.Empty,-9}{line}");
        }

        output.Flush();
    }

    /// <summary>Prints the table of the results.</summary>
    public void Summarize(IReadOnlyList<MutantReport> reports)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("mutant", "strategy", "found by (\"as\": not by what tells it)");
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
                Schedules(report, campaign),
                Seconds(report, campaign));
        }

        console.Write(table);
        var hunted = reports
            .Where(report => report.Mutant != Mutant.None && !report.IsStopped)
            .GroupBy(report => report.Mutant.Id)
            .ToArray();
        var missed = hunted.Where(mutant => !mutant.Any(report => report.IsAsItShouldBe)).Select(mutant => mutant.Key).ToArray();
        var wrong = reports.Where(report => report.Mutant == Mutant.None && !report.IsAsItShouldBe).SelectMany(report => report.Hunts).Select(hunt => hunt.Message).FirstOrDefault(message => message is not null);
        if (hunted.Length > 0)
        {
            console.WriteLine(missed.Length == 0
                ? $"Found on nine seeds of ten at least: all of {Counted.Of(hunted.Length, "mutant")} hunted."
                : $"Not found on nine seeds of ten: {string.Join(", ", missed)}, of {Counted.Of(hunted.Length, "mutant")} hunted.");
        }

        CutTrace[] cuts = [.. reports.Select(report => report.Cut).OfType<CutTrace>()];
        if (cuts.Length > 0)
        {
            console.WriteLine(
                $"Shrunk: {Counted.Of(cuts.Length, "trace")}. "
                + $"The median cut is {CutTrace.Median(cuts.Select(cut => cut.StepsCut)):P1} of the steps, "
                + $"{CutTrace.Median(cuts.Select(cut => cut.ChoicesCut)):P1} of the choices.");
        }

        if (wrong is not null)
        {
            console.WriteLine($"The correct implementation violates a property: {wrong}");
        }
    }

    /// <summary>The median of the schedules, in words.</summary>
    public static string Schedules(MutantReport report, Campaign campaign) =>
        report.Mutant == Mutant.None ? report.Hunts.Sum(hunt => hunt.Schedules).ToString("N0", CultureInfo.InvariantCulture)
        : report.MedianSchedules is { } schedules ? schedules.ToString("N0", CultureInfo.InvariantCulture)
        : $"> {campaign.Budget.ToString("N0", CultureInfo.InvariantCulture)}";

    /// <summary>The median of the seconds, in words.</summary>
    public static string Seconds(MutantReport report, Campaign campaign) =>
        report.Mutant == Mutant.None ? report.Hunts.Sum(hunt => hunt.Seconds).ToString("0.0", CultureInfo.InvariantCulture)
        : report.MedianSeconds is { } seconds ? seconds.ToString("0.00", CultureInfo.InvariantCulture)
        : "-";

    private string Verdict(MutantReport report)
    {
        var schedules = Schedules(report, campaign);
        if (report.Mutant == Mutant.None && report.Found > 0)
        {
            return $"NOT CLEAN on {report.Found} of {Counted.Of(report.Done.Count, "seed")}";
        }

        if (report.Mutant == Mutant.None)
        {
            var things = Counted.Things(report.Hunts.Sum(hunt => hunt.Schedules), "schedule");
            return report.IsStopped ? $"stopped after {schedules} {things}{_untilThen}" : $"clean after {schedules} {things}";
        }

        var found = $"{(report.IsStopped ? "stopped, " : string.Empty)}found on {report.Found} of {Counted.Of(report.Done.Count, "seed")}";
        return report.Done.Count == 0
            ? found
            : $"{found}, median {schedules} {Counted.Things((long)(report.MedianSchedules ?? campaign.Budget), "schedule")}, "
                + $"{Seconds(report, campaign)} s";
    }
}
