using DeterministicSimulation;
using Raft.Tests.Viewer;
using Raft.Verification.Cli;
using Spectre.Console;

namespace Raft.Tests.Cli;

/// <summary>The table of servers that <c>replay --until</c> and <c>--step</c> show.</summary>
public sealed class ReplayScreenTests
{
    private static readonly Trace _trace = new Story(2)
        .Step().Stepped(1)
        .Step().Happened(TraceEventKind.Timer, 1, "the election timer")
        .Step().Happened(TraceEventKind.Crashed, 1)
        .Step().Happened(TraceEventKind.Started, 1, state: Story.State("Candidate"))
        .Violating();

    [Theory]
    [InlineData(1, "S1 +Follower +1")]
    [InlineData(2, "S1 +Follower +1")]
    [InlineData(3, "S1 +down")]
    [InlineData(4, "S1 +Candidate +1")]
    public void A_server_is_what_it_was_last_until_it_crashes(long step, string line) => Assert.Matches(line, Servers(step));

    [Fact]
    public void A_server_that_has_done_nothing_is_not_started() => Assert.Matches("S2 +not started", Servers(4));

    private static string Servers(long step)
    {
        using var output = new StringWriter();
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No })
            .Write(ReplayScreen.Servers(_trace, step));
        return output.ToString();
    }
}
