using System.Runtime.Intrinsics;

namespace ModelChecking;

// The groups of many states are looked up group by group: what a group needs is then in registers and in the first-level cache of the
// processor, and it overlaps one look-up with the next.
internal sealed partial class TransitionCache
{
    private readonly int[] _firstRequests = new int[Frontier.BlockSize + 1];
    private StepRange[] _found = new StepRange[1024];
    private int[] _indexes = new int[64];
    private int _requestCount;
    private int _requestingState;
    private bool _keepsAll = true;

    /// <summary>The indexes of the steps that were found for a state of a block.</summary>
    /// <param name="state">The index of the state.</param>
    /// <param name="indexes">Is set to the indexes, which are valid until the next call.</param>
    /// <returns>Whether all the steps can be kept.</returns>
    public bool TryGetFound(int state, out ReadOnlySpan<int> indexes)
    {
        var count = 0;
        indexes = default;
        foreach (var steps in _found.AsSpan(_firstRequests[state].._firstRequests[state + 1]))
        {
            if (steps.Count < 0)
            {
                return false;
            }

            AddIndexes(steps, ref count);
        }

        indexes = _indexes.AsSpan(0, count);
        return true;
    }

    /// <summary>The indexes of some steps. Valid until the next call.</summary>
    public ReadOnlySpan<int> Indexes(int first, int steps)
    {
        var count = 0;
        AddIndexes(new StepRange(first, steps), ref count);
        return _indexes.AsSpan(0, count);
    }

    /// <summary>Begins with the requests of the first state of a block.</summary>
    public void ClearRequests()
    {
        (_requestCount, _requestingState) = (0, 0);
        foreach (var group in _groups)
        {
            group?.ClearRequests();
        }
    }

    /// <summary>Begins with the requests of the next state.</summary>
    public void NextState() => _firstRequests[++_requestingState] = _requestCount;

    /// <summary>Notes that the steps of a group are needed.</summary>
    public void Request(ActionGroup group, ulong message, int slot)
    {
        if (CacheOf(group) is { } cache)
        {
            cache.Request(new LookUp(message, _requestingState, _requestCount++, slot));
        }
        else
        {
            _keepsAll = false;
        }
    }

    /// <summary>Finds the steps of all requests, or executes the groups.</summary>
    /// <param name="block">The states.</param>
    /// <returns>Whether steps of all groups are kept.</returns>
    public bool FindRequested(Frontier.Block block)
    {
        _tries += _requestCount;
        if (_found.Length < _requestCount)
        {
            _found = new StepRange[2 * _requestCount];
        }

        foreach (var group in _groups)
        {
            var next = 0;
            while (_keepsAll && group?.FindRequested(block, ref next, _found) is { } missing)
            {
                Record(group, block[missing.State], missing.Message, missing.Slot);
                _keepsAll = !group.IsOff;
            }
        }

        return _keepsAll;
    }

    // Few groups have more than four steps in a state, and how many cannot be predicted: so four indexes are always written.
    private void AddIndexes(StepRange steps, ref int count)
    {
        var four = Vector128.CreateSequence(steps.First, 1);
        var end = count + steps.Count;
        do
        {
            if (count + Vector128<int>.Count > _indexes.Length)
            {
                Array.Resize(ref _indexes, _indexes.Length * 2);
            }

            four.CopyTo(_indexes.AsSpan(count));
            four += Vector128.Create(Vector128<int>.Count);
            count += Vector128<int>.Count;
        }
        while (count < end);

        count = end;
    }

    /// <summary>A request for the steps of a group, to be looked up.</summary>
    /// <param name="Message">The message that they concern, if any.</param>
    /// <param name="State">The index of the state in its block.</param>
    /// <param name="Number">Which request of the block it is.</param>
    /// <param name="Slot">The slot of the message in its bag.</param>
    private readonly record struct LookUp(ulong Message, int State, int Number, int Slot);
}
