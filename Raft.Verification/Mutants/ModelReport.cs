namespace Raft.Verification.Mutants;

/// <summary>What the hunt for one mutant in the model showed.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Result">The result.</param>
internal sealed record ModelReport(Mutant Mutant, ModelHuntResult Result)
{
    /// <summary>Whether it is found; the correct model: whether it is not.</summary>
    public bool IsAsItShouldBe => (Result.Property is null) == (Mutant == Mutant.None);

    /// <summary>Hunts for a mutant in the model, in a world of its own.</summary>
    /// <inheritdoc cref="ModelHunt.Run"/>
    public static ModelReport Of(Mutant mutant, Action<long> progress, CancellationToken stop)
    {
        using var context = new MutantContext(mutant, MutatedSources.Model);
        return new ModelReport(mutant, context.ModelHunt(progress, stop));
    }
}
