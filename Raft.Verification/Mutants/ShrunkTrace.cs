using DeterministicSimulation;

namespace Raft.Verification.Mutants;

/// <summary>The trace of a mutant, as found and as shrunk.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Found">The trace as found, with its events.</param>
/// <param name="Shrunk">The shrunk trace, with its events.</param>
internal sealed record ShrunkTrace(Mutant Mutant, Trace Found, Trace Shrunk)
{
    /// <summary>The fraction of the steps that shrinking removed, from 0 to 1.</summary>
    public double StepsRemoved => Found.Violation.Step == 0 ? 0 : 1 - ((double)Shrunk.Violation.Step / Found.Violation.Step);

    /// <summary>The fraction of the choices that shrinking removed, from 0 to 1.</summary>
    public double ChoicesRemoved => Found.Choices.Count == 0 ? 0 : 1 - ((double)Shrunk.Choices.Count / Found.Choices.Count);

    /// <summary>The median of several numbers.</summary>
    public static double Median(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
