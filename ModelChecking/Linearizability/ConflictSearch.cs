using System.Diagnostics;

namespace ModelChecking.Linearizability;

/// <summary>
/// The search for the smallest set of operations that cannot be ordered. It takes the shortest part of the history, by time, that is not
/// linearizable. Then it takes the results of as many operations away as it can: first of many together, then of single ones. At last it
/// tries all smaller sets, if they are not too many.
/// </summary>
internal sealed class ConflictSearch<TState, TAction>(
    ISequentialModel<TState, TAction> model, IReadOnlyList<Operation<TAction>> history, CancellationToken cancellation)
    where TState : notnull, IEquatable<TState>
{
    // The most sets that are tried, so that a search with the same history ends in the same way on a slow machine.
    private const int _mostSets = 20_000;

    public Conflict Run(TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        var (prefix, end) = ShortestPrefix();
        var needed = Returned(prefix);
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

        var (smaller, areAll) = Smaller(needed.Length, () => time - watch.Elapsed);
        return smaller is null
            ? new(needed, isMinimal || areAll, areAll, end)
            : new(smaller, IsMinimal: true, IsSmallest: true, end);
    }

    private static int[] Returned(Operation<TAction>[] operations) =>
        [.. Enumerable.Range(0, operations.Length).Where(i => operations[i].Return is not null).OrderBy(i => operations[i].Call)];

    // The smallest set, if it has fewer operations than this; and whether all sets that do were tried. It may go beyond the shortest part.
    private (int[]? Set, bool AreAll) Smaller(int count, Func<TimeSpan> left)
    {
        Operation<TAction>[] all = [.. history];
        var returned = Returned(all);
        var tried = 0;
        for (var size = 1; size < count; size++)
        {
            var chosen = Enumerable.Range(0, size).ToArray();
            do
            {
                int[] set = [.. chosen.Select(i => returned[i])];
                switch (++tried > _mostSets ? null : IsLinearizable(WithResultsOf(all, set), left()))
                {
                    case false:
                        return (set, true);
                    case null:
                        return (null, false);
                }
            }
            while (IsFollowed(chosen, returned.Length));
        }

        return (null, true);
    }

    // Moves on to the next choice of as many positions, in their order.
    private static bool IsFollowed(int[] chosen, int count)
    {
        for (var i = chosen.Length - 1; i >= 0; i--)
        {
            if (chosen[i] < count - chosen.Length + i)
            {
                chosen[i]++;
                for (var j = i + 1; j < chosen.Length; j++)
                {
                    chosen[j] = chosen[j - 1] + 1;
                }

                return true;
            }
        }

        return false;
    }

    // What has returned by a time keeps its result. What was called later is left out.
    private (Operation<TAction>[] Operations, long End) ShortestPrefix()
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
        return ([.. Until(returns[low]).Zip(history, (one, whole) => one ?? Forgotten(whole))], returns[low]);
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
