using System.CommandLine;
using System.Diagnostics;
using Raft.Verification.Exploration;
using Raft.Verification.RealTime;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify replay</c>: a schedule that violated a property, once more, bit for bit.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("trace") { Description = "The file that a violation was written to." };
        var step = new Option<bool>("--step") { Description = "Walk through it in the terminal, with each server's state beside it." };
        var until = new Option<long?>("--until") { Description = "Stop after this step.", CustomParser = Number.From("--until", 0L, long.MaxValue) };
        var debug = new Option<bool>("--debug") { Description = "Wait for a debugger, and break on the violating step (or that of --until)." };
        var emitTest = new Option<bool>("--emit-test") { Description = "Print an xunit test that runs it." };
        var command = new Command("replay", "Runs a trace again, and prints what happens. Exit status 1: the violation is there again.")
        {
            file, step, until, debug, emitTest,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            var trace = Exploration.Trace.Read(path);
            if (trace.Engine == CounterexampleTrace.Engine)
            {
                throw new InvalidDataException($"{path} is a counterexample of the model checker: 'raft-verify check' finds it again, and 'raft-verify show' draws it.");
            }

            if (trace.Engine == RealTimeLabRun.Engine)
            {
                throw new InvalidDataException($"{path} is the record of a run on real time, which nobody controlled: it tells what happened, but cannot be run again step by step.");
            }

            if (trace.Engine == Exploration.Trace.Coyote)
            {
                throw new InvalidDataException($"{path} tells what happened in a schedule of Microsoft Coyote: 'coyote replay' runs that again, with Coyote's own trace, and 'raft-verify show' draws it.");
            }

            if (parsed.GetValue(emitTest))
            {
                Console.Write(TraceTest.For(trace, path));
                return CommandLine.Ok;
            }

            var last = parsed.GetValue(until) ?? long.MaxValue;
            try
            {
                trace = trace with { Events = new TraceReplay(trace, trace.FindScenario()) { BeforeStep = parsed.GetValue(debug) ? Break(Math.Min(last, trace.Violation.Step)) : null }.Run() };
            }
            catch (ReplayDivergedException exception)
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

    private static Action<long> Break(long at)
    {
        Console.WriteLine($"Waiting for a debugger to attach to process {Environment.ProcessId}.");
        while (!Debugger.IsAttached)
        {
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

    private static void Print(Exploration.Trace trace, long last)
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
    }
}
