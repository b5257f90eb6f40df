using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

public class SoundMessagesTests
{
    private readonly History _history = new(new SoundMessages());

    private static MessageReceived Falling => Append(S2, S1, term: 2, Entries("a@2", "b@1"));

    [Fact]
    public void A_message_of_the_cluster_that_is_rejected_violates_it()
    {
        _history.Start(S1, Disk(2));
        _history.Receive(Falling);
        _history.Violates("SoundMessages", "S1 rejects AppendEntries S2 -> S1 (term 2", "the entry at index 2 has term 1");
    }

    [Fact]
    public void A_stray_that_is_taken_violates_it()
    {
        _history.Start(S1, Disk(2));
        var stray = Append(S2, S1, term: 3);
        _history.Stray(stray.Message);
        _history.Receive(stray);
        _history.Violates("SoundMessages", "S1 took AppendEntries S2 -> S1 (term 3");
    }

    [Fact]
    public void A_stray_that_is_rejected_but_has_an_effect_violates_it()
    {
        _history.Start(S1, Disk(2));
        var stray = Falling;
        _history.Stray(stray.Message);
        var rejection = new RaftCore(S1, [S1, S2, S3], Disk(2)).Step(stray);
        _history.Turn(S1, Unseen(S1, Disk(3)), stray, rejection);
        _history.Violates("SoundMessages", "S1 rejected AppendEntries S2 -> S1", "Follower in term 3 now");
    }

    [Fact]
    public void Strays_that_are_rejected_and_messages_that_are_taken_keep_it()
    {
        _history.Start(S1, Disk(2));
        var stray = Falling;
        _history.Stray(stray.Message);
        _history.Receive(stray);
        _history.Receive(Append(S2, S1, term: 2, Entries("a@2")));
        _history.IsGood();
    }
}
