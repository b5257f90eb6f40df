using Raft.Impl.Core;

namespace Raft.Verification.Parts;

/// <summary>
/// Messages that a server of the cluster could have sent, except that usually one field is at the boundary of its valid range or beyond.
/// </summary>
internal static class BoundaryMessages
{
    private static readonly ServerId _stranger = new(99);

    /// <summary>A message of any kind for a server.</summary>
    public static Message For(RaftCore core, Numbers numbers)
    {
        var (here, last, lastTerm) = (core.Id, core.Log.LastIndex, core.Log.LastTerm);
        ServerId[] others = [.. core.Members.Where(member => member != here)];
        var from = others.Length == 0 ? _stranger : numbers.OneOf(others);
        var term = new Term(Math.Max(1, core.CurrentTerm.Value + numbers.Next(2)));
        var at = new LogIndex(core.Log.Snapshot.LastIndex.Value + numbers.Next(core.Log.Entries.Count + 1));
        var atTerm = core.Log.TermAt(at) ?? Term.Zero;
        var entry = new LogEntry(Later(atTerm, One), numbers.Command(numbers.Next(3)));
        var round = numbers.OneOf(0, core.Round);
        Message message = numbers.OneOf(KindsOf(core.Protocol)) switch
        {
            0 => new RequestVote(from, here, Later(term, lastTerm.Next), last, lastTerm),
            1 => new RequestVoteReply(from, here, term, numbers.OneIn(2)),
            2 => new AppendEntries(
                from,
                here,
                Later(term, entry.Term),
                at,
                atTerm,
                EntryList.Of(numbers.OneOf<LogEntry[]>([], [entry], [entry, entry])),
                last,
                round),
            3 => new AppendEntriesReply(from, here, term, numbers.OneIn(2), at, at, numbers.OneOf<Term?>(null, term), round),
            4 => new InstallSnapshot(
                from,
                here,
                Later(term, Later(lastTerm, One)),
                last.Next,
                Later(lastTerm, One),
                0,
                numbers.SnapshotData(3),
                numbers.OneIn(2),
                round),
            5 => new InstallSnapshotReply(from, here, term, at, numbers.OneOf<long?>(null, 0), round),
            6 => new PreVote(from, here, Later(term, lastTerm), last, lastTerm),
            7 => new PreVoteReply(from, here, term, numbers.OneIn(2)),
            8 => new TimeoutNow(from, here, term),
            9 => new ReadIndexRequest(from, here, term, numbers.Next(3)),
            _ => new ReadIndexReply(from, here, term, numbers.Next(3), last),
        };

        // Some are unchanged.
        return numbers.OneIn(4) ? message : WithBoundaryField(core, message, numbers);
    }

    // The kinds of messages that servers with these extensions send.
    private static int[] KindsOf(ProtocolOptions protocol) =>
    [
        0, 1, 2, 3, 4, 5,
        .. protocol.PreVote ? (int[])[6, 7] : [],
        .. protocol.LeadershipTransfer ? (int[])[8] : [],
        .. protocol.ReadIndex ? (int[])[9, 10] : [],
    ];

