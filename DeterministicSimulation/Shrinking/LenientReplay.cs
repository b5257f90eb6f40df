namespace DeterministicSimulation;

/// <summary>
/// Repeats the decisions of another schedule as far as they fit: some of them may have been left out, or the options may differ.
/// </summary>
/// <remarks>
/// It makes the next decision as soon as its operation is enabled. While the operation is not enabled, the server that it comes from runs
/// its pending work. If it has no such work, the decision is skipped. So a list of decisions may leave out the operations that only
/// continue others. After the last decision, the pending work of its server runs; then the default choices follow.
/// </remarks>
/// <param name="decisions">The decisions; the first stands for the beginning of the schedule.</param>
internal sealed class LenientReplay(IReadOnlyList<Decision> decisions) : IStrategy
{
    private int _next;
    private int _asked;
    private int _drawn;
    private int _last;
    private Decision? _current;

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        (_next, _asked) = (0, 0);
        Make();
    }

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled)
    {
        _asked++;
        for (; _next < decisions.Count; _next++)
        {
            var decision = decisions[_next];
            if (Find(enabled, decision) is { } chosen)
            {
                Make();
                return chosen;
            }

            var isDelivery = decision.Operation.Kind == OperationKind.Delivery;
            var from = isDelivery ? decision.Operation.From : decision.Operation.Server;
            if (decision.Operation.Kind != OperationKind.Continuation && PendingWork(enabled, from, withWrites: isDelivery) is { } before)
            {
                _current = null;
                return before;
            }
        }

        _current = null;
        return PendingWork(enabled, _last, withWrites: true) ?? DefaultChoice.Operation;
    }

    /// <inheritdoc/>
    public void OnlyOperation(Operation operation)
    {
        if (_next < decisions.Count && decisions[_next].Operation == operation.Shape)
        {
            Make();
        }
        else
        {
            _current = null;
        }
    }

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind)
    {
        _asked++;
        return _current?.Faults.Contains(kind) == true;
    }

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => Draw(bound, bound);

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int typical, int max) => Draw(typical, max);

    private int Draw(int defaultBound, int bound)
    {
        var defaultNumber = DefaultChoice.Number(_asked++, defaultBound);
        return _drawn < _current?.Numbers.Count && _current.Numbers[_drawn++] is var number && number < bound ? number : defaultNumber;
    }

    private void Make()
    {
        _current = decisions[_next++];
        _last = _current.Operation.Server;
        _drawn = 0;
    }

    // The operation of that shape and rank; if its rank is not reached, the latest of that shape.
    private static int? Find(EnabledOperations enabled, Decision decision)
    {
        int? found = null;
        for (var i = 0; i < enabled.Count; i++)
        {
            if (enabled[i].Shape == decision.Operation)
            {
                found = i;
                if (enabled.RankOf(enabled[i]) >= decision.Rank)
                {
                    break;
                }
            }
        }

        return found;
    }

    // Continuations come before writes, because they begin them.
    private static int? PendingWork(EnabledOperations enabled, int server, bool withWrites)
    {
        int? write = null;
        for (var i = 0; i < enabled.Work.Length && server > 0; i++)
        {
            var operation = enabled[i];
            if (operation.Server == server && operation.Kind == OperationKind.Continuation)
            {
                return i;
            }

            write ??= withWrites && operation.Server == server && operation.Kind == OperationKind.DiskWrite ? i : null;
        }

        return write;
    }
}
