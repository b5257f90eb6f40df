using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Raft.Benchmarks;

/// <summary>Scheduling steps, generated states, reads of memory, or operations, a second, from the median time.</summary>
public sealed class RateColumn : IColumn
{
    private static readonly Dictionary<string, long> _done = [];

    public string Id => nameof(RateColumn);

    public string ColumnName => "Rate";

    public string Legend => "Scheduling steps, generated states, reads, or operations, a second, all workers together (from the median)";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    /// <summary>
    /// Tells how much work one run of a benchmark does: always the same. It runs in this process, so that it can be told here.
    /// </summary>
    /// <typeparam name="TBenchmarks">The class of the benchmark.</typeparam>
    /// <param name="work">How many steps, or states. A benchmark that does not say has done one operation.</param>
    /// <param name="parameters">The parameters of the benchmark, in order.</param>
    public static void Done<TBenchmarks>(long work, params object[] parameters) => _done[Key(typeof(TBenchmarks), parameters)] = work;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var statistics = summary[benchmarkCase]?.ResultStatistics;
        var key = Key(benchmarkCase.Descriptor.Type, benchmarkCase.Parameters.Items.Select(item => item.Value));
        return statistics is null ? "?" : $"{_done.GetValueOrDefault(key, 1) / (statistics.Median / 1e9):N0}";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;

    private static string Key(Type benchmarks, IEnumerable<object> parameters) => $"{benchmarks.Name}/{string.Join('/', parameters)}";
}
