using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Raft.Benchmarks;

/// <summary>Scheduling steps a second, from the median time.</summary>
public sealed class StepsPerSecond : IColumn
{
    public string Id => nameof(StepsPerSecond);

    public string ColumnName => "Steps/s";

    public string Legend => "Scheduling steps a second, all workers together (from the median)";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var statistics = summary[benchmarkCase]?.ResultStatistics;
        if (statistics is null)
        {
            return "?";
        }

        var steps = ExplorationSpeed.Steps(
            (string)benchmarkCase.Parameters[nameof(ExplorationSpeed.Scenario)], (int)benchmarkCase.Parameters[nameof(ExplorationSpeed.Workers)]);
        return $"{steps / (statistics.Median / 1e9):N0}";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
