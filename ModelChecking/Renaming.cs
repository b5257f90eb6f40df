namespace ModelChecking;

/// <summary>New names for the members of symmetric scalarsets: a permutation of each.</summary>
internal sealed class Renaming
{
    private readonly Scalarset[] _scalarsets;
    private readonly int[][] _permutations;

    private Renaming(Scalarset[] scalarsets, int[][] permutations)
    {
        _scalarsets = scalarsets;
        _permutations = permutations;
    }

    /// <summary>All renamings of some scalarsets, the identity first.</summary>
    /// <param name="scalarsets">The scalarsets.</param>
    public static IReadOnlyList<Renaming> All(IEnumerable<Scalarset> scalarsets)
    {
        Scalarset[] renamed = [.. scalarsets];
        IEnumerable<int[][]> all = [[]];
        foreach (var scalarset in renamed)
        {
            all = all.SelectMany(some => Permutations(scalarset.Count).Select(permutation => (int[][])[.. some, permutation]));
        }

        return [.. all.Select(permutations => new Renaming(renamed, permutations))];
    }

    /// <summary>The new number of an element. Nil, the number after the last, does not change.</summary>
    public int Of(Scalarset? scalarset, int element)
    {
        for (var i = 0; i < _scalarsets.Length; i++)
        {
            if (ReferenceEquals(_scalarsets[i], scalarset))
            {
                return element < _permutations[i].Length ? _permutations[i][element] : element;
            }
        }

        return element;
    }

    /// <summary>The new names of the members of a set.</summary>
    public int OfSet(Scalarset scalarset, int set)
    {
        var renamed = 0;
        for (var element = 0; element < scalarset.Count; element++)
        {
            renamed |= (set >> element & 1) << Of(scalarset, element);
        }

        return renamed;
    }

    // The permutations of one element less, with the last element inserted at each place: at the end first, so that the identity comes
    // first.
    private static IEnumerable<int[]> Permutations(int count) =>
        count == 0
            ? [[]]
            : Permutations(count - 1)
                .SelectMany(shorter => Enumerable.Range(0, count).Select(place => Insert(shorter, count - 1 - place, count - 1)));

    private static int[] Insert(int[] permutation, int place, int element) => [.. permutation[..place], element, .. permutation[place..]];
}
