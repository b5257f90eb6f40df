using Raft.Verification.Cli;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;
using Spectre.Console;

namespace Raft.Tests.Cli;

public sealed class LabDisplayTests : IDisposable
{
    private static readonly LabTest Passing = LabTest.All.First(test => test.Name == "ReElection");

    private static readonly LabTest Failing = LabTest.All.First(test => test.Name == "BasicAgree") with
    {
        Body = _ => throw new LabFailure("expected the unexpected"),
    };

    private readonly StringWriter _output = new();

    [Fact]
    public void A_failed_test_says_what_was_expected_and_how_to_run_just_that_one_again()
    {
        var display = Display(seeds: 3);

        LabSuite.Run([Passing, Failing], LabVersion.Lab2022, 7, 3, 1, report => display.Finished(
            report, "traces/the-trace.json", report.FirstFailure?.Trace is { } trace ? (trace, "traces/the-trace.min.json") : null));

        var text = _output.ToString();
        Assert.Matches(@"Test \(2A\): election after network failure \.\.\. +Passed +\d+\.\d +3 +\d+ +[\d,]+ +0", text);
        Assert.Matches(@"Test \(2B\): basic agreement \.\.\. +FAILED", text);
        Assert.Contains("LabTest: expected the unexpected", text, StringComparison.Ordinal);
        Assert.Contains("seed:  7 (3 of 3 seeds failed: 7, 8, 9)", text, StringComparison.Ordinal);
        Assert.Contains($"again: {Invocation.Program} lab BasicAgree --seed 7 --version 2022", text, StringComparison.Ordinal);
        Assert.Contains("trace: traces/the-trace.json", text, StringComparison.Ordinal);
        Assert.Contains("LabTest: What the lab test expects comes about.", text, StringComparison.Ordinal);
        Assert.Contains($"    {Invocation.Program} replay traces/the-trace.min.json", text, StringComparison.Ordinal);
        Assert.Contains($"    {Invocation.Program} show traces/the-trace.min.json", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_that_runs_a_test_again_names_the_protocol_unless_it_is_the_default()
    {
        string Command(string protocol) =>
            new LabOptions(LabVersion.Lab2024, 1, 1, false, "traces", null) { ProtocolName = protocol }.CommandFor(Passing, 4);

        Assert.EndsWith("lab ReElection --seed 4 --protocol production", Command("production"), StringComparison.Ordinal);
        Assert.EndsWith("lab ReElection --seed 4", Command("figure2"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(359, true)]
    [InlineData(361, false)]
    public void A_whole_suite_on_real_time_has_six_minutes(int seconds, bool isWithin)
    {
        var display = Display(seeds: 1, isRealTime: true);

        Assert.Equal(isWithin, display.End([], TimeSpan.FromSeconds(seconds), isComplete: true));
        Assert.True(display.End([], TimeSpan.FromSeconds(seconds), isComplete: false));
        Assert.Equal(!isWithin, _output.ToString().Contains(
            "the labs allow the whole suite 360 s of real time and 60 s of CPU time", StringComparison.Ordinal));
    }

    public void Dispose() => _output.Dispose();

    private LabDisplay Display(int seeds, bool isRealTime = false)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_output) });
        console.Profile.Width = 160;
        return new LabDisplay(console, [Passing, Failing], [], new LabOptions(LabVersion.Lab2022, 7, seeds, isRealTime, "traces", null));
    }
}
