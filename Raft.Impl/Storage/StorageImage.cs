using Raft.Impl.Core;

namespace Raft.Impl.Storage;

/// <summary>The content of a storage. Writes are applied to it one after the other. Not thread-safe.</summary>
public sealed class StorageImage
{
    private Term _term;
    private ServerId? _votedFor;
    private readonly RaftLog _log = new(Snapshot.None, []);

    /// <summary>The current term that is stored.</summary>
    public Term Term => _term;

    /// <summary>The vote that is stored.</summary>
    public ServerId? VotedFor => _votedFor;

    /// <summary>The snapshot and the log that are stored.</summary>
    public RaftLog Log => _log;

    /// <summary>Applies a write, all of it.</summary>
    /// <exception cref="ArgumentNullException">The write is null.</exception>
    /// <exception cref="InvalidDataException">
    /// The write does not fit what is stored: it would leave a gap in the log, or go back to an older snapshot.
    /// </exception>
    public void Apply(RaftWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var snapshot = write.Snapshot ?? _log.Snapshot;
        WriteRules.Check(
            write, _log.Snapshot.LastIndex, _log.Snapshot.LastTerm, _log.LastIndex, _log.TermAt(snapshot.LastIndex) == snapshot.LastTerm);

        if (write.Snapshot is not null)
        {
            _log.ReplaceBy(snapshot);
        }

        if (write.Log is { } change)
        {
            if (change.First <= _log.LastIndex)
            {
                _log.TruncateFrom(change.First);
            }

            _log.Append(change.Entries);
        }

        _term = write.Term;
        _votedFor = write.VotedFor;
    }

    /// <summary>A copy, as a server reads it.</summary>
    public DurableState Read() => new(_term, _votedFor, _log.Snapshot, _log.Entries.ToList());
}
