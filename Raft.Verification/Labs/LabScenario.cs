using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Labs;

/// <summary>The lab tests as scenarios of the embedded engine.</summary>
public static class LabScenario
{
    /// <summary>A lab test as a scenario: on virtual time, with every monitor, and only the faults of the test itself.</summary>
    /// <param name="test">The test.</param>
    /// <param name="version">The version of the tests.</param>
    /// <param name="protocol">The extensions of Figure 2 that each server has; null for none.</param>
    /// <param name="ended">If given, called with the statistics of a test that completes.</param>
    public static Scenario Of(
        LabTest test, LabVersion version, ProtocolOptions? protocol = null, Action<LabFigures>? ended = null)
    {
        ArgumentNullException.ThrowIfNull(test);
        var options = new ClusterOptions
        {
            Servers = test.ServersIn(version),
            Time = TimeMode.Virtual,
            Core = CoreOptions.Default,
            Protocol = protocol ?? ProtocolOptions.Figure2,
            MaxSteps = 20_000_000,
        };
        return new Scenario(
            Name(test, version), test.Title, options, cluster => test.RunAsync(cluster.World, version, ended ?? (_ => { })));
    }

    /// <summary>The lab test whose scenario has this name, or null.</summary>
    public static Scenario? Find(string name)
    {
        foreach (var version in Enum.GetValues<LabVersion>())
        {
            if (LabTest.All.FirstOrDefault(test => test.Since <= version && Name(test, version) == name) is { } found)
            {
                return Of(found, version);
            }
        }

        return null;
    }

    private static string Name(LabTest test, LabVersion version) => $"lab-{(int)version}-{test.Name}";
}
