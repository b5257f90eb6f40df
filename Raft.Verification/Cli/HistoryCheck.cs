using System.Diagnostics;
using System.Text;
using ModelChecking.Linearizability;

namespace Raft.Verification.Cli;

/// <summary>The verdict on the history in a file, as the command prints, draws and writes it.</summary>
internal sealed class HistoryCheck
{
    // A part that is not linearizable is drawn; of those that are, so many.
    private const int _drawn = 12;

    private readonly string _file;
    private readonly History _history;
    private readonly IReadOnlyList<(string Key, IReadOnlyList<Operation<RegisterAction>> Operations)> _parts;
    private readonly IReadOnlyList<Verdict?> _verdicts;
    private readonly TimeSpan _time;
    private readonly Dictionary<int, Conflict> _conflicts = [];

    private HistoryCheck(string file, History history, int workers, TimeSpan? patience, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        (_file, _history, _parts) = (file, history, history.Parts());
        _verdicts = LinearizabilityChecker.CheckAll(history.Model, [.. _parts.Select(part => part.Operations)], workers, stop);
        _time = watch.Elapsed;
        var bad = _verdicts.Index().FirstOrDefault(one => one.Item is { IsLinearizable: false }, (-1, null)).Index;
        IsLinearizable = bad < 0;
        if (bad >= 0 && patience is { } time)
        {
            _conflicts.Add(bad, LinearizabilityChecker.Conflict(history.Model, _parts[bad].Operations, time, stop));
        }
    }

    /// <summary>Whether the history is linearizable.</summary>
    public bool IsLinearizable { get; }

    /// <summary>Checks a history.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="history">The history.</param>
    /// <param name="workers">The number of threads.</param>
    /// <param name="patience">How long to search for the smallest set of operations that cannot be ordered; null: not at all.</param>
    /// <param name="stop">Ends the check.</param>
    /// <exception cref="OperationCanceledException">The check was ended.</exception>
    public static HistoryCheck Of(string file, History history, int workers, TimeSpan? patience, CancellationToken stop) =>
        new(file, history, workers, patience, stop);

    /// <summary>What the console shows.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder(
                $"{_file}: {(IsLinearizable ? "linearizable" : "not linearizable")}; "
                + $"{Counted.Of(_history.Operations.Count, "operation")} of "
                + $"{Counted.Of(Clients, "client")}, {Counted.Of(Visited, "state")}, {_time.TotalSeconds:0.000} s");
            foreach (var (part, conflict) in _conflicts)
            {
                var key = _history.HasKeys ? $" on key {_parts[part].Key}" : string.Empty;
                text.Append(
                    $"\n  {Counted.Of(conflict.Operations.Count, "operation")}{key} cannot be ordered, even if each other one took effect "
                    + $"at any time after its call, or never{Doubt(conflict)}:");
                foreach (var one in conflict.Operations.Select(i => _parts[part].Operations[i]))
                {
                    text.Append($"\n    client {one.Client,-4} {one.Call,8} to {one.Return,-8} {one.Action}");
                }
            }

            return text.ToString();
        }
    }

    private static string Doubt(Conflict conflict) =>
        conflict.IsSmallest ? string.Empty
        : conflict.IsMinimal ? " (none of them can be left out; a set of others may be smaller)"
        : " (there may be fewer)";

    /// <summary>What the page shows.</summary>
    public IEnumerable<HistoryPicture> Pictures => Enumerable.Range(0, _parts.Count)
        .Where(i => _verdicts[i] is { IsLinearizable: false } || (IsLinearizable && i < _drawn))
        .Select(i => new HistoryPicture(
            _history.HasKeys ? $"{_file}, key {_parts[i].Key}" : _file,
            [.. _parts[i].Operations.Select(one => (one, one.Action.ToString()))],
            _verdicts[i]!,
            _conflicts.GetValueOrDefault(i)));

    /// <summary>What the report holds.</summary>
    public object Report => new
    {
        file = _file,
        isLinearizable = IsLinearizable,
        operations = _history.Operations.Count,
        clients = Clients,
        keys = _history.HasKeys ? _parts.Count : (int?)null,
        states = Visited,
        seconds = Math.Round(_time.TotalSeconds, 4),
        conflict = _conflicts.Select(one => new
        {
            key = _history.HasKeys ? _parts[one.Key].Key : null,
            isMinimal = one.Value.IsMinimal,
            isSmallest = one.Value.IsSmallest,
            linearizablePrefixEnd = one.Value.PrefixEnd,
            operations = one.Value.Operations.Select(i => _parts[one.Key].Operations[i]).Select(operation => new
            {
                client = operation.Client,
                call = operation.Call,
                @return = operation.Return,
                text = operation.Action.ToString(),
            }),
        }).SingleOrDefault(),
    };

    private int Clients => _history.Operations.Select(one => one.Client).Distinct().Count();

    private long Visited => _verdicts.Sum(verdict => verdict?.Visited ?? 0);
}
