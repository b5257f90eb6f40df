using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeterministicSimulation;

/// <summary>
/// Operations in the order in which they were added, and which of them are due in fair time. What is due is collected anew only when time
/// reaches the next operation, because most steps take no time. An operation is removed without a search.
/// </summary>
public sealed class TimedOperations
{
    // Removed operations leave gaps.
    private Operation?[] _slots = new Operation?[32];
    private int _end;

    // What is due at a time. Nothing else is before the next time, which some operation has unless the next time is not exact.
    private readonly OperationList _due = new();
    private long _now = long.MinValue;
    private long _next = long.MinValue;
    private bool _isExact;

    /// <summary>The number of operations.</summary>
    public int Count { get; private set; }

    /// <summary>The operations, oldest first. The span is valid until the list changes.</summary>
    public ReadOnlySpan<Operation> Span
    {
        get
        {
            CloseGaps();
            return _slots.AsSpan(0, _end)!;
        }
    }

    /// <summary>Whether a condition holds for any of the operations.</summary>
    public bool Any(Func<Operation, bool> which)
    {
        foreach (var operation in Span)
        {
            if (which(operation))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The operations that are due at a time, oldest first. The span is valid until the list or the time changes.</summary>
    /// <param name="now">The time; never less than in an earlier call.</param>
    public ReadOnlySpan<Operation> Due(long now)
    {
        if (now >= _next)
        {
            Collect(now);
        }

        _now = now;
        return _due.Span;
    }

    /// <summary>When the first operation is due; <see cref="long.MaxValue"/> if the list is empty.</summary>
    public long FirstDue()
    {
        if (_due.Count == 0 && _isExact)
        {
            return _next;
        }

        var first = long.MaxValue;
        foreach (var operation in _slots.AsSpan(0, _end))
        {
            first = Math.Min(first, operation?.Due ?? long.MaxValue);
        }

        return first;
    }

    /// <summary>Adds an operation at the end. It must be in no other list of this kind.</summary>
    public void Add(Operation operation)
    {
        if (_end == _slots.Length)
        {
            MakeRoom();
        }

        operation.List = this;
        operation.Slot = _end;
        Store(_end++, operation);
        Count++;
        if (operation.Due <= _now)
        {
            _due.Add(operation);
        }
        else if (operation.Due < _next)
        {
            (_next, _isExact) = (operation.Due, true);
        }
    }

    /// <summary>Removes an operation, if it is in the list.</summary>
    public void Remove(Operation operation)
    {
        if (operation.List != this)
        {
            return;
        }

        Clear(operation);
        if (operation.Due <= _now)
        {
            _due.Remove(operation);
        }
        else if (operation.Due == _next)
        {
            _isExact = false;
        }
    }

    /// <summary>Removes the operations for which a condition holds.</summary>
    public void RemoveWhere(Predicate<Operation> condition)
    {
        foreach (var operation in Span)
        {
            if (condition(operation))
            {
                Clear(operation);
            }
        }

        Forget();
    }

    /// <summary>Forgets what is due: an operation of the list is due at another time than before, for instance.</summary>
    internal void Forget()
    {
        _due.Clear();
        (_now, _next, _isExact) = (long.MinValue, long.MinValue, false);
    }

    private void Clear(Operation operation)
    {
        operation.List = null;
        _slots[operation.Slot] = null;
        Count--;
        if (operation.Slot == _end - 1)
        {
            _end--;
        }
    }

    private void Collect(long now)
    {
        _due.Clear();
        (_next, _isExact) = (long.MaxValue, true);
        foreach (var operation in _slots.AsSpan(0, _end))
        {
            if (operation?.Due <= now)
            {
                _due.Add(operation);
            }
            else if (operation?.Due < _next)
            {
                _next = operation.Due;
            }
        }
    }

    private void MakeRoom()
    {
        if (Count > _end / 2)
        {
            Array.Resize(ref _slots, 2 * _end);
        }
        else
        {
            CloseGaps();
        }
    }

    // This avoids the covariance check of a store into an array of objects: the array's exact type is Operation[].
    private void Store(int slot, Operation operation) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_slots), slot) = operation;

    private void CloseGaps()
    {
        if (_end == Count)
        {
            return;
        }

        var end = 0;
        for (var slot = 0; slot < _end; slot++)
        {
            if (_slots[slot] is { } operation)
            {
                if (slot > end)
                {
                    operation.Slot = end;
                    Store(end, operation);
                }

                end++;
            }
        }

        _slots.AsSpan(end, _end - end).Clear();
        _end = end;
    }
}
