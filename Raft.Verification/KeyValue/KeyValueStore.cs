using Raft.Impl.Core;
using Raft.Impl.Service;

namespace Raft.Verification.KeyValue;

/// <summary>
/// A key-value store: texts by key. Servers that apply the same log have the same state and give the same answers. Around it belong client
/// sessions (<see cref="SessionStateMachine"/>): a compare-and-set that is applied twice gives a wrong answer. One caller at a time.
/// </summary>
public sealed class KeyValueStore : IStateMachine
{
    // Sorted, so that servers with the same state have the same snapshot.
    private SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>How many keys have a value.</summary>
    public int Count => _values.Count;

    /// <summary>
    /// How many commands it has applied, those before a snapshot included. Two servers that applied a command once and twice differ in it,
    /// even if their values are equal.
    /// </summary>
    public long Revision { get; private set; }

    /// <summary>
    /// The value of a key; null: it has none. Linearizable only after <see cref="Raft.Impl.Node.RaftNode.ReadBarrierAsync"/>.
    /// </summary>
    public string? Read(string key) => _values.GetValueOrDefault(key);

    /// <summary>Applies a command. Bytes that are no command change nothing (<see cref="KeyValueOutcome.Damaged"/>).</summary>
    public KeyValueResult Apply(Command bytes)
    {
        KeyValueCommand command;
        try
        {
            command = KeyValueCommand.Decode(bytes.Bytes);
        }
        catch (InvalidDataException)
        {
            return new KeyValueResult(KeyValueOutcome.Damaged);
        }

        Revision++;
        var present = Read(command.Key);
        switch (command)
        {
            case KeyValueCommand.Put put:
                _values[put.Key] = put.Value;
                break;
            case KeyValueCommand.CompareAndSet set when set.Expected == present:
                _values[set.Key] = set.Value;
                break;
            case KeyValueCommand.CompareAndSet:
                return new KeyValueResult(KeyValueOutcome.Mismatch, present);
            default:
                return new KeyValueResult(KeyValueOutcome.Done, present);
        }

        return new KeyValueResult(KeyValueOutcome.Done);
    }

    /// <summary>The state as bytes.</summary>
    public byte[] Snapshot() => KeyValueEncoding.Write(writer =>
    {
        writer.Write(Revision);
        writer.Write7BitEncodedInt(_values.Count);
        foreach (var (key, value) in _values)
        {
            writer.Write(key);
            writer.Write(value);
        }
    });

    /// <summary>Replaces the state by that of a snapshot.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged. Nothing has changed.</exception>
    public void Restore(ReadOnlyMemory<byte> snapshot) => (Revision, _values) = KeyValueEncoding.Read(snapshot, "A snapshot", reader =>
    {
        var revision = reader.ReadInt64();
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            var key = reader.ReadString();
            values[key] = reader.ReadString();
        }

        return (revision, values);
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
        IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var answers = new ReadOnlyMemory<byte>[entries.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = Apply(entries[i].Command).Encode();
        }

        return Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>(answers);
    }

    /// <inheritdoc/>
    public async Task SnapshotAsync(Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        await destination.WriteAsync(Snapshot().AsMemory(), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RestoreAsync(Stream source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        using var copy = new MemoryStream();
        await source.CopyToAsync(copy, cancellationToken);
        Restore(copy.ToArray());
    }
}
