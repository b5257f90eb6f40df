namespace DeterministicSimulation;

/// <summary>
/// The operations that can run next. They are numbered consecutively: first work, then timers, then faults, each from the oldest on.
/// </summary>
/// <param name="work">Continuations, deliveries and disk writes.</param>
/// <param name="timers">Timers that may run out.</param>
/// <param name="faults">Faults that may strike or end.</param>
public readonly ref struct EnabledOperations(ReadOnlySpan<Operation> work, ReadOnlySpan<Operation> timers, ReadOnlySpan<Operation> faults)
{
    /// <summary>Continuations, deliveries and disk writes.</summary>
    public ReadOnlySpan<Operation> Work { get; } = work;

    /// <summary>Timers that may run out.</summary>
    public ReadOnlySpan<Operation> Timers { get; } = timers;

    /// <summary>Faults that may strike or end. They are never the only operations: without work and timers nothing is enabled.</summary>
    public ReadOnlySpan<Operation> Faults { get; } = faults;

    /// <summary>In fair time, all work, with what is not due yet; otherwise null.</summary>
    internal TimedOperations? All { get; init; }

    /// <summary>The number of operations.</summary>
    public int Count => Work.Length + Timers.Length + Faults.Length;

    /// <summary>The operation with a number.</summary>
    public Operation this[int index] =>
        index < Work.Length ? Work[index]
        : index < Work.Length + Timers.Length ? Timers[index - Work.Length]
        : Faults[index - Work.Length - Timers.Length];

    /// <summary>How many operations of the same shape are older, due or not. Shape and rank together identify an operation.</summary>
    public int RankOf(Operation operation)
    {
        var (shape, rank) = (operation.Shape, 0);
        var all = All is null ? Work : All.Span;
        for (var i = 0; i < all.Length && all[i] != operation; i++)
        {
            rank += all[i].Shape == shape ? 1 : 0;
        }

        return rank;
    }
}
