using System.Runtime.InteropServices;

namespace ModelChecking.Linearizability;

/// <summary>
/// The search for an order of one history. The calls and returns that have not taken effect yet stand in a list, by time. An operation
/// whose call stands before the first return may be the next to take effect. At a return, the operation before goes back.
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

    // The list. Event 0 is its head. The others are calls and returns by time, each with its operation.
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _operation;
    private readonly bool[] _isCall;
    private readonly int[] _returnOf;

    // States are numbered as they are met, and so is what an operation makes of each.
    private readonly List<TState> _states = [];
    private readonly Dictionary<TState, int> _numbers = [];
    private readonly Dictionary<long, int> _transitions = [];

    private readonly VisitedSets _visited;

    // What has taken effect, in order: the events of the calls, and the state before each.
    private readonly List<(int Event, int State)> _taken = [];

    // The longest order so far, and how many of its first operations are those that have taken effect now.
    private readonly List<int> _longest = [];
    private int _shared;

    // The state, the number of operations with a result that have not taken effect, and the event that comes next.
    private int _state;
    private int _left;
    private int _entry;

    public LinearizationSearch(ISequentialModel<TState, TAction> model, IReadOnlyList<Operation<TAction>> history)
    {
        _model = model;
        _history = history;
        int[] byCall = [.. Enumerable.Range(0, history.Count).OrderBy(i => history[i].Call)];
        _positions = [.. byCall.Where(i => history[i].Return is not null), .. byCall.Where(i => history[i].Return is null)];
        _withResult = history.Count(one => one.Return is not null);
        _visited = new VisitedSets(_withResult, history.Count - _withResult);

        // Operations overlap if one returns at the time of the other's call.
        var events = new (long Time, bool IsCall, int Operation)[history.Count + _withResult];
        for (var i = 0; i < _positions.Length; i++)
        {
            events[i] = (history[_positions[i]].Call, true, i);
            if (i < _withResult)
            {
                events[history.Count + i] = (history[_positions[i]].Return!.Value, false, i);
            }
        }

        Array.Sort(events, static (one, other) =>
            one.Time != other.Time ? one.Time.CompareTo(other.Time)
            : one.IsCall != other.IsCall ? other.IsCall.CompareTo(one.IsCall)
            : one.Operation.CompareTo(other.Operation));
        _next = new int[events.Length + 1];
        _previous = new int[events.Length + 1];
        _operation = new int[events.Length + 1];
        _isCall = new bool[events.Length + 1];
        _returnOf = new int[history.Count];
        for (var e = 1; e <= events.Length; e++)
        {
            (_, _isCall[e], _operation[e]) = events[e - 1];
            _next[e - 1] = e;
            _previous[e] = e - 1;
            if (!_isCall[e])
            {
                _returnOf[_operation[e]] = e;
            }
        }

        (_state, _left, _entry) = (NumberOf(model.Initial), _withResult, _next[0]);
    }

    /// <summary>Searches on.</summary>
    /// <param name="steps">How many steps at most.</param>
    /// <returns>The verdict; null: there is none yet.</returns>
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
                TryTake(_operation[_entry]);
                continue;
            }

            KeepLongest();
            if (_taken.Count == 0)
            {
                return new(false, Order(_longest), _visited.Count);
            }

            GoBack();
        }

        return new(true, Order(_taken.Select(one => _operation[one.Event])), _visited.Count);
    }

    private void TryTake(int operation)
    {
        var after = Take(_state, operation);

        // Without a result, an operation that changes nothing need not take effect.
        if (after == _impossible || (operation >= _withResult && after == _state) || !_visited.Add(operation, after))
        {
            _entry = _next[_entry];
            return;
        }

        _taken.Add((_entry, _state));
        _state = after;
        Unlink(_entry);
        if (operation < _withResult)
        {
            Unlink(_returnOf[operation]);
            _left--;
        }

        _entry = _next[0];
    }

    private void GoBack()
    {
        var last = _taken[^1];
        _taken.RemoveAt(_taken.Count - 1);
        _shared = Math.Min(_shared, _taken.Count);
        var operation = _operation[last.Event];
        _visited.Leave(operation);
        if (operation < _withResult)
        {
            Link(_returnOf[operation]);
            _left++;
        }

        Link(last.Event);
        _state = last.State;
        _entry = _next[last.Event];
    }

    private void KeepLongest()
    {
        if (_taken.Count > _longest.Count)
        {
            _longest.RemoveRange(_shared, _longest.Count - _shared);
            _longest.AddRange(_taken.Skip(_shared).Select(one => _operation[one.Event]));
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
