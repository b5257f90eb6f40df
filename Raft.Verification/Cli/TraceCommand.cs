using System.CommandLine;
using DeterministicSimulation;
using Raft.Verification.Conformance;
using Raft.Verification.Exploration;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify trace</c>: writes the schedule of a trace as input for another tool.</summary>
internal static class TraceCommand
{
    private const string _ending = ".tla";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("trace") { Description = "The file of a trace." };
        var tla = new Option<string>("--tla")
        {
            Description = "The file for a TLA+ module, for the checker TLC. Its name, without .tla, is that of the module.",
            Required = true,
        };
        var command = new Command(
            "trace",
            "Runs the schedule of a trace, with the formal model beside each server, and writes the actions of the model as a TLA+ module. "
            + "With docs/tla/RaftTrace.tla, TLC checks that each is a step of docs/tla/Raft.tla. Choices that do not fit the code are "
            + "replaced by the default ones. Exit status 1: a property is violated.")
        {
            tla, file,
        };
        command.SetAction(parsed => Write(parsed.GetValue(file)!, parsed.GetValue(tla)!));
        return command;
    }

    private static int Write(string file, string tla)
    {
        var trace = TraceFile.Read(file);
        var name = Path.GetFileNameWithoutExtension(tla);
        Destination.RequireFile("--tla", tla);
        if (Path.GetExtension(tla) != _ending || !TlaTrace.IsModuleName(name))
        {
            throw new IOException(
                $"--tla takes the name of a TLA+ module and {_ending}, such as Recorded{_ending}; '{tla}' is not one: a letter, then "
                + "letters, digits and underscores, and not the name of another module");
        }

        Destination.RequireNotInput("--tla", tla, "trace", file);
        using var interruption = new Interruption();
        RecordedBehaviour behaviour;
        try
        {
            behaviour = RecordedBehaviour.Of(trace, interruption.Asked);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("raft-verify: stopped before the end");
            return CommandLine.Unfinished;
        }
        catch (Exception exception) when (exception is ReplayDivergedException or InvalidDataException)
        {
            Console.Error.WriteLine($"raft-verify: {file} does not fit the code. {exception.Message}");
            return CommandLine.WrongUsage;
        }

        if (TlaTrace.ExtensionsOf(behaviour) is { Length: > 0 } extensions)
        {
            throw new InvalidDataException(
                $"{file}: its servers have extensions of Figure 2 ({extensions}). docs/tla/Raft.tla does not have them, so there is no "
                + "module.");
        }

        if (behaviour.Violation is { } violation)
        {
            Console.WriteLine($"{trace.Scenario}: {violation.Property} is violated at step {violation.Step}. {violation.Message}");
            Console.WriteLine(ViolationReport.Meaning(violation.Property));
        }

        var steps = behaviour.Steps.Count();
        if (steps == 0)
        {
            throw new InvalidDataException($"{file}: no server of its scenario '{trace.Scenario}' takes a step of the model.");
        }

        // What the model does after the first difference is not recorded.
        if (behaviour.Violation?.Property == ConformanceMonitor.Name)
        {
            Console.WriteLine("The module would end before the step that is not one of the model, so it is not written.");
            return CommandLine.Violated;
        }

        OutputFile.Write(tla, TlaTrace.Of(name, $"{trace.Scenario}, {behaviour.Servers} servers, {steps} steps of the model", behaviour));
        Console.WriteLine($"{trace.Scenario}: {steps:N0} steps of the model, of {behaviour.Servers} servers");
        Console.WriteLine($"Module: {tla} (docs/tla/README.md says how TLC checks it)");
        return behaviour.Violation is null ? CommandLine.Ok : CommandLine.Violated;
    }
}
