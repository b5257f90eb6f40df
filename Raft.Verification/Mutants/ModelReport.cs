namespace Raft.Verification.Mutants;

/// <summary>The result of the search for one mutant in the model.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Result">The result.</param>
internal sealed record ModelReport(Mutant Mutant, ModelSearchResult Result)
{
    /// <summary>Whether the mutant was found; for the correct model, whether no violation was found.</summary>
    public bool IsAsItShouldBe => (Result.Property is null) == (Mutant == Mutant.None);

    /// <summary>Searches for a mutant in the model, in a load context of its own.</summary>
    /// <inheritdoc cref="ModelSearch.Run"/>
    public static ModelReport Of(Mutant mutant, Action<long> progress, CancellationToken stop)
    {
        using var context = new MutantContext(mutant, MutatedSources.Model);
        return new ModelReport(mutant, context.SearchModel(progress, stop));
    }
}
