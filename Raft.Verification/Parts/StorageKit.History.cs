using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Parts;

// What the checks write, and what a storage must hold then.
public static partial class StorageKit
{
    // Writes of all kinds, with the state after each.
    private sealed class History
    {
        private readonly List<RaftWrite> _writes = [];
        private readonly List<DurableState> _states = [DurableState.Initial];
        private StorageImage _image = new();

        public List<DurableState> States => _states;

        public RaftLog Log => _image.Log;

        // The first index from which on the last write replaced the log; the one after the log if it did not.
        public LogIndex FirstReplaced { get; private set; }

        public RaftWrite Next()
        {
            var number = _writes.Count + 1;
            var (term, last) = (new Term(1 + (number / 4)), _image.Log.LastIndex);
            ServerId? vote = number % 3 == 0 ? null : _voted;
            var write = (number % 7) switch
            {
                // A snapshot that keeps the rest of the log, a new end of the log, a truncation, a term alone; otherwise two entries.
                2 when last > LogIndex.Zero => new RaftWrite(number, term, vote, SnapshotAt(_image.Log.FirstIndex), null),
                4 when last > _image.Log.FirstIndex =>
                    new RaftWrite(number, term, vote, null, new LogSuffix(last, Entries(number, term, 1))),
                5 when last > _image.Log.FirstIndex => new RaftWrite(number, term, vote, null, new LogSuffix(last, EntryList.Empty)),
                6 => new RaftWrite(number, term, vote, null, null),
                _ => new RaftWrite(number, term, vote, null, new LogSuffix(last.Next, Entries(number, term, 2))),
            };
            return Add(write);
        }

        // A snapshot of the first entry.
        public RaftWrite Compact(SnapshotData data)
        {
            var index = _image.Log.FirstIndex;
            return Add(new RaftWrite(
                _writes.Count + 1, _image.Term, _image.VotedFor, new Snapshot(index, _image.Log.TermAt(index)!.Value, data), null));
        }

        public void ForgetAfter(int writes)
        {
            _writes.RemoveRange(writes, _writes.Count - writes);
            _states.RemoveRange(writes + 1, _states.Count - writes - 1);
            _image = new StorageImage();
            _writes.ForEach(_image.Apply);
        }

        private RaftWrite Add(RaftWrite write)
        {
            _writes.Add(write);
            _image.Apply(write);
            FirstReplaced = write.Log?.First ?? _image.Log.LastIndex.Next;
            _states.Add(_image.Read());
            return write;
        }

        private Snapshot SnapshotAt(LogIndex index) =>
            _image.Log.TermAt(index) is { } term
                ? new Snapshot(index, term, SnapshotData.FromText($"state at {index}"))
                : _image.Log.Snapshot;

        private static EntryList Entries(int number, Term term, int count) => EntryList.Of(
            [.. Enumerable.Range(0, count).Select(i => i == 0 && number % 5 == 0
                ? LogEntry.NoOp(term)
                : new LogEntry(term, Command.FromText($"command {number}.{i}")))]);
    }
}
