using Raft.Impl.Core;

namespace Raft.Tests.Core;

public sealed class MessageTests
{
    private static readonly ServerId _s1 = new(1);
    private static readonly ServerId _s2 = new(2);
    private static readonly Term _term = new(5);

    public static TheoryData<Message, string> Messages => new()
    {
        { new RequestVote(_s1, _s2, _term, new(4), new(3)), "RequestVote S1 -> S2 (term 5, log to 4@3)" },
        { new RequestVoteReply(_s2, _s1, _term, VoteGranted: true), "RequestVoteReply S2 -> S1 (term 5, granted)" },
        { new RequestVoteReply(_s2, _s1, _term, VoteGranted: false), "RequestVoteReply S2 -> S1 (term 5, refused)" },
        {
            new AppendEntries(_s1, _s2, _term, new(4), new(3), EntryList.Of([new(_term, Command.FromText("a"))]), new(2)),
            "AppendEntries S1 -> S2 (term 5, after 4@3 [a@5], commit 2)"
        },
        { new AppendEntriesReply(_s2, _s1, _term, Success: true, new(4)), "AppendEntriesReply S2 -> S1 (term 5, success up to 4)" },
        { new AppendEntriesReply(_s2, _s1, _term, Success: false, new(4)), "AppendEntriesReply S2 -> S1 (term 5, refused at 4)" },
        {
            new AppendEntriesReply(_s2, _s1, _term, Success: false, new(4), new(3)),
            "AppendEntriesReply S2 -> S1 (term 5, refused at 4, log ends before 3)"
        },
        {
            new AppendEntriesReply(_s2, _s1, _term, Success: false, new(4), new(2), new Term(1)),
            "AppendEntriesReply S2 -> S1 (term 5, refused at 4, term 1 begins at 2)"
        },
        {
            new InstallSnapshot(_s1, _s2, _term, new Snapshot(new(3), new(2), SnapshotData.FromText("s"))),
            "InstallSnapshot S1 -> S2 (term 5, snapshot to 3@2)"
        },
        {
            new InstallSnapshot(_s1, _s2, _term, new(3), new(2), 100, SnapshotData.FromText("abc"), Done: false),
            "InstallSnapshot S1 -> S2 (term 5, snapshot to 3@2, 3 bytes from 100 on)"
        },
        {
            new InstallSnapshot(_s1, _s2, _term, new(3), new(2), 100, SnapshotData.FromText("abc"), Done: true),
            "InstallSnapshot S1 -> S2 (term 5, snapshot to 3@2, 3 bytes from 100 on, the last)"
        },
        {
            new InstallSnapshot(_s1, _s2, _term, new(3), new(2), 0, default, Done: false),
            "InstallSnapshot S1 -> S2 (term 5, snapshot to 3@2, 0 bytes from 0 on)"
        },
        { new InstallSnapshotReply(_s2, _s1, _term, new(3)), "InstallSnapshotReply S2 -> S1 (term 5, up to 3)" },
        {
            new InstallSnapshotReply(_s2, _s1, _term, new(3), Missing: 100),
            "InstallSnapshotReply S2 -> S1 (term 5, snapshot to 3, lacks the bytes from 100 on)"
        },
        { new InstallSnapshotReply(_s2, _s1, _term, new(0)), "InstallSnapshotReply S2 -> S1 (term 5, refused)" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_tells_in_a_line_who_says_what_to_whom(Message message, string line) => Assert.Equal(line, message.ToString());
}
