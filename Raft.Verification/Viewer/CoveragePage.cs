using System.Globalization;
using System.Net;
using System.Text;
using DeterministicSimulation;
using Raft.Verification.Exploration;

namespace Raft.Verification.Viewer;

/// <summary>The coverage of the model as a page: one file that loads no other.</summary>
internal static class CoveragePage
{
    /// <summary>Makes the page.</summary>
    public static string Of(ExplorationCoverage coverage) => Page.Fill("coverage.html", place => place switch
    {
        "style" => Page.Part("coverage.css"),
        "figures" => Figures(coverage),
        "columns" => string.Concat(coverage.Reports.Select(report => $"<th class=\"scenario\"><div>{Encode(NameOf(report))}</div></th>")),
        "rows" => Rows(coverage),
        "states" => string.Concat(coverage.Reports.Select(report => $"<td>{Short(report.ModelStates)}</td>")),
        "total" => Full(coverage.States),
        "unreached" => Unreached(coverage),
        var other => throw new InvalidOperationException($"coverage.html has a place for {other}, which nothing fills."),
    });

    private static string Figures(ExplorationCoverage coverage) => string.Concat(
        Figure($"{coverage.Reached} of {coverage.Reachable}", "actions and guards reached"),
        Figure(Full(coverage.States), "distinct states of the model, an estimate"),
        Figure(Full(coverage.Reports.Sum(report => report.ModelSteps)), "server steps compared"),
        Figure(Full(coverage.Reports.Sum(report => report.Schedules)), "schedules"));

    private static string Figure(string number, string what) => $"<div><b>{number}</b><span>{what}</span></div>";

    private static string Rows(ExplorationCoverage coverage)
    {
        var text = new StringBuilder();
        var most = coverage.Rules.Select(rule => rule.Total).DefaultIfEmpty(0).Max();
        foreach (var rule in coverage.Rules.Where(rule => rule.Total > 0 || rule.Reason is null))
        {
            var isAction = rule.Rule.Guard is null;
            var name = isAction ? rule.Rule.Action.ToString() : rule.Rule.Guard!;
            var kind = $"{(isAction ? "action" : "guard")}{(rule.Total == 0 ? " none" : string.Empty)}";
            const string hint = "How often it did not hold for an action that was tried";
            var failed = rule.Failed > 0 ? $"<span class=\"failed\" title=\"{hint}\">not: {Short(rule.Failed)}</span>" : string.Empty;
            text.Append(CultureInfo.InvariantCulture, $"<tr class=\"{kind}\">");
            text.Append(CultureInfo.InvariantCulture, $"<th scope=\"row\">{Encode(name)}{failed}</th>");
            text.Append(CultureInfo.InvariantCulture, $"<td class=\"total\" title=\"{Full(rule.Total)}\">");
            var width = 100 * Share(rule.Total, most);
            text.Append(CultureInfo.InvariantCulture, $"<i style=\"width:{width:0}%\"></i>{Short(rule.Total)}</td>");
            foreach (var (count, report) in rule.Counts.Zip(coverage.Reports))
            {
                var shown = count == 0 ? "·" : Short(count);
                text.Append(CultureInfo.InvariantCulture, $"<td style=\"--share:{Share(count, most):0.00}\" ");
                text.Append(CultureInfo.InvariantCulture, $"title=\"{Encode(NameOf(report))}: {Full(count)}\">{shown}</td>");
            }

            text.Append("</tr>\n");
        }

        return text.ToString();
    }

    private static string Unreached(ExplorationCoverage coverage) => string.Concat(
        coverage.Rules.Where(rule => rule.Total == 0 && rule.Reason is not null).Select(rule =>
            $"<dt>{rule.Rule.Action}{(rule.Rule.Guard is { } guard ? $": {Encode(guard)}" : "")}</dt><dd>{Encode(rule.Reason!)}</dd>\n"));

    private static string NameOf(ExplorationReport report) =>
        report.Engine == Trace.Embedded ? report.Workload : $"{report.Workload}, {report.Engine}";

    // The lengths of bars are logarithmic: counts differ by factors of a million.
    private static double Share(long count, long most) => count == 0 ? 0 : Math.Log(1 + count) / Math.Log(1 + most);

    private static string Full(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    // At most four characters: 999, 1.2k, 12k, 3.4M.
    private static string Short(long number)
    {
        var (value, unit) = (number, number) switch
        {
            ( >= 999_500_000, _) => (number / 1e9, "G"),
            ( >= 999_500, _) => (number / 1e6, "M"),
            ( >= 1_000, _) => (number / 1e3, "k"),
            _ => (number, string.Empty),
        };
        return value.ToString(unit.Length > 0 && value < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture) + unit;
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
