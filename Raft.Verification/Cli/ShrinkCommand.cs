using System.CommandLine;
using System.Diagnostics;
using Raft.Verification.Exploration;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify shrink</c>: a smaller trace of the same violation.</summary>
internal static class ShrinkCommand
{
    public static Command Create()
    {
        var trace = new Argument<string>("trace") { Description = "The trace to shrink." };
        var output = new Option<string?>("--out", "-o") { Description = "The file for the smaller trace. [default: beside the other, *.min.trace.json]" };
        var command = new Command("shrink", "Cuts a trace down to what its violation needs: no fault, timeout or proposal in it can be left out.") { trace, output };
        command.SetAction(parsed => Shrink(CommandLine.CreateConsole(), parsed.GetValue(trace)!, parsed.GetValue(output)));
        return command;
    }

    private static int Shrink(IAnsiConsole console, string file, string? output)
    {
        var trace = TraceFile.Read(file);
        output ??= TraceFile.ShrunkBeside(file);
        Destination.RequireFile("--out", output);
        using var interruption = new Interruption();
        console.WriteLine($"Shrinking {file}: {trace.Scenario}, {trace.Violation.Property} violated at step {trace.Violation.Step:N0}");
        var clock = Stopwatch.StartNew();
        try
        {
            var shrunk = new ShrinkDisplay(console).Run(progress => Shrinker.Shrink(trace, trace.FindScenario(), progress, interruption.Asked));
            shrunk.Write(output);
            console.WriteLine($"{ShrinkDisplay.Summary(trace, shrunk)}, in {clock.Elapsed.TotalSeconds:0.0} s");
        }
        catch (ReplayDivergedException exception)
        {
            Console.Error.WriteLine($"raft-verify: {file} does not fit the code. {exception.Message}");
            return CommandLine.WrongUsage;
        }

        console.Profile.Out.Writer.WriteLine($"Trace: {output}");
        if (!interruption.Asked.IsCancellationRequested)
        {
            return CommandLine.Ok;
        }

        console.WriteLine("Stopped before the end: more of it may not be needed.");
        return CommandLine.Unfinished;
    }
}
