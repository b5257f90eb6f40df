using System.Text.Json;
using DeterministicSimulation;
using Raft.Verification.Cli;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;
using Spectre.Console;

namespace Raft.Tests.Cli;

/// <summary>raft-verify lab, in a process of its own.</summary>
public sealed class LabCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    public void A_test_prints_a_line_with_its_figures_which_are_the_same_in_another_process()
    {
        var here = LabRun.OnVirtualTime(LabTest.All.First(test => test.Name == "Count"), LabVersion.Lab2024, seed: 5).Figures;

        var (status, output) = Run("lab", "TestCount3B", "--seed", "5");

        Assert.Equal(0, status);
        var line = output.Split('\n').Single(one => one.StartsWith("Test (3B)", StringComparison.Ordinal));
        Assert.Equal(
            ["Passed", $"{here.Time.TotalSeconds:0.0}", "3", $"{here.Calls}", $"{here.Bytes:N0}", "12"],
            line[line.IndexOf("Passed", StringComparison.Ordinal)..]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Contains("PASS: 1 of 1 test passed", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_has_every_test_of_the_part()
    {
        var json = Path.Combine(_directory, "report.json");

        var (status, _) = Run("lab", "--part", "a", "--seeds", "3", "--version", "2022", "--json", json);

        Assert.Equal(0, status);
        var report = JsonDocument.Parse(File.ReadAllText(json)).RootElement;
        Assert.Equal("virtual", report.GetProperty("time").GetString());
        Assert.True(report.GetProperty("passed").GetBoolean());
        var tests = report.GetProperty("tests").EnumerateArray().ToArray();
        Assert.Equal(
            ["TestInitialElection2A", "TestReElection2A", "TestManyElections2A"],
            tests.Select(test => test.GetProperty("test").GetString()));
        Assert.All(tests, test => Assert.Equal((3, 0), (test.GetProperty("runs").GetInt32(), test.GetProperty("failures").GetInt32())));
    }

    [Fact]
    public void With_production_the_tests_that_count_indexes_are_left_out_and_named_with_the_reason()
    {
        var json = Path.Combine(_directory, "report.json");

        var (status, output) = Run("lab", "BasicAgree", "Rejoin", "--protocol", "production", "--json", json);

        Assert.Equal(0, status);
        Assert.Contains("BasicAgree: it expects its commands at the indexes 1 to 3", output, StringComparison.Ordinal);
        Assert.Contains("PASS: 1 of 1 test passed, 1 left out", output, StringComparison.Ordinal);
        var report = JsonDocument.Parse(File.ReadAllText(json)).RootElement;
        Assert.Equal("production", report.GetProperty("protocol").GetString());
        var leftOut = Assert.Single(report.GetProperty("leftOut").EnumerateArray());
        Assert.Equal("TestBasicAgree3B", leftOut.GetProperty("test").GetString());
        Assert.Equal("it expects its commands at the indexes 1 to 3", leftOut.GetProperty("because").GetString());
        Assert.Equal(
            "TestRejoin3B", Assert.Single(report.GetProperty("tests").EnumerateArray()).GetProperty("test").GetString());
    }

    [Fact]
    public void A_test_passes_on_real_time()
    {
        var (status, output) = Run("lab", "Persist3", "--real-time");

        Assert.True(status == 0, output);
        Assert.Contains("on real time", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_names_every_test()
    {
        var (status, output) = Run("lab", "--list");

        Assert.Equal(0, status);
        Assert.All(LabTest.All, test => Assert.Contains(test.Name, output, StringComparison.Ordinal));
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failure_ends_with_status_1_and_its_trace_is_shrunk_unless_no_shrink_is_given(bool shrinks)
    {
        var test = LabTest.All.First(one => one.Name == "BasicAgree") with
        {
            Body = async cluster =>
            {
                await cluster.OneAsync(LabCluster.Number(100), cluster.Servers, retry: true);
                throw new LabFailure("expected the unexpected");
            },
        };
        var output = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 1000;

        var status = LabCommand.Run(
            console, [test], new LabOptions(LabVersion.Lab2024, 3, 1, IsRealTime: false, _directory, Json: null) { Shrinks = shrinks });

        Assert.Equal(1, status);
        var found = Path.Combine(_directory, "lab-2024-BasicAgree-LabTest-3.trace.json");
        var shrunk = Path.Combine(_directory, "lab-2024-BasicAgree-LabTest-3.min.trace.json");
        Assert.Contains($"trace: {found}", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(shrinks, output.ToString().Contains($"shrunk: {shrunk}", StringComparison.Ordinal));
        Assert.Equal(shrinks, File.Exists(shrunk));
        if (shrinks)
        {
            Assert.Equal("expected the unexpected", Trace.Read(shrunk).Violation.Message);
            Assert.InRange(Trace.Read(shrunk).Violation.Step, 1, Trace.Read(found).Violation.Step);
        }
    }

    [Theory]
    [InlineData("there is no test 'Nothing'", "lab", "Nothing")]
    [InlineData("not among the tests of 2018", "lab", "SnapshotInit", "--version", "2018")]
    [InlineData("not among the tests of 2024, part A", "lab", "Figure8", "--part", "A")]
    [InlineData("'2019'", "lab", "--version", "2019")]
    [InlineData("'E'", "lab", "--part", "E")]
    [InlineData("'production'", "lab", "--protocol", "figure3")]
    [InlineData("--protocol production leaves out BasicAgree (it", "lab", "BasicAgree", "--protocol", "production")]
    [InlineData("--seeds takes a number", "lab", "--seeds", "0")]
    [InlineData("--seeds takes a number", "lab", "--seeds", "many")]
    [InlineData("--seed", "lab", "--seed", "-1")]
    [InlineData("--frobnicate", "lab", "--frobnicate")]
    public void Wrong_usage_is_reported_and_ends_with_status_2(string expected, params string[] arguments)
    {
        var (status, output) = Run(arguments);

        Assert.Equal(2, status);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_a_year_does_not_have_is_wrong_usage()
    {
        var (status, output) = Run("lab", "--part", "D", "--version", "2018");

        Assert.Equal(2, status);
        Assert.Contains("part D", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private (int Status, string Output) Run(params string[] arguments) => RaftVerify.Run(_directory, arguments);
}
