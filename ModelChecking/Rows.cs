namespace ModelChecking;

/// <summary>
/// Divides a state by the members of a scalarset, if its groups of actions are divided so. A row is what belongs to one member, and what
/// belongs to none: words and messages. Two states with the same row have the same steps of the groups of that member. A row is identified
/// by the sum of its fingerprint, as a state is. That two rows have the same sum is less likely than that two states have, because there
/// are fewer rows.
/// </summary>
internal sealed class Rows
{
    private const int _ofAll = -1;

    private readonly int[] _memberOfWord;
    private readonly Fingerprint _fingerprint;
    private readonly Bag? _bag;

    private Rows(Specification specification, Scalarset members, Bag? bag, Fingerprint fingerprint)
    {
        Count = members.Count;
        _fingerprint = fingerprint;
        _bag = bag;
        _memberOfWord = new int[specification.Layout.Words];
        Array.Fill(_memberOfWord, _ofAll);
        foreach (var variable in specification.Layout.Parts.OfType<Variable>())
        {
            for (var row = 0; row < variable.Rows && variable.RowSet == members; row++)
            {
                _memberOfWord[variable.WordOf(row)] = row;
            }
        }
    }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>The rows of the states of a specification; null if its groups are not divided by the members of one scalarset.</summary>
    public static Rows? Of(Specification specification, Fingerprint fingerprint)
    {
        Bag[] bags = [.. specification.Layout.Parts.OfType<Bag>()];
        var members = specification.Groups.Select(group => group.Members).Distinct().ToArray();
        return members is [{ } set] && bags.Length <= 1 && bags.All(bag => bag.Member is not null) && !specification.Layout.IsWide
            ? new Rows(specification, set, bags.FirstOrDefault(), fingerprint)
            : null;
    }

    /// <summary>Whether a word, which is in no bag, belongs to a row.</summary>
    public bool Has(int row, int word) => _memberOfWord[word] == row || _memberOfWord[word] == _ofAll;

    /// <summary>The sums of the rows of a state.</summary>
    public void SumsOf(State state, Span<ulong> sums)
    {
        sums.Clear();
        var words = state.Words;
        for (var word = 0; word < words.Length; word++)
        {
            if (_bag?.HasWord(word) != true)
            {
                AddWord(sums, word, _fingerprint.OfWord(word, words[word]));
            }
            else if (words[word] != 0)
            {
                AddMessage(sums, Bag.MessageIn(words[word]), _fingerprint.OfWord(word, words[word]));
            }
        }
    }

    /// <summary>Adds to the sums of the rows what a word that changes adds to the fingerprint.</summary>
    public void AddWord(Span<ulong> sums, int word, ulong difference)
    {
        if (_memberOfWord[word] is var row and not _ofAll)
        {
            sums[row] += difference;
            return;
        }

        foreach (ref var sum in sums)
        {
            sum += difference;
        }
    }

    /// <summary>Adds to the sums of the rows what a message that is added, or removed, adds to the fingerprint.</summary>
    public void AddMessage(Span<ulong> sums, ulong message, ulong difference) => sums[_bag!.Member![message]] += difference;
}
