using System.Reflection;
using DeterministicSimulation;
using ModelChecking;
using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Docs;

/// <summary>The picture in docs/README.md: which assembly may refer to which.</summary>
public sealed class ArchitectureTests
{
    public static TheoryData<string, string[]> Assemblies => new()
    {
        { "DeterministicSimulation", [] },
        { "ModelChecking", [] },
        { "Raft.Model", ["ModelChecking"] },
        { "Raft.Impl", [] },
        { "Raft.Verification", ["DeterministicSimulation", "ModelChecking", "Raft.Impl", "Raft.Model"] },
    };

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void An_assembly_refers_to_those_below_it_and_to_no_other(string name, string[] below)
    {
        var own = Assemblies.Select(row => (string)row[0]).ToHashSet();

        var references = Named(name).GetReferencedAssemblies().Select(reference => reference.Name!).Where(own.Contains);

        Assert.Equal(below, references.Order());
    }

    // The engine and the checker are separate packages that need nothing else.
    [Theory]
    [InlineData("DeterministicSimulation")]
    [InlineData("ModelChecking")]
    public void A_library_refers_to_the_framework_only(string name) =>
        Assert.All(
            Named(name).GetReferencedAssemblies(),
            reference => Assert.StartsWith("System.", reference.Name, StringComparison.Ordinal));

    private static Assembly Named(string name)
    {
        Type[] types = [typeof(Scheduler), typeof(Checker), typeof(RaftSpec), typeof(RaftCore), typeof(Scenario)];
        return types.Select(type => type.Assembly).Single(assembly => assembly.GetName().Name == name);
    }
}
