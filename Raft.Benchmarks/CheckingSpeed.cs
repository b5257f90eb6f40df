using BenchmarkDotNet.Attributes;
using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Benchmarks;

/// <summary>How many states a second the model checker generates, on configurations of raft.tla for which TLC's counts are known.</summary>
public class CheckingSpeed
{
    [Params("506,790", "295,741", "2,262,725", "8,875,508")]
    public string DistinctStates { get; set; } = "506,790";

    [Params(1, 2)]
    public int Workers { get; set; }

    [Benchmark]
    public void Check()
    {
        var result = Checker.Check(new RaftSpec(Bounds), new CheckOptions { Workers = Workers });
        if ($"{result.Distinct:N0}" != DistinctStates)
        {
            throw new InvalidOperationException($"There are {result.Distinct:N0} distinct states, not {DistinctStates}.");
        }

        RateColumn.Done<CheckingSpeed>(result.Generated, DistinctStates, Workers);
    }

    private RaftBounds Bounds => DistinctStates switch
    {
        "506,790" => new() { Servers = 2, MaxTerm = 3, MaxMessages = 2 },
        "295,741" => Three with { MaxRestarts = 0, MaxDuplicates = 0, MaxDrops = 0 },
        "2,262,725" => Three,
        _ => Three with { Servers = 2, MaxTerm = 3, MaxLog = 2, MaxClientRequests = 2, MaxTimeouts = 2 },
    };

    private static RaftBounds Three { get; } = new()
    {
        Servers = 3,
        MaxMessages = 3,
        MaxRestarts = 1,
        MaxDuplicates = 1,
        MaxDrops = 1,
        MaxClientRequests = 1,
        MaxTimeouts = 1,
    };
}
