using Raft.Verification.Labs;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>Every scenario that a trace can name.</summary>
public static class ScenarioCatalogue
{
    /// <summary>The scenario of a name, among <see cref="Scenario.All"/> and the lab tests; null if there is none.</summary>
    public static Scenario? Find(string name) => Scenario.All.FirstOrDefault(one => one.Name == name) ?? LabScenario.Find(name);
}
