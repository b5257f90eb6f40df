namespace Raft.Model.Spec;

/// <summary>
/// The logs of a wide layout. A log is a sequence of entries and a length; logs with a common beginning share the sequence. So a log of any
/// length takes two words of a state, and copying or extending it takes constant time.
/// </summary>
internal sealed class SharedLogs
{
    /// <summary>The sequence of the entries of a message that comes from outside.</summary>
    public const int Incoming = 0;

    /// <summary>The sequence of the entries that the cluster has committed.</summary>
    public const int Committed = 1;

    private readonly List<List<Entry>> _sequences = [[], []];

    /// <summary>The number of sequences.</summary>
    public int Count => _sequences.Count;

    /// <summary>An entry of a sequence.</summary>
    public Entry this[int sequence, int position] => _sequences[sequence][position];

    /// <summary>The entries of a message that comes from outside.</summary>
    public List<Entry> IncomingEntries => _sequences[Incoming];

    /// <summary>The entries that the cluster has committed.</summary>
    public List<Entry> CommittedEntries => _sequences[Committed];

    /// <summary>Adds an entry to a log.</summary>
    /// <returns>The sequence of the longer log.</returns>
    public int Append(int sequence, int length, Entry entry)
    {
        var entries = _sequences[sequence];
        var isOwn = sequence is not (Incoming or Committed);
        if (isOwn && length < entries.Count && entries[length] == entry)
        {
            return sequence;
        }

        if (!isOwn || length < entries.Count)
        {
            // Another log continues the sequence in another way.
            entries = entries.GetRange(0, length);
            sequence = _sequences.Count;
            _sequences.Add(entries);
        }

        entries.Add(entry);
        return sequence;
    }

    /// <summary>Whether the first entries of two logs, which are that long, are equal.</summary>
    public bool AreEqual(int one, int other, int length)
    {
        if (one == other)
        {
            return true;
        }

        var (left, right) = (_sequences[one], _sequences[other]);
        for (var at = length - 1; at >= 0; at--)
        {
            if (left[at] != right[at])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Forgets all sequences: none is in use.</summary>
    public void Clear()
    {
        _sequences.RemoveRange(2, _sequences.Count - 2);
        IncomingEntries.Clear();
        CommittedEntries.Clear();
    }

    /// <summary>Keeps the sequences that are still in use, and forgets the others.</summary>
    /// <param name="renumber">Is given the function that gives each sequence in use its new number.</param>
    public void Keep(Action<Func<int, int>> renumber)
    {
        List<List<Entry>> kept = [IncomingEntries, CommittedEntries];
        var numbers = new Dictionary<int, int> { [Incoming] = Incoming, [Committed] = Committed };
        renumber(sequence =>
        {
            if (!numbers.TryGetValue(sequence, out var number))
            {
                number = kept.Count;
                numbers.Add(sequence, number);
                kept.Add(_sequences[sequence]);
            }

            return number;
        });
        _sequences.Clear();
        _sequences.AddRange(kept);
    }

    /// <summary>An entry.</summary>
    /// <param name="Term">Its term.</param>
    /// <param name="Value">Its value.</param>
    internal readonly record struct Entry(int Term, int Value);
}
