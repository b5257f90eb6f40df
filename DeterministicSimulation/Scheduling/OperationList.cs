using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeterministicSimulation;

/// <summary>Operations in the order of their making.</summary>
public sealed class OperationList
{
    private Operation[] _items = new Operation[32];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The operations, oldest first. It must not be used after the list has changed.</summary>
    public ReadOnlySpan<Operation> Span => _items.AsSpan(0, Count);

    /// <summary>Whether there is one of a kind.</summary>
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

    /// <summary>Adds an operation at the end.</summary>
    public void Add(Operation operation)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        // The array holds nothing but operations: the check that a store of an object into an array costs can be saved.
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_items), Count++) = operation;
    }

    /// <summary>Removes the operation at a place; those after it move up.</summary>
    public Operation RemoveAt(int index)
    {
        var removed = _items[index];
        Count--;
        if (index < Count)
        {
            Array.Copy(_items, index + 1, _items, index, Count - index);
        }

        _items[Count] = null!;
        return removed;
    }

    /// <summary>Removes an operation, if it is there.</summary>
    public void Remove(Operation operation)
    {
        for (var index = 0; index < Count; index++)
        {
            if (ReferenceEquals(_items[index], operation))
            {
                RemoveAt(index);
                return;
            }
        }
    }

    /// <summary>Removes the operations for which a condition holds.</summary>
    public void RemoveWhere(Predicate<Operation> condition)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (!condition(_items[i]))
            {
                _items[kept++] = _items[i];
            }
        }

        _items.AsSpan(kept, Count - kept).Clear();
        Count = kept;
    }

    /// <summary>Removes all operations.</summary>
    public void Clear()
    {
        _items.AsSpan(0, Count).Clear();
        Count = 0;
    }
}
