using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.CoreGraph;

namespace Raft.Tests.CoreGraph;

/// <summary>The real core is exhausted within bounds: every step is one of the model.</summary>
public sealed class CoreSpecificationTests
{
    private static readonly RaftBounds _none = new()
    {
        Servers = 2,
        MaxLog = 0,
        MaxMessages = 2,
        MaxTimeouts = 1,
        MaxRestarts = 0,
        MaxDuplicates = 0,
        MaxDrops = 0,
        MaxClientRequests = 0,
    };

    [Fact]
    public void An_election_of_two()
    {
        using var specification = new CoreSpecification(new CoreBounds(_none with { MaxTimeouts = 2 }));

        var result = Checker.Check(specification, new CheckOptions { Workers = 1 });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((77, 33, 9), (result.Generated, result.Distinct, result.Depth));
    }
}
