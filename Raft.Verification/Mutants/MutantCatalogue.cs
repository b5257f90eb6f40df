namespace Raft.Verification.Mutants;

/// <summary>The mutants of this project, or those of a folder.</summary>
internal static class MutantCatalogue
{
    private const string _extension = ".mutant";
    private const string _prefix = "mutants/";

    private static readonly Lazy<IReadOnlyList<Mutant>> _own = new(ReadOwn);

    /// <summary>The mutants of this project, in the order of their ids.</summary>
    public static IReadOnlyList<Mutant> Own() => _own.Value;

    private static Mutant[] ReadOwn()
    {
        var assembly = typeof(MutantCatalogue).Assembly;
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith(_prefix, StringComparison.Ordinal));
        return Sorted(names.Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return MutantText.Read(name[_prefix.Length..], reader.ReadToEnd());
        }));
    }

    /// <summary>The mutants in a folder: its files that end in <c>.mutant</c>.</summary>
    /// <exception cref="MutantException">A file cannot be read, or the folder has no mutant.</exception>
    public static IReadOnlyList<Mutant> In(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new MutantException($"There is no directory '{directory}'.");
        }

        string[] files = Directory.GetFiles(directory, $"*{_extension}");
        return files.Length > 0
            ? Sorted(files.Select(file => MutantText.Read(Path.GetFileName(file), File.ReadAllText(file))))
            : throw new MutantException($"The directory '{directory}' holds no file that ends in {_extension}.");
    }

    /// <summary>The mutant with an id, ignoring case; for <c>correct</c>, <see cref="Mutant.None"/>.</summary>
    /// <exception cref="MutantException">No mutant has that id.</exception>
    public static Mutant Find(IReadOnlyList<Mutant> mutants, string id)
    {
        IReadOnlyList<Mutant> known = [Mutant.None, .. mutants];
        return known.FirstOrDefault(mutant => string.Equals(mutant.Id, id, StringComparison.OrdinalIgnoreCase))
            ?? throw new MutantException($"There is no mutant '{id}'; there is {string.Join(", ", known.Select(mutant => mutant.Id))}.");
    }

    private static Mutant[] Sorted(IEnumerable<Mutant> mutants)
    {
        // E2 comes before E10.
        Mutant[] sorted =
        [
            .. mutants.OrderBy(mutant => Letters(mutant.Id), StringComparer.Ordinal)
                .ThenBy(mutant => Number(mutant.Id))
                .ThenBy(mutant => mutant.Id, StringComparer.Ordinal),
        ];
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Id == sorted[i - 1].Id)
            {
                throw new MutantException($"Two mutants have the id '{sorted[i].Id}'.");
            }
        }

        return sorted;
    }

    private static string Letters(string id) => new([.. id.TakeWhile(char.IsLetter)]);

    private static int Number(string id) =>
        int.TryParse(new string([.. id.SkipWhile(char.IsLetter).TakeWhile(char.IsDigit)]), out var number) ? number : 0;
}
