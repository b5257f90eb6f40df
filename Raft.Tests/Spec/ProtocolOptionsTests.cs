using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Spec;

/// <summary>
/// Each option of the specification that <c>raft.tla</c> does not have and a service needs: its state count, and that each of its actions
/// is taken.
/// </summary>
public sealed class ProtocolOptionsTests
{
    private static readonly RaftOptions _base = new() { AtomicReceive = true, SelfVote = true, MonotonicIndexes = true };

    private static readonly string[] _preVote =
        ["BeginPreVote", "RequestPreVote", "HandlePreVoteRequest", "HandlePreVoteResponse", "IgnoreVoteRequest", "ForgetLeader"];

    private static readonly string[] _transfer = ["BeginTransfer", "SendTimeoutNow", "EndTransfer", "HandleTimeoutNow"];

    private static readonly string[] _reads =
        ["BeginRound", "ConfirmRound", "AskRead", "HandleReadIndexRequest", "AnswerRead", "HandleReadIndexResponse"];

    // Servers, values, term, log, messages, copies; restarts, duplicates, drops, client requests, timeouts; reads, transfers.
    public static TheoryData<string, int[], int[], int[], long, int> Small => new()
    {
        { "NoOp", [2, 1, 3, 2, 1, 1], [1, 0, 0, 1, 2], [0, 0], 2_590, 25 },
        { "PreVote", [2, 1, 3, 1, 2, 1], [0, 0, 0, 1, 2], [0, 0], 36_685, 40 },
        { "LeaderStickiness", [2, 1, 3, 1, 2, 1], [0, 0, 0, 1, 2], [0, 0], 4_931, 31 },
        { "CheckQuorum", [2, 1, 3, 1, 2, 1], [1, 0, 0, 1, 2], [0, 0], 33_038, 32 },
        { "LeadershipTransfer", [2, 1, 3, 1, 2, 1], [0, 0, 0, 1, 1], [0, 1], 2_963, 28 },
        { "ReadIndex", [2, 1, 3, 1, 2, 1], [0, 0, 0, 1, 2], [2, 0], 102_855, 33 },
        { "LeaseReads", [2, 1, 2, 1, 2, 1], [1, 0, 0, 1, 1], [1, 0], 21_018, 27 },
        { "Production", [2, 1, 2, 1, 1, 1], [0, 0, 0, 1, 1], [2, 1], 80_564, 36 },
    };

    public static TheoryData<string, int[], int[], int[], long, int> Large => new()
    {
        { "PreVote", [3, 1, 3, 1, 1, 1], [0, 0, 0, 1, 2], [0, 0], 4_220_480, 58 },
        { "LeaseReads", [3, 1, 3, 1, 1, 1], [1, 0, 0, 1, 2], [1, 0], 4_878_811, 49 },
        { "ReadIndex", [3, 1, 3, 1, 1, 1], [0, 0, 0, 1, 2], [2, 0], 2_178_490, 42 },
        { "Production", [2, 1, 2, 1, 2, 1], [0, 0, 0, 0, 1], [2, 1], 1_637_174, 39 },
        { "LeaseReads and LeadershipTransfer", [3, 1, 3, 1, 1, 1], [0, 0, 0, 1, 1], [1, 1], 987_440, 46 },
    };

    [Theory]
    [MemberData(nameof(Small))]
    public void With_the_option_every_property_holds_and_each_of_its_actions_is_taken(
        string option, int[] bounds, int[] budgets, int[] reads, long distinct, int depth) =>
        Holds(option, bounds, budgets, reads, distinct, depth);

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Large))]
    public void With_the_option_every_property_holds_within_larger_bounds(
        string option, int[] bounds, int[] budgets, int[] reads, long distinct, int depth) =>
        Holds(option, bounds, budgets, reads, distinct, depth);

    [Fact]
    public void LeaseReads_without_ReadIndex_or_LeaderStickiness_is_refused()
    {
        var leases = new RaftOptions { LeaseReads = true };

        Assert.Throws<ArgumentException>(() => new RaftSpec(new RaftBounds(), leases with { ReadIndex = true }));
        var error = Assert.Throws<ArgumentException>(() => new RaftSpec(new RaftBounds(), leases with { LeaderStickiness = true }));

        Assert.Equal("LeaseReads requires ReadIndex and LeaderStickiness.", error.Message);
    }

    private static void Holds(string option, int[] bounds, int[] budgets, int[] reads, long distinct, int depth)
    {
        var (options, actions) = Of(option);
        var result = Checker.Check(new RaftSpec(Bounds(bounds, budgets, reads), options));

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.All(actions, action => Assert.NotEqual(0, result.Actions.Single(count => count.Name == action).Fired));
        Assert.Equal((distinct, depth), (result.Distinct, result.Depth));
    }

    private static (RaftOptions Options, string[] Actions) Of(string option) => option switch
    {
        "NoOp" => (_base with { NoOp = true }, []),
        "PreVote" => (_base with { PreVote = true }, _preVote),
        "LeaderStickiness" => (_base with { LeaderStickiness = true }, ["IgnoreVoteRequest", "ForgetLeader"]),
        "CheckQuorum" => (_base with { CheckQuorum = true }, ["CheckQuorum"]),
        "LeadershipTransfer" => (_base with { LeadershipTransfer = true }, _transfer),
        "ReadIndex" => (_base with { ReadIndex = true }, _reads),
        "Production" => (_production, [.. _preVote, "CheckQuorum", .. _transfer, .. _reads]),
        "LeaseReads" => (_leases, ["BeginRound", "ConfirmRound", "LeaseRead", "ExpireLease", "IgnoreVoteRequest", "ForgetLeader"]),
        _ => (_leases with { LeadershipTransfer = true }, [.. _transfer, "LeaseRead", "ExpireLease"]),
    };

    private static readonly RaftOptions _leases = _base with { ReadIndex = true, LeaderStickiness = true, LeaseReads = true };

    private static readonly RaftOptions _production = _base with
    {
        NoOp = true,
        PreVote = true,
        CheckQuorum = true,
        LeadershipTransfer = true,
        ReadIndex = true,
    };

    private static RaftBounds Bounds(int[] bounds, int[] budgets, int[] reads) => RaftTlaTests.Bounds(bounds, budgets) with
    {
        MaxReads = reads[0],
        MaxTransfers = reads[1],
    };
}
