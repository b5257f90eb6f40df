using System.Diagnostics;

namespace ModelChecking.Linearizability;

/// <summary>
/// The search for a small set of operations that cannot be ordered. It takes the shortest part of the history, by time, that is not
/// linearizable. Then it takes the results of as many operations away as it can: first of many together, then of single ones.
/// </summary>
internal sealed class ConflictSearch<TState, TAction>(
    ISequentialModel<TState, TAction> model, IReadOnlyList<Operation<TAction>> history, CancellationToken cancellation)
    where TState : notnull, IEquatable<TState>
{
    public Conflict Run(TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        var prefix = ShortestPrefix();
        int[] needed = [.. Enumerable.Range(0, history.Count).Where(i => prefix[i].Return is not null).OrderBy(i => prefix[i].Call)];
        var isMinimal = true;
        for (var size = Math.Max(1, needed.Length / 2); size > 0; size /= 2)
        {
            for (var first = 0; first < needed.Length;)
            {
                int[] fewer = [.. needed[..first], .. needed[Math.Min(first + size, needed.Length)..]];
                if (fewer.Length == 0)
                {
                    break;
                }

                switch (IsLinearizable(WithResultsOf(prefix, fewer), (time - watch.Elapsed) / 4))
                {
                    case false:
                        needed = fewer;
                        break;
                    case true:
                        first += size;
                        break;
                    default:
                        isMinimal &= size > 1;
                        first += size;
                        break;
                }
            }
        }

        return new(needed, isMinimal);
    }

    // What has returned by a time keeps its result. What was called later is left out.
    private Operation<TAction>[] ShortestPrefix()
    {
        long[] returns = [.. history.Select(one => one.Return).OfType<long>().Order()];
        var (low, high) = (0, returns.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            Operation<TAction>[] until = [.. Until(returns[middle]).OfType<Operation<TAction>>()];
            (low, high) = LinearizabilityChecker.Check(model, until, cancellation).IsLinearizable ? (middle + 1, high) : (low, middle);
        }

        if (low == returns.Length)
        {
            throw new ArgumentException("The history is linearizable.", nameof(history));
        }

        // Without a result, what was called later changes nothing.
        return [.. Until(returns[low]).Zip(history, (one, whole) => one ?? Forgotten(whole))];
    }

    private IEnumerable<Operation<TAction>?> Until(long time) => history.Select(one =>
        one.Call > time ? null
        : one.Return <= time ? one
        : Forgotten(one));

    private Operation<TAction>[] WithResultsOf(Operation<TAction>[] prefix, int[] needed)
    {
        var keeps = new bool[prefix.Length];
        Array.ForEach(needed, i => keeps[i] = true);
        return [.. prefix.Select((one, i) => keeps[i] ? one : Forgotten(one))];
    }

    private Operation<TAction> Forgotten(Operation<TAction> one) => one with { Return = null, Action = model.WithoutResult(one.Action) };

    // Null: the time is over.
    private bool? IsLinearizable(Operation<TAction>[] operations, TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(time);
        try
        {
            return LinearizabilityChecker.Check(model, operations, limit.Token).IsLinearizable;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
