using System.Collections;

namespace Raft.Impl.Core;

/// <summary>
/// What became of the commands of one input, in their order. If the server took all of them, their indexes follow from the first, and the
/// list stores none of them. It belongs to an output, and is used again with it.
/// </summary>
internal sealed class ProposalResults : IReadOnlyList<Proposal>
{
    private Term _term;
    private LogIndex _lastIndex;
    private int _capacity;

    // Null while none is refused.
    private Proposal[]? _results;
    private int _taken;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public Proposal this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _results?[index] ?? new Proposal(_lastIndex + index + 1, _term);
        }
    }

    /// <summary>Begins the results of an input: there are none yet.</summary>
    /// <param name="term">The server's term.</param>
    /// <param name="lastIndex">The last index of its log before the input.</param>
    /// <param name="capacity">How many commands there are.</param>
    public void Begin(Term term, LogIndex lastIndex, int capacity) =>
        (_term, _lastIndex, _capacity, _results, _taken, Count) = (term, lastIndex, capacity, null, 0, 0);

    /// <summary>Adds the result of the next command.</summary>
    public void Add(ProposalRefusal refusal)
    {
        if (refusal != ProposalRefusal.None && _results is null)
        {
            var results = new Proposal[_capacity];
            for (var i = 0; i < Count; i++)
            {
                results[i] = this[i];
            }

            _results = results;
        }

        _taken += refusal == ProposalRefusal.None ? 1 : 0;
        _results?[Count] = new Proposal(refusal == ProposalRefusal.None ? _lastIndex + _taken : LogIndex.Zero, _term, refusal);
        Count++;
    }

    /// <inheritdoc/>
    public IEnumerator<Proposal> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
