using System.Runtime.InteropServices;

namespace ModelChecking.Linearizability;

/// <summary>
/// The search for an order of one history. The calls and returns of operations that have not taken effect yet stand in a list, by time. An
/// operation whose call stands before the first return may be the next to take effect. If none can, the last one goes back. Operations
/// without a result are tried after the others.
/// </summary>
internal sealed class LinearizationSearch<TState, TAction>
    where TState : notnull, IEquatable<TState>
{
    private const int _impossible = -1;

    private readonly ISequentialModel<TState, TAction> _model;
    private readonly IReadOnlyList<Operation<TAction>> _history;

    // Operations are numbered by their calls: first those with a result, then those without. Each number has its position in the history.
    private readonly int[] _positions;
    private readonly int _withResult;

    // The list. Event 0 is its head. The others are calls and returns by time, each with its operation, if that has a result.
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _operation;
    private readonly bool[] _isCall;
    private readonly long[] _time;
    private readonly int[] _callOf;
    private readonly int[] _returnOf;
    private readonly bool[] _isTaken;

    // Of equal operations without a result, the one that was called first takes effect first: nothing can tell them apart. Here is the one
    // before each; the first has -1.
    private readonly int[] _equalBefore;

    // States are numbered as they are met, and so is what an operation makes of each.
    private readonly List<TState> _states = [];
    private readonly Dictionary<TState, int> _numbers = [];
    private readonly Dictionary<long, int> _transitions = [];

    private readonly VisitedSets _visited;

    // What has taken effect, in order: the operations, and the state before each.
    private readonly List<(int Operation, int State)> _taken = [];

    // The longest order so far, and how many of its first operations are those that have taken effect now.
    private readonly List<int> _longest = [];
    private int _shared;

    // The state, how many operations with a result have not taken effect, and what is tried next: an event of the list, or, if that is a
    // return, an operation without a result.
    private int _state;
    private int _left;
    private int _entry;
    private int _optional;

    public LinearizationSearch(ISequentialModel<TState, TAction> model, IReadOnlyList<Operation<TAction>> history)
    {
        _model = model;
        _history = history;
        int[] byCall = [.. Enumerable.Range(0, history.Count).OrderBy(i => history[i].Call)];
        _positions = [.. byCall.Where(i => history[i].Return is not null), .. byCall.Where(i => history[i].Return is null)];
        _withResult = history.Count(one => one.Return is not null);
        _visited = new VisitedSets(_withResult, history.Count - _withResult);

        // Operations overlap if one returns at the time of the other's call.
        var events = new (long Time, bool IsCall, int Operation)[2 * _withResult];
        for (var i = 0; i < _withResult; i++)
        {
            events[2 * i] = (history[_positions[i]].Call, true, i);
            events[(2 * i) + 1] = (history[_positions[i]].Return!.Value, false, i);
        }

        Array.Sort(events, static (one, other) =>
            one.Time != other.Time ? one.Time.CompareTo(other.Time)
            : one.IsCall != other.IsCall ? other.IsCall.CompareTo(one.IsCall)
            : one.Operation.CompareTo(other.Operation));
        _next = new int[events.Length + 1];
        _previous = new int[events.Length + 1];
        _operation = new int[events.Length + 1];
        _isCall = new bool[events.Length + 1];
        _time = new long[events.Length + 1];
        _callOf = new int[_withResult];
        _returnOf = new int[_withResult];
        _isTaken = new bool[history.Count];
        _equalBefore = EqualBefore();
        for (var e = 1; e <= events.Length; e++)
        {
            (_time[e], _isCall[e], _operation[e]) = events[e - 1];
            _next[e - 1] = e;
            _previous[e] = e - 1;
            (_isCall[e] ? _callOf : _returnOf)[_operation[e]] = e;
        }

        (_state, _left, _entry, _optional) = (NumberOf(model.Initial), _withResult, _next[0], _withResult);
    }

    /// <summary>Searches on.</summary>
    /// <param name="steps">How many steps at most.</param>
    /// <returns>The verdict; null: the search has not ended.</returns>
    public Verdict? Advance(long steps)
    {
        for (; _left > 0; steps--)
        {
            if (steps == 0)
            {
                return null;
            }

            if (_isCall[_entry])
            {
                var operation = _operation[_entry];
                _entry = _next[_entry];
                TryTake(operation);
                continue;
            }

            // The event is the first return.
            if (_optional < _positions.Length && _history[_positions[_optional]].Call <= _time[_entry])
            {
                TryTake(_optional++);
                continue;
            }

            KeepLongest();
            if (_taken.Count == 0)
            {
                return new(false, Order(_longest), _visited.Count);
            }

            GoBack();
        }

        return new(true, Order(_taken.Select(one => one.Operation)), _visited.Count);
    }

    private void TryTake(int operation)
    {
        if (_isTaken[operation] || (_equalBefore[operation] is >= 0 and var before && !_isTaken[before]))
        {
            return;
        }

        // Without a result, an operation that changes nothing need not take effect.
        var after = Take(_state, operation);
        if (after == _impossible || (operation >= _withResult && after == _state) || !_visited.Add(operation, after))
        {
            return;
        }

        _isTaken[operation] = true;
        _taken.Add((operation, _state));
        _state = after;
        if (operation < _withResult)
        {
            Unlink(_callOf[operation]);
            Unlink(_returnOf[operation]);
            _left--;
        }

        (_entry, _optional) = (_next[0], _withResult);
    }

    // The last operation goes back. What comes after it is tried next.
    private void GoBack()
    {
        (var operation, _state) = _taken[^1];
        _taken.RemoveAt(_taken.Count - 1);
        _shared = Math.Min(_shared, _taken.Count);
        _isTaken[operation] = false;
        _visited.Leave(operation);
        if (operation < _withResult)
        {
            Link(_returnOf[operation]);
            Link(_callOf[operation]);
            _left++;
            (_entry, _optional) = (_next[_callOf[operation]], _withResult);
            return;
        }

        (_entry, _optional) = (_next[0], operation + 1);
        while (_isCall[_entry])
        {
            _entry = _next[_entry];
        }
    }

    private int[] EqualBefore()
    {
        var before = new int[_history.Count];
        Array.Fill(before, -1);
        foreach (var equal in Enumerable.Range(_withResult, _history.Count - _withResult).GroupBy(i => _history[_positions[i]].Action))
        {
            var last = -1;
            foreach (var operation in equal)
            {
                (before[operation], last) = (last, operation);
            }
        }

        return before;
    }

    private void KeepLongest()
    {
        if (_taken.Count > _longest.Count)
        {
            _longest.RemoveRange(_shared, _longest.Count - _shared);
            _longest.AddRange(_taken.Skip(_shared).Select(one => one.Operation));
            _shared = _taken.Count;
        }
    }

    private int[] Order(IEnumerable<int> operations) => [.. operations.Select(operation => _positions[operation])];

    private int Take(int state, int operation)
    {
        ref var after = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _transitions, ((long)state * _positions.Length) + operation, out var isKnown);
        if (!isKnown)
        {
            after = _model.TryTake(_states[state], _history[_positions[operation]].Action, out var next) ? NumberOf(next) : _impossible;
        }

        return after;
    }

    private int NumberOf(TState state)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, state, out var isKnown);
        if (!isKnown)
        {
            number = _states.Count;
            _states.Add(state);
        }

        return number;
    }

    // The last event has no next one: its place is that of the head, whose previous event does not matter.
    private void Unlink(int entry)
    {
        _next[_previous[entry]] = _next[entry];
        _previous[_next[entry]] = _previous[entry];
    }

    private void Link(int entry)
    {
        _next[_previous[entry]] = entry;
        _previous[_next[entry]] = entry;
    }
}
