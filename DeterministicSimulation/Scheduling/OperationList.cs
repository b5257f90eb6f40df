using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeterministicSimulation;

/// <summary>Operations in the order in which they were added.</summary>
public sealed class OperationList
{
    private Operation[] _items = new Operation[32];

    /// <summary>The number of operations.</summary>
    public int Count { get; private set; }

    /// <summary>The operations, oldest first. The span is valid until the list changes.</summary>
    public ReadOnlySpan<Operation> Span => _items.AsSpan(0, Count);

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

    /// <summary>Adds an operation at the end.</summary>
    public void Add(Operation operation)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        // This avoids the covariance check of a store into an array of objects: the array's exact type is Operation[].
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_items), Count++) = operation;
    }

    /// <summary>Removes the operation at an index; those after it move up.</summary>
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

    /// <summary>Removes an operation, if it is in the list.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="from">Where the search begins: the operation is not before this index.</param>
    public void Remove(Operation operation, int from = 0)
    {
        for (var index = from; index < Count; index++)
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
