namespace ModelChecking.Linearizability;

/// <summary>The verdict on a history.</summary>
/// <param name="IsLinearizable">
/// Whether the operations can be put into one order in which each takes effect between its call and its return, with its result.
/// </param>
/// <param name="Order">
/// Such an order, as positions in the history; operations without a result may be left out. Without such an order: the longest order that
/// the search found of a part of the operations that every other operation may follow.
/// </param>
/// <param name="Visited">How many states the search visited: a set of operations that took effect, with the object's state.</param>
public sealed record Verdict(bool IsLinearizable, IReadOnlyList<int> Order, long Visited);

/// <summary>
/// Says whether histories are linearizable (Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects"). The
/// search is that of Wing and Gong ("Testing and Verifying Concurrent Objects"), which never visits a state twice (Lowe, "Testing for
/// Linearizability").
/// </summary>
public static class LinearizabilityChecker
{
    // The searches of independent objects take turns, in steps.
    private const long _turn = 1 << 14;

    /// <summary>Checks a history of one object.</summary>
    /// <typeparam name="TState">The state of the object.</typeparam>
    /// <typeparam name="TAction">What an operation does, with its result.</typeparam>
    /// <param name="model">The object.</param>
    /// <param name="history">The operations, in any order.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="ArgumentException">An operation returns before its call.</exception>
    /// <exception cref="OperationCanceledException">The search was ended.</exception>
    public static Verdict Check<TState, TAction>(
        ISequentialModel<TState, TAction> model, IReadOnlyList<Operation<TAction>> history, CancellationToken cancellation = default)
        where TState : notnull, IEquatable<TState> => CheckAll(model, [history], workers: 1, cancellation)[0]!;

    /// <summary>
    /// Checks the histories of independent objects, each with one model: the keys of a store, say. That is much faster than to check them
    /// as one. The search ends with the first objects that are found not to be linearizable.
    /// </summary>
    /// <typeparam name="TState">The state of an object.</typeparam>
    /// <typeparam name="TAction">What an operation does, with its result.</typeparam>
    /// <param name="model">The model of each object.</param>
    /// <param name="histories">The operations on each object, in any order.</param>
    /// <param name="workers">The number of threads.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>
    /// The verdict on each object, which does not depend on the number of threads. Null: the search ended before, because another object is
    /// not linearizable.
    /// </returns>
    /// <exception cref="ArgumentException">An operation returns before its call.</exception>
    /// <exception cref="OperationCanceledException">The search was ended.</exception>
    public static IReadOnlyList<Verdict?> CheckAll<TState, TAction>(
        ISequentialModel<TState, TAction> model,
        IReadOnlyList<IReadOnlyList<Operation<TAction>>> histories,
        int workers,
        CancellationToken cancellation = default)
        where TState : notnull, IEquatable<TState>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(histories);
        LinearizationSearch<TState, TAction>[] searches = [.. histories.Select(history => SearchOf(model, history))];
        var verdicts = new Verdict?[searches.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation };
        while (Array.Exists(verdicts, one => one is null) && !Array.Exists(verdicts, one => one is { IsLinearizable: false }))
        {
            cancellation.ThrowIfCancellationRequested();
            Parallel.For(0, searches.Length, options, i => verdicts[i] ??= searches[i].Advance(_turn));
        }

        return verdicts;
    }

    /// <summary>
    /// Finds a small set of operations that cannot be ordered: even if each other operation took effect at any time after its call, or
    /// never. No operation of the set can be left out, if the search was not ended.
    /// </summary>
    /// <typeparam name="TState">The state of the object.</typeparam>
    /// <typeparam name="TAction">What an operation does, with its result.</typeparam>
    /// <param name="model">The object.</param>
    /// <param name="history">A history that is not linearizable.</param>
    /// <param name="time">Ends the search with the smallest set so far.</param>
    /// <param name="cancellation">Ends the search without a result.</param>
    /// <exception cref="ArgumentException">The history is linearizable.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was asked for.</exception>
    public static Conflict Conflict<TState, TAction>(
        ISequentialModel<TState, TAction> model,
        IReadOnlyList<Operation<TAction>> history,
        TimeSpan time,
        CancellationToken cancellation = default)
        where TState : notnull, IEquatable<TState>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(history);
        return new ConflictSearch<TState, TAction>(model, history, cancellation).Run(time);
    }

    private static LinearizationSearch<TState, TAction> SearchOf<TState, TAction>(
        ISequentialModel<TState, TAction> model, IReadOnlyList<Operation<TAction>> history)
        where TState : notnull, IEquatable<TState>
    {
        ArgumentNullException.ThrowIfNull(history);
        for (var i = 0; i < history.Count; i++)
        {
            if (history[i].Return < history[i].Call)
            {
                throw new ArgumentException(
                    $"Operation {i} returns at {history[i].Return}, before its call at {history[i].Call}.", nameof(history));
            }
        }

        return new(model, history);
    }
}

/// <summary>A set of operations that cannot be ordered.</summary>
/// <param name="Operations">Their positions in the history, in the order of their calls.</param>
/// <param name="IsMinimal">Whether no operation of the set can be left out; false: the search was ended before that was known.</param>
/// <param name="IsSmallest">Whether there is no set with fewer operations; false: the search was ended before that was known.</param>
/// <param name="PrefixEnd">
/// Where the longest prefix of the history ends that is linearizable: the time of the next return, with which it is not any more.
/// </param>
public sealed record Conflict(IReadOnlyList<int> Operations, bool IsMinimal, bool IsSmallest, long PrefixEnd);
