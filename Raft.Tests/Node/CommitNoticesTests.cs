using Raft.Impl.Core;
using Raft.Impl.Node;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Node;

/// <summary>Messages that only tell followers what is committed.</summary>
public class CommitNoticesTests
{
    private readonly CommitNotices _notices = new();

    [Fact]
    public void Each_follower_gets_the_latest_in_the_order_in_which_they_came()
    {
        _notices.Add(Notice(S2, 3));
        _notices.Add(Notice(S3, 3));
        _notices.Add(Notice(S2, 4));
        Assert.Equal([Notice(S3, 3), Notice(S2, 4)], Taken());
    }

    [Fact]
    public void Entries_that_tell_a_follower_the_same_replace_it()
    {
        _notices.Add(Notice(S2, 3));
        _notices.Add(Notice(S3, 3));
        _notices.RemoveToldBy(Notice(S2, 3) with { Entries = EntryList.Of([LogEntry.NoOp(new Term(1))]) });
        Assert.Equal([Notice(S3, 3)], Taken());
    }

    [Fact]
    public void Messages_that_tell_less_leave_it()
    {
        _notices.Add(Notice(S2, 3));
        _notices.RemoveToldBy(Notice(S2, 3) with { LeaderCommit = new LogIndex(2) });
        _notices.RemoveToldBy(Notice(S2, 3) with { PrevLogIndex = new LogIndex(2) });
        _notices.RemoveToldBy(Notice(S3, 4));
        _notices.RemoveToldBy(new RequestVoteReply(S1, S2, new Term(1), VoteGranted: true));
        Assert.Equal([Notice(S2, 3)], Taken());
    }

    [Fact]
    public void Of_a_node_that_does_not_lead_any_more_none_is_left()
    {
        _notices.Add(Notice(S2, 3));
        _notices.Clear();
        Assert.Empty(Taken());
    }

    private static AppendEntries Notice(ServerId follower, int committed) => new(
        S1, follower, new Term(1), new LogIndex(committed), new Term(1), EntryList.Empty, new LogIndex(committed), 0);

    private List<AppendEntries> Taken()
    {
        var taken = new List<AppendEntries>();
        while (_notices.TryTake(out var notice))
        {
            taken.Add(notice);
        }

        return taken;
    }
}
