using System.CommandLine;
using System.Diagnostics;
using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Mutants;
using Trace = DeterministicSimulation.Trace;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify replay</c>: replays a trace, bit for bit.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("trace") { Description = "The file of a trace." };
        var step = new Option<bool>("--step") { Description = "Walk through it in the terminal, with each server's state beside it." };
        var until = new Option<long?>("--until")
        {
            Description = "Stop after this step.",
            CustomParser = Number.From("--until", 0L, long.MaxValue),
        };
        var debug = new Option<bool>("--debug")
        {
            Description = "Wait for a debugger, and break on the violating step (or that of --until).",
        };
        var mutant = new Option<string?>("--mutant")
        {
            Description = "Run the trace with this seeded bug; see 'raft-verify mutants --list'.",
        };
        var emitTest = new Option<bool>("--emit-test") { Description = "Print an xunit test that runs it." };
        var command = new Command(
            "replay",
            "Replays a trace and prints what happens. Exit status 1: the violation occurs again. 0: it does not.")
        {
            file, step, until, debug, mutant, emitTest,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(mutant) is not null && result.GetResult(debug) is { Implicit: false })
            {
                result.AddError("--mutant and --debug exclude each other: a seeded bug has no symbols to break on");
            }
        });
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            var trace = TraceFile.Read(path);
            var last = parsed.GetValue(until) ?? long.MaxValue;
            try
            {
                if (parsed.GetValue(emitTest))
                {
                    _ = trace.FindScenario();
                    Console.Write(TraceTest.For(trace, path));
                    return CommandLine.Ok;
                }

                using var interruption = new Interruption();
                trace = parsed.GetValue(mutant) is { } id
                    ? InMutant(trace, id)
                    : trace with
                    {
                        Events = new TraceReplay(trace, trace.FindScenario())
                        {
                            BeforeStep = parsed.GetValue(debug) ? Break(Math.Min(last, trace.Violation.Step), interruption.Asked) : null,
                            Stop = interruption.Asked,
                        }.Run(),
                    };
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("raft-verify: stopped before the end");
                return CommandLine.Unfinished;
            }
            catch (Exception exception) when ((exception is ReplayDivergedException or InvalidDataException) && CanTell(trace))
            {
                return Judge(trace, NowViolated(trace, parsed.GetValue(mutant)), exception.Message);
            }
            catch (Exception exception) when (exception is ReplayDivergedException or InvalidDataException)
            {
                Console.Error.WriteLine($"raft-verify: {path} does not fit the code. {exception.Message}");
                return CommandLine.WrongUsage;
            }

            if (parsed.GetValue(step))
            {
                new ReplayScreen(CommandLine.CreateConsole(), trace, last).Run();
            }
            else
            {
                Print(trace, last);
            }

            return CommandLine.Violated;
        });
        return command;
    }

    private static Trace InMutant(Trace trace, string id)
    {
        using var context = new MutantContext(MutantCatalogue.Find(MutantCatalogue.Own(), id));
        return context.Replay(trace);
    }

    // Monitors can check any schedule. Only a scenario's own code can check its expectations, and that code has changed where the trace
    // does not fit.
    private static bool CanTell(Trace trace) => trace.HasScenario && trace.Violation.Property != "Scenario";

    // The property that the schedule violates in the current code, following its choices as far as they fit, or null.
    private static string? NowViolated(Trace trace, string? mutant)
    {
        if (mutant is null)
        {
            return trace.Rerun()?.Property;
        }

        using var context = new MutantContext(MutantCatalogue.Find(MutantCatalogue.Own(), mutant));
        return context.Rerun(trace);
    }

    // The code has changed since the trace was recorded. What matters is whether the property holds now.
    private static int Judge(Trace trace, string? now, string difference)
    {
        var property = trace.Violation.Property;
        Console.WriteLine(
            now is null ? $"The violation is gone: this trace no longer violates {property}."
            : now == property ? $"{property} is still violated, but not in the same way."
            : $"This trace no longer violates {property}, but it violates {now} now.");
        Console.WriteLine(ViolationReport.Meaning(now ?? property));
        Console.WriteLine(difference);
        Console.WriteLine(
            "From there on, its choices are followed as far as they fit. Otherwise the oldest operation runs next, without faults.");
        return now is null ? CommandLine.Ok : CommandLine.Violated;
    }

    private static Action<long> Break(long at, CancellationToken stop)
    {
        Console.WriteLine($"Waiting for a debugger to attach to process {Environment.ProcessId}.");
        while (!Debugger.IsAttached)
        {
            stop.ThrowIfCancellationRequested();
            Thread.Sleep(TimeSpan.FromMilliseconds(100));
        }

        return step =>
        {
            if (step == at)
            {
                Debugger.Break();
            }
        };
    }

    private static void Print(Trace trace, long last)
    {
        foreach (var happened in trace.Events.TakeWhile(one => one.Step <= last))
        {
            Console.WriteLine(happened);
        }

        Console.WriteLine();
        if (last < trace.Violation.Step)
        {
            Console.WriteLine($"Stopped after step {last}. {trace.Violation.Property} is violated at step {trace.Violation.Step}.");
            CommandLine.CreateConsole().Write(ReplayScreen.Servers(trace, last));
            return;
        }

        Console.WriteLine($"{trace.Scenario}: {trace.Violation.Property} is violated at step {trace.Violation.Step}, as before.");
        Console.WriteLine(trace.Violation.Message);
        Console.WriteLine(ViolationReport.Meaning(trace.Violation.Property));
    }
}
