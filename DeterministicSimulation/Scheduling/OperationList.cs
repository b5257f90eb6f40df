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

    /// <summary>Removes an operation, if it is in the list; those after it move up.</summary>
    public void Remove(Operation operation)
    {
        var index = Span.IndexOf(operation);
        if (index >= 0)
        {
            Count--;
            Array.Copy(_items, index + 1, _items, index, Count - index);
            _items[Count] = null!;
        }
    }

    /// <summary>Removes all operations.</summary>
    public void Clear()
    {
        _items.AsSpan(0, Count).Clear();
        Count = 0;
    }
}
