using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

/// <summary>§7: which of its snapshots a leader sends, where it has taken another since it began.</summary>
public class LatestSnapshotRules
{
    // Four entries are committed; S3, which holds none of them, is sent the snapshot up to the second.
    private static Server LeaderThatSendsASnapshot(CoreOptions? options = null)
    {
        var leader = Leader(term: 5, log: [1, 1, 4], options: options);
        leader.Propose("4@5");
        leader.WritesComplete();
        leader.Agrees(S2);
        while (leader.Core.LastApplied < leader.Core.CommitIndex)
        {
            leader.ServiceIsReady();
        }

        leader.Compact(2);
        Assert.Equal(new LogIndex(2), leader.Refuses(S3, prev: 3, conflictIndex: 1).OnlyTo<InstallSnapshot>(S3).LastIndex);
        return leader;
    }

    // The next chunk that goes to S3, which says at each heartbeat that it lacks the bytes from some position on.
    private static InstallSnapshot NextChunk(Server leader, long missing)
    {
        for (var beat = 0; beat < 3; beat++)
        {
            var reply = leader.Receive(new InstallSnapshotReply(S3, S1, new Term(5), new LogIndex(2), missing));
            if (reply.Messages.Count > 0)
            {
                return reply.OnlyTo<InstallSnapshot>(S3);
            }

            leader.Beat();
        }

        throw new InvalidOperationException("No chunk was sent.");
    }

    [Fact]
    public void A_snapshot_of_which_nothing_arrived_gives_way_to_a_later_one()
    {
        var leader = LeaderThatSendsASnapshot();
        leader.Compact(4);
        Assert.Equal(SnapshotAt(4, 5), NextChunk(leader, missing: 0).Whole());
    }

    [Fact]
    public void A_snapshot_of_which_a_part_arrived_is_sent_to_its_end()
    {
        var leader = LeaderThatSendsASnapshot(new CoreOptions { MaxMessageBytes = 5 });
        leader.Compact(4);
        var chunk = NextChunk(leader, missing: 5);
        Assert.Equal((new LogIndex(2), 5, true), (chunk.LastIndex, chunk.Offset, chunk.Done));
    }

    [Fact]
    public void A_follower_that_lacks_an_entry_which_was_never_sent_to_it_and_is_compacted_gets_the_snapshot_at_once()
    {
        var leader = Leader(term: 5);
        leader.Propose("x");
        leader.WritesComplete();
        leader.Agrees(S2);

        // S3 has not answered, so it is sent no more.
        Assert.DoesNotContain(leader.Propose("y").Messages, sent => sent.Message.To == S3);
        leader.WritesComplete();
        leader.Agrees(S2);
        while (leader.Core.LastApplied < leader.Core.CommitIndex)
        {
            leader.ServiceIsReady();
        }

        leader.Compact(2);
        leader.Beat();
        Assert.Equal(new LogIndex(2), leader.Refuses(S3, prev: 2, conflictIndex: 2).OnlyTo<InstallSnapshot>(S3).LastIndex);
    }
}
