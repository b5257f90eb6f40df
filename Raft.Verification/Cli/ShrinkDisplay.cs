using System.Diagnostics;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Spectre.Console;
using Trace = DeterministicSimulation.Trace;

namespace Raft.Verification.Cli;

/// <summary>Shows the progress of shrinking: in place on a terminal, as lines elsewhere.</summary>
internal sealed class ShrinkDisplay(IAnsiConsole console)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    /// <summary>Shrinks a trace and shows progress.</summary>
    public Trace Run(Func<Action<ShrinkProgress>, Trace> shrink)
    {
        if (console.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
        {
            return console.Status().Start("Shrinking", status => shrink(progress => status.Status(Markup.Escape(Describe(progress)))));
        }

        var clock = Stopwatch.StartNew();
        return shrink(progress =>
        {
            if (clock.Elapsed >= _interval)
            {
                clock.Restart();
                console.WriteLine($"  {Describe(progress)}");
            }
        });
    }

    /// <summary>The result, as text.</summary>
    public static string Summary(Trace trace, Trace shrunk) =>
        $"{shrunk.Violation.Property}: {Change(trace.Options.Servers, shrunk.Options.Servers, "server")}, "
        + $"{Change(trace.Violation.Step, shrunk.Violation.Step, "step")}, "
        + $"{Change(trace.Choices.Count, shrunk.Choices.Count, "choice")}; steps of the protocol: {shrunk.ProtocolSteps:N0}";

    private static string Describe(ShrinkProgress progress) =>
        $"{Counted.Of(progress.Tried, "schedule")} tried; the smallest has {Counted.Of(progress.Steps, "step")}, "
        + $"{Counted.Of(progress.Choices, "choice")}, {Counted.Of(progress.Faults, "fault")}";

    private static string Change(long before, long after, string thing) =>
        before == after ? Counted.Of(after, thing) : $"{after:N0} instead of {Counted.Of(before, thing)}";
}