    private static Message WithBoundaryField(RaftCore core, Message message, Numbers numbers)
    {
        switch (numbers.Next(8))
        {
            case 0:
                return message with { From = numbers.OneOf(_stranger, core.Id, core.Members[0]) };
            case 1:
                return message with { To = numbers.OneOf(_stranger, core.Members[0]) };
            case 2:
                return message with { Term = BoundaryTerm(message.Term) };
            default:
                break;
        }

        return message switch
        {
            RequestVote request => numbers.Next(3) switch
            {
                0 => request with { LastLogIndex = BoundaryIndex(request.LastLogIndex) },
                1 => request with { LastLogTerm = BoundaryTerm(request.LastLogTerm) },
                _ => request with { LastLogTerm = request.Term },
            },
            PreVote request => numbers.Next(3) switch
            {
                0 => request with { LastLogIndex = BoundaryIndex(request.LastLogIndex) },
                1 => request with { LastLogTerm = BoundaryTerm(request.LastLogTerm) },
                _ => request with { LastLogTerm = request.Term.Next },
            },
            AppendEntries request => numbers.Next(6) switch
            {
                0 => request with { PrevLogIndex = BoundaryIndex(request.PrevLogIndex) },
                1 => request with { PrevLogTerm = BoundaryTerm(request.PrevLogTerm) },
                2 => request with { LeaderCommit = BoundaryIndex(request.LeaderCommit) },
                3 => request with { Round = BoundaryRound() },
                4 => request with { PrevLogIndex = new LogIndex(LogIndex.MaxValue - numbers.Next(3)), PrevLogTerm = request.Term },
                _ => request with
                {
                    Entries = EntryList.Of(
                        [.. request.Entries.Select(one => one with { Term = numbers.OneIn(2) ? BoundaryTerm(one.Term) : one.Term })]),
                },
            },
            AppendEntriesReply reply => numbers.Next(4) switch
            {
                0 => reply with { LastIndex = BoundaryIndex(reply.LastIndex) },
                1 => reply with { ConflictIndex = BoundaryIndex(reply.ConflictIndex) },
                2 => reply with { Round = BoundaryRound() },
                _ => reply with { ConflictTerm = BoundaryTerm(reply.Term) },
            },
            InstallSnapshot chunk => numbers.Next(5) switch
            {
                0 => chunk with { LastIndex = BoundaryIndex(chunk.LastIndex) },
                1 => chunk with { LastTerm = BoundaryTerm(chunk.LastTerm) },
                2 => chunk with { Round = BoundaryRound() },
                3 => chunk with { LastIndex = core.Log.Snapshot.LastIndex, LastTerm = core.Log.Snapshot.LastTerm },
                _ => chunk with
                {
                    Offset = numbers.OneOf(
                        -1, 1, Snapshot.MaxBytes - chunk.Data.Length, Snapshot.MaxBytes - chunk.Data.Length + 1, long.MaxValue),
                },
            },
            InstallSnapshotReply reply => numbers.Next(3) switch
            {
                0 => reply with { LastIndex = BoundaryIndex(reply.LastIndex) },
                1 => reply with { Round = BoundaryRound() },
                _ => reply with { Missing = numbers.OneOf(-1, 1, long.MaxValue) },
            },
            ReadIndexRequest request => request with { Id = numbers.OneOf(-1, long.MaxValue) },
            ReadIndexReply reply when numbers.OneIn(2) => reply with { ReadIndex = BoundaryIndex(reply.ReadIndex) },
            ReadIndexReply reply => reply with { Id = numbers.OneOf(-1, long.MaxValue) },
            _ => message,
        };

        Term BoundaryTerm(Term usual) => new(numbers.OneOf(
            -1,
            0,
            1,
            usual.Value - 1,
            usual.Value + 1,
            core.CurrentTerm.Value,
            core.CurrentTerm.Value + 1,
            Impl.Core.Term.MaxValue,
            Impl.Core.Term.MaxValue + 1));

        // Without reads, no leader begins a round.
        long BoundaryRound() => core.Protocol.ReadIndex ? numbers.OneOf(-1, core.Round - 1, core.Round + 1, long.MaxValue) : -1;

        LogIndex BoundaryIndex(LogIndex usual) => new(numbers.OneOf(
            -1,
            0,
            usual.Value + 1,
            core.CommitIndex.Value,
            core.CommitIndex.Value + 1,
            core.Log.LastIndex.Value,
            core.Log.LastIndex.Value + 1,
            LogIndex.MaxValue,
            LogIndex.MaxValue + 1));
    }

    private static Term One => new(1);

    private static Term Later(Term one, Term other) => one > other ? one : other;
}
