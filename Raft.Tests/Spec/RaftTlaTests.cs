using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Spec;

/// <summary>The published specification has, within the same bounds, exactly the states that TLC finds.</summary>
public sealed class RaftTlaTests
{
    // Bounds: servers, values, term, log, messages, copies; budgets: restarts, duplicates, drops, client requests, timeouts.
    public static TheoryData<int[], int[]?, long, long, int> Tlc => new()
    {
        { [2, 1, 2, 1, 1, 1], null, 12_861, 1_645, 28 },
        { [2, 1, 2, 1, 2, 1], null, 134_721, 13_479, 32 },
        { [2, 1, 2, 1, 2, 2], null, 210_801, 22_231, 33 },
        { [2, 1, 2, 1, 3, 1], null, 742_701, 61_493, 35 },
        { [2, 1, 2, 2, 2, 1], null, 310_721, 31_283, 43 },
        { [3, 1, 2, 1, 2, 1], [0, 0, 0, 1, 1], 144_490, 30_346, 33 },
    };

    public static TheoryData<int[], int[]?, long, long, int> LargeTlc => new()
    {
        { [2, 1, 3, 1, 2, 1], null, 5_345_223, 506_790, 47 },
        { [3, 1, 2, 1, 3, 1], [0, 0, 0, 1, 1], 1_676_185, 295_741, 37 },
        { [3, 1, 2, 1, 3, 1], [1, 1, 1, 1, 1], 21_977_581, 2_262_725, 41 },
        { [2, 1, 3, 2, 3, 1], [1, 1, 1, 2, 2], 73_655_755, 8_875_508, 57 },
    };

    [Theory]
    [MemberData(nameof(Tlc))]
    public void Generated_distinct_and_depth_are_those_of_TLC_and_every_property_holds(
        int[] bounds, int[]? budgets, long generated, long distinct, int depth) =>
        AreThoseOfTlc(bounds, budgets, generated, distinct, depth);

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(LargeTlc))]
    public void Within_larger_bounds_generated_distinct_and_depth_are_those_of_TLC_and_every_property_holds(
        int[] bounds, int[]? budgets, long generated, long distinct, int depth) =>
        AreThoseOfTlc(bounds, budgets, generated, distinct, depth);

    [Theory]
    [InlineData(new[] { 2, 1, 2, 1, 2, 1 }, null, 6_763, 32)]
    [InlineData(new[] { 3, 1, 2, 1, 2, 1 }, new[] { 0, 0, 0, 1, 1 }, 5_115, 33)]
    public void With_symmetry_over_servers_distinct_and_depth_are_those_of_TLC(int[] bounds, int[]? budgets, long distinct, int depth)
    {
        var result = Checker.Check(new RaftSpec(Bounds(bounds, budgets)), new CheckOptions { Symmetry = true });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((distinct, depth), (result.Distinct, result.Depth));
    }

    [Fact]
    public void A_distinct_state_takes_26_bytes_when_the_table_of_fingerprints_is_half_full() => TakesBytes(25.6, Tlc.ElementAt(3));

    [Fact]
    [Trait("Category", "Long")]
    public void A_distinct_state_of_millions_takes_23_bytes() => TakesBytes(23.1, LargeTlc.ElementAt(3));

    private static void TakesBytes(double bytes, object[] data)
    {
        var result = Checker.Check(new RaftSpec(Bounds((int[])data[0], (int[]?)data[1])), new CheckOptions { Workers = 1 });

        Assert.Equal(((long)data[2], (long)data[3]), (result.Generated, result.Distinct));
        Assert.InRange(result.BytesPerState, bytes * 0.95, bytes * 1.05);
    }

    private static void AreThoseOfTlc(int[] bounds, int[]? budgets, long generated, long distinct, int depth)
    {
        var result = Checker.Check(new RaftSpec(Bounds(bounds, budgets)));

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((generated, distinct, depth), (result.Generated, result.Distinct, result.Depth));
    }

    internal static RaftBounds Bounds(int[] bounds, int[]? budgets) => new()
    {
        Servers = bounds[0],
        Values = bounds[1],
        MaxTerm = bounds[2],
        MaxLog = bounds[3],
        MaxMessages = bounds[4],
        MaxCopies = bounds[5],
        MaxRestarts = budgets?[0],
        MaxDuplicates = budgets?[1],
        MaxDrops = budgets?[2],
        MaxClientRequests = budgets?[3],
        MaxTimeouts = budgets?[4],
    };
}
