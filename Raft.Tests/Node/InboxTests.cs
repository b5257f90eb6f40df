using Raft.Impl.Core;
using Raft.Impl.Node;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Node;

/// <summary>The order in which a node's loop takes work, and where it pauses.</summary>
public class InboxTests
{
    private readonly Inbox _inbox = new(maxBytes: 1 << 20, new CoreOptions { MaxEntriesPerMessage = 2 });

    [Fact]
    public void Between_a_batch_that_was_not_full_and_the_next_the_loop_pauses()
    {
        Propose(1);
        Assert.Equal("1 proposal", Take());
        Propose(2);
        Assert.Equal("pause", Take());
        Assert.Equal("2 proposals", Take());
    }

    [Fact]
    public void After_a_full_batch_the_loop_does_not_pause()
    {
        Propose(3);
        Assert.Equal("2 proposals", Take());
        Assert.Equal("1 proposal", Take());
        Assert.Equal("nothing", Take());
    }

    [Fact]
    public void Once_there_was_nothing_to_take_the_next_batch_is_taken_without_a_pause()
    {
        Propose(1);
        Assert.Equal(["1 proposal", "nothing"], [Take(), Take()]);
        Propose(1);
        Assert.Equal("1 proposal", Take());
    }

    [Fact]
    public void Messages_that_wait_are_taken_before_the_pause_and_those_that_arrive_later_take_turns_with_the_proposals()
    {
        Propose(1);
        Assert.Equal("1 proposal", Take());
        Propose(1);
        Receive(3);
        Assert.Equal("message", Take());
        Receive(1);
        Assert.Equal("message", Take());
        Receive(1);
        Assert.Equal("message", Take());
        Receive(1);
        Assert.Equal("message", Take());
        Assert.Equal("pause", Take());
        Assert.Equal("1 proposal", Take());
        Assert.Equal("message", Take());
    }

    [Fact]
    public void A_flood_of_messages_does_not_hold_up_the_proposals()
    {
        Propose(1);
        Assert.Equal("1 proposal", Take());
        for (var batch = 0; batch < 10; batch++)
        {
            Propose(1);
            Receive(1);
            var taken = new List<string>();
            for (; taken.Count == 0 || taken[^1] != "1 proposal"; taken.Add(Take()))
            {
                Receive(1);
                Assert.InRange(taken.Count, 0, 100);
            }
        }
    }

    // Two are in use while clients propose and the loop handles a batch, and one if the clients wait for its answers.
    [Fact]
    public void Batches_are_used_again_whether_or_not_the_clients_wait_for_answers()
    {
        var batches = new HashSet<ProposalBatch>();
        for (var round = 0; round < 100; round++)
        {
            Propose(1);
            var first = TakeBatch();
            Propose(1);
            _inbox.Reuse(first);
            var second = TakeBatch();
            _inbox.Reuse(second);
            batches.UnionWith([first, second]);
        }

        Assert.Equal(2, batches.Count);
    }

    private ProposalBatch TakeBatch()
    {
        while (true)
        {
            Assert.True(_inbox.TryTake(out var work));
            if (work.Proposals is { } batch)
            {
                return batch;
            }
        }
    }

    private void Propose(int proposals)
    {
        for (var proposal = 0; proposal < proposals; proposal++)
        {
            _inbox.PostProposal(Command.Of(new byte[] { 1 }), default);
        }
    }

    private void Receive(int messages)
    {
        for (var message = 0; message < messages; message++)
        {
            _inbox.PostMessage(new RequestVoteReply(S2, S1, new Term(1), VoteGranted: true));
        }
    }

    private string Take() =>
        !_inbox.TryTake(out var work) ? "nothing"
        : work.IsPause ? "pause"
        : work.Proposals is { } proposals ? proposals.Count == 1 ? "1 proposal" : $"{proposals.Count} proposals"
        : "message";
}
