using Raft.Model.Spec;

namespace Raft.Tests.Spec;

public sealed class RaftBoundsTests
{
    private static readonly RaftBounds _bounds = new();

    public static TheoryData<RaftBounds, string> Senseless => new()
    {
        { _bounds with { Servers = 0 }, "there are 1 to 7 servers, not 0" },
        { _bounds with { Servers = 8 }, "there are 1 to 7 servers, not 8" },
        { _bounds with { Servers = -3 }, "there are 1 to 7 servers, not -3" },
        { _bounds with { Values = 0 }, "there are 1 to 15 values, not 0" },
        { _bounds with { MaxTerm = 0 }, "the greatest term is 1 to 30, not 0: servers begin in term 1" },
        { _bounds with { MaxTerm = 31 }, "the greatest term is 1 to 30, not 31: servers begin in term 1" },
        { _bounds with { MaxLog = -1 }, "the greatest length of a log is 0 to 15 entries, not -1" },
        { _bounds with { MaxMessages = 0 }, "1 to 254 messages may be in flight, not 0" },
        { _bounds with { MaxMessages = 255 }, "1 to 254 messages may be in flight, not 255" },
        { _bounds with { MaxCopies = 0 }, "1 to 254 copies of a message may be in flight, not 0" },
        { _bounds with { MaxRestarts = -1 }, "a budget of restarts is 0 to 1000, not -1" },
        { _bounds with { MaxDuplicates = -1 }, "a budget of duplicates is 0 to 1000, not -1" },
        { _bounds with { MaxDrops = -2 }, "a budget of drops is 0 to 1000, not -2" },
        { _bounds with { MaxClientRequests = 1001 }, "a budget of client requests is 0 to 1000, not 1001" },
        { _bounds with { MaxTimeouts = int.MinValue }, "a budget of timeouts is 0 to 1000, not -2147483648" },
        { _bounds with { MaxReads = -1 }, "a budget of reads is 0 to 1000, not -1" },
        { _bounds with { MaxTransfers = 1001 }, "a budget of transfers is 0 to 1000, not 1001" },
    };

    public static TheoryData<RaftOptions, string> SenselessOptions => new()
    {
        { new() { MaxEntries = 0 }, "An AppendEntries carries at most 1 to 15 entries, not 0." },
        { new() { MaxEntries = 16 }, "An AppendEntries carries at most 1 to 15 entries, not 16." },
        { new() { MaxWrites = -1 }, "A server has at most 0 to 7 writes in flight, not -1." },
        { new() { MaxWrites = 8 }, "A server has at most 0 to 7 writes in flight, not 8." },
    };

    [Theory]
    [MemberData(nameof(Senseless))]
    public void Bounds_out_of_range_are_refused_with_the_range(RaftBounds bounds, string why)
    {
        var error = Assert.Throws<ArgumentException>(() => new RaftSpec(bounds));

        Assert.Equal($"Invalid bounds: {why}.", error.Message);
    }

    [Theory]
    [MemberData(nameof(SenselessOptions))]
    public void Options_out_of_range_are_refused_with_the_range(RaftOptions options, string why) =>
        Assert.Equal(why, Assert.Throws<ArgumentException>(() => new RaftSpec(_bounds, options)).Message);

    [Fact]
    public void A_log_too_long_for_a_state_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => new RaftSpec(_bounds with { MaxTerm = 30, MaxLog = 15 }));

        Assert.StartsWith(
            "log.term takes 80 bits, more than the 64 of a word: choose smaller bounds.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_too_wide_is_refused()
    {
        var bounds = _bounds with { Servers = 7, Values = 15, MaxTerm = 14, MaxLog = 6 };

        Assert.NotNull(new RaftSpec(bounds));
        var error = Assert.Throws<ArgumentException>(() => new RaftSpec(bounds, new RaftOptions { MaxEntries = 5 }));
        Assert.Matches("^With (term|value)[0-9], a message takes [0-9]+ bits; at most 56 are there: choose smaller bounds.", error.Message);
    }

    [Theory]
    [InlineData(1, 1, 1, 0, 1, 1)]
    [InlineData(7, 15, 14, 15, 254, 254)]
    public void The_least_and_the_greatest_bounds_are_taken(int servers, int values, int term, int log, int messages, int copies)
    {
        var spec = new RaftSpec(RaftTlaTests.Bounds([servers, values, term, log, messages, copies], budgets: null));

        Assert.Contains(Exploration.Of(spec).Take(100), step => step.Action == "Timeout");
    }
}
