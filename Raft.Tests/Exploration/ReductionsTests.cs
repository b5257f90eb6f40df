using DeterministicSimulation;

namespace Raft.Tests.Exploration;

/// <summary>The decisions of a schedule without some of them.</summary>
public sealed class ReductionsTests
{
    private static readonly Decision _begin = new(new OperationShape(OperationKind.Continuation, 0), 0);
    private static readonly Decision _vote = Delivery("RequestVote");
    private static readonly Decision _entries = Delivery("AppendEntries");
    private static readonly Decision _timeout = new(new OperationShape(OperationKind.Timer, 1), 0);

    [Fact]
    public void A_message_whose_delivery_is_left_out_is_overtaken_by_later_ones_of_its_shape()
    {
        Decision[] all = [_begin, _entries, _vote, _entries, _entries with { Rank = 1 }];

        Assert.Equal([_begin, _vote, _entries with { Rank = 1 }, _entries with { Rank = 2 }], all.Overtaking([1])!);
        Assert.Equal([_begin, _vote, _entries with { Rank = 3 }], all.Overtaking([1, 3])!);
    }

    [Fact]
    public void Without_a_later_delivery_of_its_shape_no_message_is_overtaken()
    {
        Decision[] all = [_begin, _entries, _timeout, _vote, _timeout];

        Assert.Null(all.Overtaking([1]));
        Assert.Null(all.Overtaking([2]));
    }

    [Fact]
    public void Each_decision_and_each_fault_is_left_out_once_the_last_first()
    {
        Decision[] all = [_begin, _entries, _entries with { Faults = [FaultKind.Duplication] }];

        var each = all.WithoutEach().ToArray();

        Assert.Equal(4, each.Length);
        Assert.Equal([_begin, _entries], each[0].Decisions);
        Assert.Equal(("2: Duplication", 3), (each[1].What, each[1].Decisions.Length));
        Assert.Equal([_begin, all[2]], each[2].Decisions);
        Assert.Equal((1, 2), (each[3].Decisions[1].Rank, each[3].Decisions.Length));
    }

    private static Decision Delivery(string type) => new(new OperationShape(OperationKind.Delivery, 1, 2, type), 0);
}
