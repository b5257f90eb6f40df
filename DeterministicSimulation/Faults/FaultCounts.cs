namespace DeterministicSimulation;

/// <summary>The number of faults of each kind that struck.</summary>
public sealed class FaultCounts
{
    private readonly long[] _counts = new long[Kinds.Count];

    /// <summary>All kinds, in the order of the enum.</summary>
    public static IReadOnlyList<FaultKind> Kinds { get; } = Enum.GetValues<FaultKind>();

    /// <summary>The number for a kind.</summary>
    public long this[FaultKind kind]
    {
        get => _counts[(int)kind];
        set => _counts[(int)kind] = value;
    }

    /// <summary>The sum over all kinds.</summary>
    public long Total => _counts.Sum();

    /// <summary>Adds the numbers of another object.</summary>
    public void Add(FaultCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }
}
