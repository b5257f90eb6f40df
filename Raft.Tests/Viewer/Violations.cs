using DeterministicSimulation;
using Raft.Tests.Exploration;

namespace Raft.Tests.Viewer;

/// <summary>Traces from the engine.</summary>
internal static class Violations
{
    /// <summary>A trace of a scenario that fails sometimes, with its events.</summary>
    public static Trace Fragile() =>
        Explorer.Explore(ExplorerTests.Fragile, new ExplorationOptions { Iterations = 5000, Seed = 3 })
            .Violation!.Replayed(ExplorerTests.Fragile);
}
