using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// The entries in a message: how many, and the term and the value of each. In a wide layout the message refers to the log that they are
/// part of, and has no limit.
/// </summary>
internal sealed class EntriesField
{
    private readonly Field _count;
    private readonly Field[] _terms = [];
    private readonly Field[] _values = [];

    // In a wide layout, in place of terms and values: the sequence, and the position of the first entry in it.
    private readonly Field? _sequence;
    private readonly Field? _first;
    private readonly LogSource _source;

    public EntriesField(StateLayout layout, RecordLayout message, int type, int max, Domain term, Domain value, LogSource source)
    {
        _source = source;
        Max = layout.IsWide ? int.MaxValue : max;
        _count = message.Field(type, "entries", Domain.Number(Max));
        if (layout.IsWide)
        {
            _sequence = message.Field(type, "sequence", Domain.Number(int.MaxValue));
            _first = message.Field(type, "first", Domain.Number(int.MaxValue));
            return;
        }

        _terms = [.. Enumerable.Range(1, max).Select(k => message.Field(type, $"term{k}", term))];
        _values = [.. Enumerable.Range(1, max).Select(k => message.Field(type, $"value{k}", value))];
    }

    /// <summary>The most entries that a message can have.</summary>
    public int Max { get; }

    /// <summary>How many entries a message has.</summary>
    public int Count(ulong message) => _count[message];

    /// <summary>The term of an entry, counted from 0.</summary>
    public int Term(ulong message, int k) =>
        _sequence is null ? _terms[k][message] : _source.Logs[_sequence[message], _first![message] + k].Term;

    /// <summary>The value of an entry, counted from 0.</summary>
    public int Value(ulong message, int k) =>
        _sequence is null ? _values[k][message] : _source.Logs[_sequence[message], _first![message] + k].Value;

    /// <summary>Packs a number of entries of a log, after a prefix of it, into a message.</summary>
    public ulong Pack(State state, DurableVariables durable, int i, int prefix, int count)
    {
        if (_sequence is not null)
        {
            return Pack(durable.Log.SequenceOf(state, i), prefix, count);
        }

        var part = _count.Pack(count);
        for (var k = 0; k < count; k++)
        {
            var index = prefix + k + 1;
            part |= _terms[k].Pack(durable.Log.TermAt(state, i, index)) | _values[k].Pack(durable.Log.ValueAt(state, i, index));
        }

        return part;
    }

    /// <summary>In a packed layout: packs entries.</summary>
    public ulong Pack(ReadOnlySpan<(int Term, int Value)> entries)
    {
        var part = _count.Pack(entries.Length);
        for (var k = 0; k < entries.Length; k++)
        {
            part |= _terms[k].Pack(entries[k].Term) | _values[k].Pack(entries[k].Value);
        }

        return part;
    }

    /// <summary>In a wide layout: packs a part of a sequence into a message.</summary>
    public ulong Pack(int sequence, int first, int count) => _count.Pack(count) | _sequence!.Pack(sequence) | _first!.Pack(first);
}
