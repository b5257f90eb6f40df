using System.Reflection;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;

namespace Raft.Tests.Labs;

public class LabVersionTests
{
    [Theory]
    [InlineData(LabVersion.Lab2018, 17)]
    [InlineData(LabVersion.Lab2022, 25)]
    [InlineData(LabVersion.Lab2024, 28)]
    [InlineData(LabVersion.Lab2025, 28)]
    public void Each_year_has_its_tests(LabVersion version, int tests) =>
        Assert.Equal(tests, LabTest.All.Count(test => test.Since <= version));

    [Fact]
    public void Every_lab_test_is_a_test_of_this_suite_by_its_name() => Assert.Equal(
        LabTest.All.Select(test => test.FullName(LabVersion.Lab2024)),
        typeof(LabTests).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Select(method => method.Name));

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(LabVersion.Lab2018)]
    [InlineData(LabVersion.Lab2022)]
    [InlineData(LabVersion.Lab2025)]
    public void The_tests_of_every_year_pass(LabVersion version)
    {
        foreach (var test in LabTest.All.Where(test => test.Since <= version))
        {
            var trace = LabRun.OnVirtualTime(test, version, seed: 1).Trace;
            Assert.True(trace is null, $"{test.Name}: {trace?.Violation.Property}: {trace?.Violation.Message}");
        }
    }

    [Fact]
    public void Names_are_those_of_the_labs()
    {
        var test = LabTest.All.First(one => one.Name == "Figure8");
        Assert.Equal("TestFigure82C", test.FullName(LabVersion.Lab2022));
        Assert.Equal("TestFigure83C", test.FullName(LabVersion.Lab2025));
    }

    [Fact]
    public void Every_test_of_every_year_is_a_scenario_that_a_trace_can_name()
    {
        foreach (var version in Enum.GetValues<LabVersion>())
        {
            foreach (var test in LabTest.All.Where(test => test.Since <= version))
            {
                var name = LabScenario.Of(test, version).Name;
                Assert.Equal(test.ServersIn(version), ScenarioCatalogue.Find(name)!.Options.Servers);
            }
        }

        Assert.Null(ScenarioCatalogue.Find("lab-2018-SnapshotInit"));
        Assert.Null(ScenarioCatalogue.Find("nowhere"));
    }
}
