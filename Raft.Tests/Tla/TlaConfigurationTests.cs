using System.Globalization;
using ModelChecking;
using Raft.Tests.Docs;

namespace Raft.Tests.Tla;

/// <summary>
/// The configurations in docs/tla, with the counts of its README.md: the C# checker finds exactly these within the same bounds. A count
/// that TLC found too thus holds for both texts.
/// </summary>
public sealed class TlaConfigurationTests
{
    // What the checker explores in about a second.
    private const long _quick = 600_000;

    public static TheoryData<string, long?, long, int> Quick => Rows(row => row.Size <= _quick);

    public static TheoryData<string, long?, long, int> Large => Rows(row => row.Size > _quick);

    private static IEnumerable<Row> Table =>
        File.ReadLines(Repository.File("docs/tla/README.md"))
            .SkipWhile(line => !line.StartsWith("| Configuration |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => new Row(
                cells[1].Split('`')[1],
                cells[2].Length == 0 ? null : long.Parse(cells[2], NumberStyles.AllowThousands, CultureInfo.InvariantCulture),
                long.Parse(cells[3], NumberStyles.AllowThousands, CultureInfo.InvariantCulture),
                int.Parse(cells[4], CultureInfo.InvariantCulture)));

    [Theory]
    [MemberData(nameof(Quick))]
    public void The_counts_of_the_table_are_those_of_the_model(string name, long? generated, long distinct, int depth) =>
        AreThoseOfTheModel(name, generated, distinct, depth);

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Large))]
    public void The_larger_counts_of_the_table_are_those_of_the_model(string name, long? generated, long distinct, int depth) =>
        AreThoseOfTheModel(name, generated, distinct, depth);

    [Fact]
    public void Every_configuration_has_a_row() =>
        Assert.Equal(
            Directory.GetFiles(Repository.File("docs/tla/configurations"))
                .Select(file => Path.GetFileName(file))
                .Order(StringComparer.Ordinal),
            Table.Select(row => $"{row.Name}.cfg").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_configuration_gives_each_constant_a_value_and_checks_what_the_model_checks() =>
        Assert.All(Table, row =>
        {
            var configuration = TlaConfiguration.Read(FileOf(row.Name));
            var spec = configuration.Specification;
            Assert.Equal(TlaSpecificationTests.Raft.Constants.Order(), configuration.Constants.Keys.Order());
            Assert.Equal(["Spec"], configuration.Section("SPECIFICATION"));
            Assert.Equal(["StateConstraint"], configuration.Section("CONSTRAINT"));
            Assert.Equal(["FALSE"], configuration.Section("CHECK_DEADLOCK"));
            Assert.Equal(spec.Invariants.Select(one => one.Name), configuration.Section("INVARIANTS"));

            // TLC does not check properties of steps under symmetry.
            Assert.Equal(
                configuration.Check.Symmetry ? [] : spec.ActionProperties.Select(one => one.Name), configuration.Section("PROPERTIES"));
        });

    [Fact]
    public void The_configuration_for_traces_gives_each_constant_a_value()
    {
        var configuration = TlaConfiguration.Read(Repository.File("docs/tla/RaftTrace.cfg"));

        Assert.Equal(
            TlaSpecificationTests.Raft.Constants.Concat(TlaSpecificationTests.Trace.Constants).Order(),
            configuration.Constants.Keys.Order());
    }

    private static void AreThoseOfTheModel(string name, long? generated, long distinct, int depth)
    {
        var configuration = TlaConfiguration.Read(FileOf(name));

        var result = Checker.Check(configuration.Specification, configuration.Check);

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((generated ?? result.Generated, distinct, depth), (result.Generated, result.Distinct, result.Depth));
    }

    private static string FileOf(string name) => Repository.File($"docs/tla/configurations/{name}.cfg");

    private static TheoryData<string, long?, long, int> Rows(Func<Row, bool> isIn)
    {
        var rows = new TheoryData<string, long?, long, int>();
        foreach (var row in Table.Where(isIn))
        {
            rows.Add(row.Name, row.Generated, row.Distinct, row.Depth);
        }

        return rows;
    }

    private sealed record Row(string Name, long? Generated, long Distinct, int Depth)
    {
        public long Size => Generated ?? Distinct;
    }
}
