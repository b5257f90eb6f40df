using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>Messages that no correct server of the cluster could send to their receiver. The receiver must ignore them.</summary>
internal static class Stray
{
    private static readonly ServerId _stranger = new(99);

    /// <summary>Draws a stray for a server. Most are of the next term, which the server would adopt if it took the message.</summary>
    /// <param name="server">The receiver.</param>
    /// <param name="members">All servers of the cluster.</param>
    /// <param name="choices">Draws the stray.</param>
    public static Message To(ServerState server, IReadOnlyList<ServerId> members, Choices choices)
    {
        var core = server.Core;
        var here = server.Id;
        var other = members[(here.Value + choices.Number(members.Count)) % members.Count];
        var from = other == here ? _stranger : other;
        var current = core?.CurrentTerm ?? Term.Zero;
        var term = current.Next;
        var last = core?.Log.LastIndex ?? LogIndex.Zero;
        var lastTerm = core?.Log.LastTerm ?? Term.Zero;
        var entry = new LogEntry(term, Command.FromText("stray"));
        return choices.Number(16) switch
        {
            0 => new RequestVote(_stranger, here, term, last.Next, current.Next == term && current > Term.Zero ? current : Term.Zero),
            1 => new AppendEntries(_stranger, here, term, last, lastTerm, EntryList.Of(entry), last.Next),
            2 => new AppendEntries(here, here, term, last, lastTerm, EntryList.Of(entry), last.Next),
            3 => new AppendEntries(from, _stranger, term, last, lastTerm, EntryList.Of(entry), last.Next),
            4 => new UnknownMessage(from, here, term),
            5 => new AppendEntries(from, here, term, last, lastTerm, EntryList.Of(entry with { Term = term.Next }), last.Next),
            6 => new AppendEntries(from, here, term, last, lastTerm, EntryList.Of(entry, entry with { Term = Term.Zero }), last.Next),
            7 => new AppendEntries(
                from, here, term, LogIndex.Zero, Term.Zero, EntryList.Of(entry, entry with { Term = new Term(term.Value - 1) }), last),
            8 => new AppendEntries(
                from, here, term, LogIndex.Zero, Term.Zero, EntryList.Of(entry with { Term = Term.Zero }), LogIndex.Zero),
            9 => new AppendEntries(from, here, term, new LogIndex(LogIndex.MaxValue), term, EntryList.Of(entry), last.Next),
            10 => new InstallSnapshot(from, here, term, new Snapshot(last.Next, term.Next, default)),
            11 => new InstallSnapshot(from, here, term, new Snapshot(last.Next, Term.Zero, default)),
            12 => new RequestVote(from, here, Term.Zero, last, lastTerm),
            13 => new RequestVoteReply(from, here, new Term(long.MaxValue), VoteGranted: true),
            14 => new AppendEntriesReply(from, here, new Term(Term.MaxValue + 1), Success: true, last),
            _ => new InstallSnapshotReply(from, here, current.Next, new LogIndex(long.MaxValue)),
        };
    }
}
