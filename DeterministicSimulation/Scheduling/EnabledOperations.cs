namespace DeterministicSimulation;

/// <summary>What can happen next. The three parts are numbered through: work first, then timers, then faults; each oldest first.</summary>
/// <param name="work">Continuations, deliveries and disk writes.</param>
/// <param name="timers">Timers that may run out.</param>
/// <param name="faults">What may break or be mended.</param>
public readonly ref struct EnabledOperations(ReadOnlySpan<Operation> work, ReadOnlySpan<Operation> timers, ReadOnlySpan<Operation> faults)
{
    /// <summary>Continuations, deliveries and disk writes.</summary>
    public ReadOnlySpan<Operation> Work { get; } = work;

    /// <summary>Timers that may run out.</summary>
    public ReadOnlySpan<Operation> Timers { get; } = timers;

    /// <summary>What may break or be mended. Never all that can happen: without work and timers nothing is enabled.</summary>
    public ReadOnlySpan<Operation> Faults { get; } = faults;

    /// <summary>All work, in fair time also that which is not due yet.</summary>
    public ReadOnlySpan<Operation> Pending { get; init; } = work;

    /// <summary>How many there are in all.</summary>
    public int Count => Work.Length + Timers.Length + Faults.Length;

    /// <summary>One of them, by its number.</summary>
    public Operation this[int index] =>
        index < Work.Length ? Work[index]
        : index < Work.Length + Timers.Length ? Timers[index - Work.Length]
        : Faults[index - Work.Length - Timers.Length];

    /// <summary>How many operations like one of them are older, due or not; with its shape it tells which one it is.</summary>
    public int RankOf(Operation operation)
    {
        var (shape, rank) = (operation.Shape, 0);
        for (var i = 0; i < Pending.Length && Pending[i] != operation; i++)
        {
            rank += Pending[i].Shape == shape ? 1 : 0;
        }

        return rank;
    }
}
