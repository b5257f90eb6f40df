namespace DeterministicSimulation;

/// <summary>How often each part of a model was seen, over several schedules.</summary>
public sealed class ModelCounts
{
    private long[] _counts = [];

    /// <summary>The numbers, in the order of the parts; empty if no schedule had a model.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>Adds the numbers of a schedule (<see cref="SystemUnderTest.ModelCoverage"/>).</summary>
    public void Add(IReadOnlyList<long> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (_counts.Length == 0)
        {
            _counts = new long[counts.Count];
        }

        for (var i = 0; i < counts.Count; i++)
        {
            _counts[i] += counts[i];
        }
    }
}
