using System.Collections;

namespace Raft.Impl.Core;

/// <summary>
/// What became of the commands of one input, in their order. If the server took all of them, their indexes follow from the first, and the
/// list stores none of them.
/// </summary>
/// <param name="term">The server's term.</param>
/// <param name="lastIndex">The last index of its log before the input.</param>
/// <param name="capacity">How many commands there are.</param>
internal sealed class ProposalResults(Term term, LogIndex lastIndex, int capacity) : IReadOnlyList<Proposal>
{
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
            return _results?[index] ?? new Proposal(lastIndex + index + 1, term);
        }
    }

    /// <summary>Adds the result of the next command.</summary>
    public void Add(ProposalRefusal refusal)
    {
        if (refusal != ProposalRefusal.None && _results is null)
        {
            var results = new Proposal[capacity];
            for (var i = 0; i < Count; i++)
            {
                results[i] = this[i];
            }

            _results = results;
        }

        _taken += refusal == ProposalRefusal.None ? 1 : 0;
        _results?[Count] = new Proposal(refusal == ProposalRefusal.None ? lastIndex + _taken : LogIndex.Zero, term, refusal);
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
