namespace DeterministicSimulation;

/// <summary>A number for each kind of fault: how many struck, or how many may.</summary>
public sealed class FaultCounts
{
    private readonly long[] _counts = new long[Kinds.Count];

    /// <summary>All kinds, in their order.</summary>
    public static IReadOnlyList<FaultKind> Kinds { get; } = Enum.GetValues<FaultKind>();

    /// <summary>The number for a kind.</summary>
    public long this[FaultKind kind]
    {
        get => _counts[(int)kind];
        set => _counts[(int)kind] = value;
    }

    /// <summary>All kinds together.</summary>
    public long Total => _counts.Sum();

    /// <summary>Adds another's numbers to these.</summary>
    public void Add(FaultCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }
}
