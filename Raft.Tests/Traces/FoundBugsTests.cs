using Raft.Verification.Exploration;
using Raft.Verification.Mutants;

namespace Raft.Tests.Traces;

/// <summary>
/// Bugs that were found, as shrunk traces without their events: <c>raft-verify mutants --seeds 1 --traces DIR</c> writes them. Each file is named after the
/// seeded bug that it shows.
/// </summary>
public sealed class FoundBugsTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(_directory, "*.trace.json").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    private static readonly string _directory = Path.Combine(AppContext.BaseDirectory, "Traces");

    [Theory]
    [MemberData(nameof(Files))]
    public void The_correct_implementation_goes_the_same_way_and_violates_nothing(string file) => Assert.Null(Read(file).Rerun());

    [Theory]
    [MemberData(nameof(Files))]
    public void With_the_bug_the_property_is_violated(string file)
    {
        var mutant = MutantCatalogue.Find(MutantCatalogue.Own(), file[..file.IndexOf('.', StringComparison.Ordinal)]);
        using var world = new MutantContext(mutant);

        Assert.Equal(Read(file).Violation.Property, world.Rerun(Read(file)));
    }

    [Fact]
    public void There_are_many() => Assert.InRange(Files.Count, 15, int.MaxValue);

    private static Trace Read(string file) => Trace.Read(Path.Combine(_directory, file));
}
