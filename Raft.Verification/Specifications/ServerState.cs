using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Verification.Specifications;

/// <summary>What monitors know of a server: its state in memory and on disk, and its incarnation.</summary>
/// <param name="id">The server's id.</param>
/// <param name="durable">Reads the current content of its disk.</param>
public sealed class ServerState(ServerId id, StorageImage durable)
{
    private LogEntry[] _entries = new LogEntry[16];
    private LogIndex _first = new(1);
    private int _count;
    private TailFirst _inMemory;
    private TailFirst _onDisk;

    /// <summary>The server's id.</summary>
    public ServerId Id => id;

    /// <summary>The content of its disk.</summary>
    public StorageImage Durable { get; private set; } = durable;

    /// <summary>Its state in memory, or null while it is down.</summary>
    public RaftCore? Core { get; private set; }

    /// <summary>The number of times it was started.</summary>
    public int Life { get; private set; }

    /// <summary>Its role before the current step.</summary>
    public Role PreviousRole { get; private set; }

    /// <summary>Its term before that step.</summary>
    public Term PreviousTerm { get; private set; }

    /// <summary>Its vote in that term before that step, or null.</summary>
    public ServerId? PreviousVote { get; private set; }

    /// <summary>Its commit index before that step.</summary>
    public LogIndex PreviousCommitIndex { get; private set; }

    /// <summary>The last index of its log before that step.</summary>
    public LogIndex PreviousLastIndex { get; private set; }

    /// <summary>The first index at which that step changed the log other than by compaction, or null.</summary>
    public LogIndex? LogChangedFrom { get; private set; }

    /// <summary>The sequence number of the last write of this incarnation, or zero.</summary>
    public long LastWrite { get; private set; }

    /// <summary>The last index up to another whose entry is not a no-op, as far as the server's log goes back.</summary>
    internal static LogIndex LastCommand(RaftCore core, LogIndex upTo)
    {
        while (upTo >= core.Log.FirstIndex && core.Log[upTo].IsNoOp)
        {
            upTo = upTo.Previous;
        }

        return upTo;
    }

    /// <summary>
    /// Whether a server ignores a message of an election because it has a leader (dissertation §4.2.3 and §9.6). Then it does not even
    /// adopt the term of the message.
    /// </summary>
    internal static bool MayIgnore(RaftCore core, Message message) => message switch
    {
        RequestVote { IsTransfer: false } => core.Protocol.LeaderStickiness && (core.HasContact || core.Role == Role.Leader),
        PreVote => core.Protocol.PreVote && core.HasContact,
        _ => false,
    };

    internal void Start(RaftCore core)
    {
        Life++;
        LastWrite = 0;
        Core = core;
        _first = core.Log.FirstIndex;
        _count = 0;
        Look(core);
        PreviousRole = core.Role;
        PreviousTerm = core.CurrentTerm;
        PreviousVote = core.VotedFor;
        PreviousCommitIndex = core.CommitIndex;
        PreviousLastIndex = core.Log.Snapshot.LastIndex;
        LogChangedFrom = core.Log.Entries.Count == 0 ? null : core.Log.FirstIndex;
        _next = (core.Role, core.CurrentTerm, core.VotedFor, core.CommitIndex, core.Log.LastIndex);
    }

    private (Role Role, Term Term, ServerId? Vote, LogIndex CommitIndex, LogIndex LastIndex) _next;

    internal void Step(RaftCore core, Output output)
    {
        LastWrite = output.Write?.Sequence ?? LastWrite;
        (PreviousRole, PreviousTerm, PreviousVote, PreviousCommitIndex, PreviousLastIndex) = _next;
        Look(core);
        _next = (core.Role, core.CurrentTerm, core.VotedFor, core.CommitIndex, core.Log.LastIndex);
    }

    internal void Stop() => Core = null;

    /// <summary>Its disk was given up. It has another one.</summary>
    internal void Lose(StorageImage another) => Durable = another;

    /// <summary>
    /// Whether the entries on its disk are those in its memory, as far as <see cref="TailFirst"/> compares them at this call.
    /// </summary>
    internal bool HasEntriesOnDisk() =>
        Durable.Log.Entries.Count == _count && _onDisk.AreSame(Durable.Log.Entries, _entries, _count);

    // Compares the log with a copy of its previous content, so that every change is seen, however it is made.
    private void Look(RaftCore core)
    {
        var log = core.Log;
        var entries = log.Entries;
        LogChangedFrom = null;
        var offset = log.FirstIndex - _first;
        var kept = Math.Max(0, _count - offset);
        var same = offset < 0 ? 0 : SameFrom(entries, (int)offset, (int)Math.Min(kept, entries.Count));
        if (same < entries.Count || same < kept || offset < 0)
        {
            LogChangedFrom = log.FirstIndex + same;
        }

        if (LogChangedFrom is null && offset == 0)
        {
            return;
        }

        if (_entries.Length < entries.Count)
        {
            Array.Resize(ref _entries, entries.Count * 2);
        }

        var inPlace = offset == 0 ? same : 0;
        entries.CopyTo(inPlace, _entries.AsSpan(inPlace..entries.Count));
        _first = log.FirstIndex;
        _count = entries.Count;
    }

    // How many of the first entries are as they were.
    private int SameFrom(EntryBlocks entries, int offset, int count)
    {
        var before = _entries.AsSpan(Math.Min(offset, _entries.Length)..);
        return _inMemory.AreSame(entries, before, count) ? count : TailFirst.FirstDifference(entries, before, 0, count);
    }
}
