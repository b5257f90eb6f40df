using System.Reflection;
using DeterministicSimulation;
using ModelChecking;
using Raft.Hosting;
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
        { "Raft.Hosting", ["Raft.Impl"] },
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

    // A service gets no more dependencies with it than it needs; above all not those of OpenTelemetry.
    [Fact]
    public void The_hosting_refers_to_the_framework_and_its_extensions_only() =>
        Assert.All(
            Named("Raft.Hosting").GetReferencedAssemblies().Where(reference => reference.Name != "Raft.Impl"),
            reference => Assert.Matches(@"^(System|Microsoft\.Extensions)\.", reference.Name));

    // Each may use those before it, so that there are no circles.
    private static readonly string[] _namespaces =
    [
        "Writing", "KeyValue", "Specifications", "Conformance", "CoreGraph", "Cluster", "Parts", "Scenarios", "Labs", "Exploration",
        "RealTime", "Mutants", "Viewer", "Coyote", "Cli",
    ];

    public static TheoryData<string> Namespaces => [.. _namespaces];

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void A_namespace_of_the_verification_uses_those_before_it_and_no_other(string name)
    {
        var own = TypesOfVerification.Where(type => NamespaceOf(type) == name).ToArray();
        Assert.NotEmpty(own);

        var later = own
            .SelectMany(type => TypeReferences.Of(type), (type, used) => (type, used))
            .Where(one => one.used.Assembly == typeof(Scenario).Assembly && NamespaceOf(one.used) is { } other
                && Array.IndexOf(_namespaces, other) > Array.IndexOf(_namespaces, name))
            .Select(one => $"{one.type} uses {one.used}");

        Assert.Empty(later.Distinct());
    }

    [Fact]
    public void Every_namespace_of_the_verification_has_its_place() =>
        Assert.Empty(TypesOfVerification.Select(NamespaceOf).OfType<string>().Distinct().Except(_namespaces));

    private static IEnumerable<Type> TypesOfVerification => typeof(Scenario).Assembly.GetTypes();

    private static string? NamespaceOf(Type type) =>
        type.Namespace?.Split('.') is ["Raft", "Verification", var name, ..] ? name : null;

    private static Assembly Named(string name)
    {
        Type[] types = [typeof(Scheduler), typeof(Checker), typeof(RaftSpec), typeof(RaftCore), typeof(IRaft), typeof(Scenario)];
        return types.Select(type => type.Assembly).Single(assembly => assembly.GetName().Name == name);
    }
}
