using System.CommandLine;
using System.Diagnostics;
using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Mutants;
using Spectre.Console;
using Trace = DeterministicSimulation.Trace;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify shrink</c>: finds a smaller trace of the same violation.</summary>
internal static class ShrinkCommand
{
    public static Command Create()
    {
        var trace = new Argument<string>("trace") { Description = "The trace to shrink." };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "The file for the smaller trace. [default: beside the trace, *.min.trace.json]",
        };
        var mutant = new Option<string?>("--mutant")
        {
            Description = "Run the trace with this seeded bug; see 'raft-verify mutants --list'.",
        };
        var command = new Command(
            "shrink", "Shrinks a trace to a local minimum: no fault, timeout or proposal in it can be left out.")
        {
            trace, output, mutant,
        };
        command.SetAction(parsed =>
            Shrink(CommandLine.CreateConsole(), parsed.GetValue(trace)!, parsed.GetValue(output), parsed.GetValue(mutant)));
        return command;
    }

    private static int Shrink(IAnsiConsole console, string file, string? output, string? mutant)
    {
        var trace = TraceFile.Read(file);
        output ??= TraceFile.ShrunkBeside(file);
        Destination.RequireFile("--out", output);
        using var interruption = new Interruption();
        console.WriteLine($"Shrinking {file}: {trace.Scenario}, {trace.Violation.Property} violated at step {trace.Violation.Step:N0}");
        var clock = Stopwatch.StartNew();
        try
        {
            var shrunk = mutant is null
                ? new ShrinkDisplay(console).Run(progress => Shrinker.Shrink(trace, trace.FindScenario(), progress, interruption.Asked))
                : InMutant(trace, mutant, interruption.Asked);
            shrunk.Write(output);
            console.WriteLine($"{ShrinkDisplay.Summary(trace, shrunk)}, in {clock.Elapsed.TotalSeconds:0.0} s");
        }
        catch (Exception exception) when (exception is ReplayDivergedException or InvalidDataException)
        {
            Console.Error.WriteLine($"raft-verify: {file} does not fit the code. {exception.Message}");
            return CommandLine.WrongUsage;
        }

        console.Profile.Out.Writer.WriteLine($"Trace: {output}");
        foreach (var command in ViolationReport.NextCommands(output, mutant))
        {
            console.Profile.Out.Writer.WriteLine(command);
        }

        console.Profile.Out.Writer.Flush();
        if (!interruption.Asked.IsCancellationRequested)
        {
            return CommandLine.Ok;
        }

        console.WriteLine("Stopped before the end: the trace may shrink further.");
        return CommandLine.Unfinished;
    }

    private static Trace InMutant(Trace trace, string id, CancellationToken stop)
    {
        using var context = new MutantContext(MutantCatalogue.Find(MutantCatalogue.Own(), id));
        return context.Shrink(trace, _ => { }, stop);
    }
}
