using System.CommandLine;
using DeterministicSimulation;
using Raft.Verification.Exploration;
using Raft.Verification.Viewer;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify show</c>: draws a trace.</summary>
internal static class ShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("trace") { Description = "The trace." };
        var html = new Option<string?>("--html")
        {
            Description = "A file for an interactive page. [default without --svg: beside the trace, as .html]",
        };
        var svg = new Option<string?>("--svg") { Description = "A file for a picture." };
        var command = new Command("show", "Draws a trace: a space-time diagram, one lane a server, time downwards.") { file, html, svg };
        command.SetAction(parsed => Show(parsed.GetValue(file)!, parsed.GetValue(html), parsed.GetValue(svg)));
        return command;
    }

    private static int Show(string file, string? html, string? svg)
    {
        var isBeside = html is null && svg is null;
        try
        {
            var trace = Trace.Read(file);
            html ??= isBeside ? Path.ChangeExtension(file, ".html") : null;
            if (isBeside)
            {
                RequireBeside(html!, file);
            }
            else
            {
                Require("--html", html, file);
            }

            Require("--svg", svg, file);
            Destination.RequireDistinct("--html", html, "--svg", svg);

            // Both pictures are made before one is written, so that a failure leaves nothing behind.
            (string? File, string Text)[] pictures =
                [(html, html is null ? "" : Page.Of(trace)), (svg, svg is null ? "" : Picture.Of(trace))];
            Console.WriteLine(
                $"{trace.Scenario}: {trace.Violation.Property} is violated at step {trace.Violation.Step}. {trace.Violation.Message}");
            Console.WriteLine(ViolationReport.Meaning(trace.Violation.Property));
            foreach (var (target, text) in pictures)
            {
                if (target is not null)
                {
                    OutputFile.Write(target, text);
                    Console.WriteLine(target == html ? $"Page: {target} (open it in a browser)" : $"Picture: {target}");
                }
            }

            return CommandLine.Ok;
        }
        catch (InvalidDataException exception)
        {
            var message = exception.Message.StartsWith(file, StringComparison.Ordinal) ? exception.Message : $"{file}: {exception.Message}";
            Console.Error.WriteLine($"raft-verify: {message}");
            return CommandLine.WrongUsage;
        }
    }

    // The user did not name this file. The error names the option that does.
    private static void RequireBeside(string html, string trace)
    {
        try
        {
            Require("the page goes beside the trace", html, trace);
        }
        catch (IOException exception)
        {
            throw new IOException($"{exception.Message}; --html FILE puts it elsewhere", exception);
        }
    }

    private static void Require(string option, string? target, string trace)
    {
        if (target is null)
        {
            return;
        }

        Destination.RequireNotInput(option, target, "trace", trace);
        Destination.RequireFile(option, target);
    }
}
