using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>The entries in a message: how many, and the term and the value of each.</summary>
internal sealed class EntriesField
{
    private readonly Field _count;
    private readonly Field[] _terms;
    private readonly Field[] _values;

    public EntriesField(RecordLayout message, int type, int max, Domain term, Scalarset values)
    {
        _count = message.Field(type, "entries", Domain.Number(max));
        _terms = [.. Enumerable.Range(1, max).Select(k => message.Field(type, $"term{k}", term))];
        _values = [.. Enumerable.Range(1, max).Select(k => message.Field(type, $"value{k}", Domain.Member(values)))];
    }

    /// <summary>The most entries that a message can have.</summary>
    public int Max => _terms.Length;

    /// <summary>How many entries a message has.</summary>
    public int Count(ulong message) => _count[message];

    /// <summary>The term of an entry, counted from 0.</summary>
    public int Term(ulong message, int k) => _terms[k][message];

    /// <summary>The value of an entry, counted from 0.</summary>
    public int Value(ulong message, int k) => _values[k][message];

    /// <summary>Packs a number of entries of a log, after a prefix of it, into a message.</summary>
    public ulong Pack(State state, DurableVariables log, int i, int prefix, int count)
    {
        var part = _count.Pack(count);
        for (var k = 0; k < count; k++)
        {
            part |= _terms[k].Pack(log.LogTerm[state, i, prefix + k]) | _values[k].Pack(log.LogValue[state, i, prefix + k]);
        }

        return part;
    }
}
