namespace DeterministicSimulation;

/// <summary>
/// Makes the decisions of another schedule again as far as they fit: some of them are left out, or the world is another.
/// </summary>
/// <remarks>
/// The next decision whose operation can happen is made. Where it cannot happen yet, the server that it is to come from goes on with what it has under
/// way; where that does not bring it about either, it is left out. So one that needs no particular order need not say what comes in between.
/// After the last one its server goes on, and then the usual happens.
/// </remarks>
/// <param name="decisions">The decisions; the first one is the beginning.</param>
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

            var from = decision.Operation.Kind == OperationKind.Delivery ? decision.Operation.From : decision.Operation.Server;
            if (decision.Operation.Kind != OperationKind.Continuation && UnderWay(enabled, from, decision.Operation.Kind == OperationKind.Delivery) is { } before)
            {
                _current = null;
                return before;
            }
        }

        _current = null;
        return UnderWay(enabled, _last, withWrites: true) ?? DefaultChoice.Operation;
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
    public int ChooseLatency(Operation operation, int usual, int most) => Draw(usual, most);

    private int Draw(int usual, int most)
    {
        var otherwise = DefaultChoice.Number(_asked++, usual);
        return _drawn < _current?.Numbers.Count && _current.Numbers[_drawn++] is var number && number < most ? number : otherwise;
    }

    private void Make()
    {
        _current = decisions[_next++];
        _last = _current.Operation.Server;
        _drawn = 0;
    }

    // If there are not as many older ones as there were: the latest.
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

    // Code first: it is what begins writes.
    private static int? UnderWay(EnabledOperations enabled, int server, bool withWrites)
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
