using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class FlowControlTests
{
    // Tight, so that a few entries exceed them.
    private static readonly CoreOptions _limits = new()
    {
        MaxEntriesPerMessage = 2,
        MaxMessageBytes = 80,
        MaxInflightMessages = 2,
        MaxInflightBytes = 100,
        MaxUncommittedBytes = 120,
    };

    private History _history = new(new FlowControl(), _limits);

    // The output of a leader that ignores limits.
    private static RaftCore Unlimited(params Input[] inputs)
    {
        var core = new RaftCore(S1, [S1, S2, S3], Disk(1, "z@1"), new CoreOptions { MaxInflightMessages = 100 });
        foreach (var input in (Input[])[.. Election(S1, 2), Agreement(S2, S1, term: 2, upTo: 1), .. inputs])
        {
            core.Step(input);
        }

        return core;
    }

    private void Elect()
    {
        _history.Start(S1, Disk(1, "z@1"));
        _history.Elect(S1);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 1));
    }

    [Fact]
    public void A_message_of_too_many_entries_violates_it()
    {
        _history = new History(new FlowControl(), _limits with { MaxMessageBytes = 1000 });
        Elect();
        var unlimited = Unlimited();
        _history.Turn(S1, _history.Core(S1), HeartbeatTimeout.Instance, unlimited.Step(new Propose(Commands("a", "b", "c"))));
        _history.Violates("FlowControl", "S1 sends 3 entries to S2 in one message, which carries 2 at most");
    }

    [Fact]
    public void A_message_of_too_many_bytes_violates_it()
    {
        Elect();
        var unlimited = Unlimited();
        _history.Turn(S1, _history.Core(S1), HeartbeatTimeout.Instance, unlimited.Step(new Propose(Commands("a", new string('b', 30)))));
        _history.Violates("FlowControl", "S1 sends 95 bytes of entries to S2 in one message, which carries 80 at most");
    }

    [Fact]
    public void A_chunk_of_too_many_bytes_violates_it()
    {
        Elect();
        var snapshot = new Snapshot(new LogIndex(3), new Term(1), SnapshotData.FromText(new string('s', 81)));
        var unlimited = new RaftCore(S1, [S1, S2, S3], new DurableState(new Term(1), null, snapshot, EntryList.Empty));
        foreach (var input in Election(S1, 2))
        {
            unlimited.Step(input);
        }

        var refusal = new AppendEntriesReply(S2, S1, new Term(2), Success: false, new LogIndex(3), new LogIndex(1));
        _history.Turn(S1, _history.Core(S1), HeartbeatTimeout.Instance, unlimited.Step(new MessageReceived(refusal)));
        _history.Violates("FlowControl", "S1 sends 81 bytes of a snapshot to S2 in one message, which carries 80 at most");
    }

    [Fact]
    public void More_messages_to_a_follower_that_does_not_answer_than_may_be_under_way_violate_it()
    {
        Elect();

        // Each answer lets it send one more message without waiting.
        var agreed = Enumerable.Range(2, 5)
            .SelectMany(index => (Input[])[new Propose(Commands($"{index}")), Agreement(S2, S1, term: 2, upTo: index)]);
        var unlimited = Unlimited([.. agreed]);
        for (var i = 0; i < 3; i++)
        {
            _history.Turn(S1, _history.Core(S1), HeartbeatTimeout.Instance, unlimited.Step(new Propose(Commands($"{i}"))));
        }

        _history.Violates("FlowControl", "S1 has sent 3 messages with entries to S2 since it last heard from it; 2 may be in flight");
    }

    [Fact]
    public void A_backlog_without_bound_violates_it()
    {
        _history.Start(S1, Disk(1, "a@1", "b@1", "c@1", "d@1"));
        _history.Elect(S1);
        Assert.True(_history.Step(S1, new Propose(Commands("first"))).Proposals[0].IsTaken);
        var input = new Propose(Commands("e", "f"));
        _history.Turn(S1, _history.Core(S1), input, Unlimited().Step(input));
        _history.Violates("FlowControl", "S1 took 2 commands, though 169 bytes wait to be applied, more than 120");
    }

    [Fact]
    public void A_command_that_is_larger_than_a_message_violates_it()
    {
        Elect();
        var input = new Propose(Commands(new string('a', 81)));
        Assert.Equal(ProposalRefusal.TooLarge, _history.Step(S1, input).Proposals[0].Refusal);
        _history.IsGood();
        _history.Turn(S1, _history.Core(S1), input, Unlimited().Step(input));
        _history.Violates("FlowControl", "S1 took a command of 81 bytes, though a message carries 80 at most");
    }

    [Fact]
    public void A_leader_that_knows_its_limits_keeps_it()
    {
        Elect();
        for (var i = 0; i < 10; i++)
        {
            _history.Step(S1, new Propose(Commands($"{i}", $"{i}{i}")));
            _history.Step(S1, HeartbeatTimeout.Instance);
        }

        Assert.Equal(3, _history.Core(S1).Log.LastIndex.Value);
        _history.Receive(Agreement(S2, S1, term: 2, upTo: 2));
        _history.IsGood();
    }

    private static Command[] Commands(params string[] texts) => Array.ConvertAll(texts, Command.FromText);
}
