using DeterministicSimulation;

namespace Raft.Verification.Mutants;

/// <summary>The trace of a mutant, as it was found and as it was shrunk.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Found">As it was found, with its events.</param>
/// <param name="Shrunk">As it was shrunk, with its events.</param>
internal sealed record CutTrace(Mutant Mutant, Trace Found, Trace Shrunk)
{
    /// <summary>Which part of the steps is gone, from 0 to 1.</summary>
    public double StepsCut => 1 - ((double)Shrunk.Violation.Step / Found.Violation.Step);

    /// <summary>Which part of the choices is gone, from 0 to 1.</summary>
    public double ChoicesCut => Found.Choices.Count == 0 ? 0 : 1 - ((double)Shrunk.Choices.Count / Found.Choices.Count);

    /// <summary>The middle one of several numbers.</summary>
    public static double Median(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
