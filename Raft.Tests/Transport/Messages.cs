using FsCheck;
using FsCheck.Fluent;
using Raft.Impl.Core;

namespace Raft.Tests.Transport;

/// <summary>Any messages and durable states there can be, small and large.</summary>
internal static class Messages
{
    public static Gen<long> Number { get; } = Gen.OneOf(
        Gen.Choose(0, 3).Select(value => (long)value),
        Gen.Choose(0, int.MaxValue).Select(value => (long)value),
        Gen.Choose(0, 62).Select(shift => (1L << shift) - 1),
        Gen.Constant(Raft.Impl.Core.Term.MaxValue));

    public static Gen<ServerId> Server { get; } =
        Gen.OneOf(Gen.Choose(1, 7), Gen.Elements(0, -1, 64, int.MinValue, int.MaxValue)).Select(value => new ServerId(value));

    public static Gen<Command> Command { get; } =
        from length in Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(100, 300))
        from bytes in Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length)
        select new Command(bytes);

    public static Gen<EntryList> Entries { get; } =
        from count in Gen.Choose(0, 5)
        from entries in Entry.ArrayOf(count)
        select EntryList.Of(entries);

    public static Gen<Message> Any { get; } =
        from kind in Gen.Choose(0, 10)
        from @from in Server
        from to in Server
        from term in Term
        from index in Index
        from otherTerm in Term
        from otherIndex in Index
        from number in Number
        from flag in Gen.Elements(true, false)
        from hasNumber in Gen.Elements(true, false)
        from entries in Entries
        from command in Command
        from round in Number
        select kind switch
        {
            0 => (Message)new RequestVote(@from, to, term, index, otherTerm, flag),
            1 => new RequestVoteReply(@from, to, term, flag),
            2 => new AppendEntries(@from, to, term, index, otherTerm, entries, otherIndex, round),
            3 => new AppendEntriesReply(@from, to, term, flag, index, otherIndex, hasNumber ? otherTerm : null, round),
            4 => new InstallSnapshot(@from, to, term, index, otherTerm, number, SnapshotData.Of(command.Bytes), flag, round),
            5 => new InstallSnapshotReply(@from, to, term, index, hasNumber ? number : null, round),
            6 => new PreVote(@from, to, term, index, otherTerm),
            7 => new PreVoteReply(@from, to, term, flag),
            8 => new TimeoutNow(@from, to, term),
            9 => new ReadIndexRequest(@from, to, term, number),
            _ => new ReadIndexReply(@from, to, term, number, index),
        };

    // No entry is of term 0.
    private static Gen<LogEntry> Entry =>
        from term in Term.Where(term => term != Raft.Impl.Core.Term.Zero)
        from isNoOp in Gen.Elements(true, false)
        from command in Command
        select isNoOp ? LogEntry.NoOp(term) : new LogEntry(term, command);

    private static Gen<Term> Term => Number.Select(value => new Term(value));

    private static Gen<LogIndex> Index => Number.Select(value => new LogIndex(value));
}
