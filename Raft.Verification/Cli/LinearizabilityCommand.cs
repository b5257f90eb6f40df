using System.CommandLine;
using DeterministicSimulation;
using ModelChecking.Linearizability;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify linearizability</c>: says whether histories of clients are linearizable.</summary>
internal static class LinearizabilityCommand
{
    private const string _register = "register";
    private const string _keyValue = "key-value";

    // How long the search for the smallest set of operations may take.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var files = new Argument<string[]>("history") { Description = "Files of histories.", Arity = ArgumentArity.OneOrMore };
        var model = new Option<string?>("--model")
        {
            Description = $"{_register}: one object with read, write and compare-and-set. {_keyValue}: an object for each key, with "
                + "append. A history of the other kind is an error. [default: what the file holds]",
        };
        model.AcceptOnlyFromAmong(_register, _keyValue);
        var html = new Option<string?>("--html") { Description = "A file for a page with a picture of each history." };
        var verdicts = new Option<bool>("--verdicts-only")
        {
            Description = "Do not search for the operations that cannot be ordered, which can take ten seconds a history.",
        };
        var json = new Option<string?>("--json") { Description = "A file for the report, as JSON." };
        var command = new Command(
            "linearizability",
            "Says whether histories of clients are linearizable. It reads Jepsen logs of a register, logs of a key-value store, and the "
            + "project's own JSON. Of a history that is not, it names a smallest set of operations that cannot be ordered. Exit status 1: "
            + "a history is not linearizable.")
        {
            files, model, verdicts, html, json,
        };
        command.SetAction(parsed => Check(
            parsed.GetValue(files)!,
            parsed.GetValue(model),
            parsed.GetValue(verdicts) ? null : _patience,
            parsed.GetValue(html),
            parsed.GetValue(json)));
        return command;
    }

    private static int Check(string[] files, string? model, TimeSpan? patience, string? html, string? json)
    {
        foreach (var (option, file) in new[] { ("--html", html), ("--json", json) })
        {
            if (file is not null)
            {
                Destination.RequireFile(option, file);
                Array.ForEach(files, history => Destination.RequireNotInput(option, file, "history", history));
            }
        }

        Destination.RequireDistinct("--html", html, "--json", json);

        // All files are read first: a mistake in one is not found after an hour.
        History[] histories = [.. files.Select(file => Read(file, model))];
        using var interruption = new Interruption();
        var checks = new HistoryCheck?[files.Length];
        var (next, printed) = (-1, 0);
        Workers.Run(
            "checking histories",
            Math.Min(Environment.ProcessorCount, files.Length),
            stop =>
            {
                for (var i = Interlocked.Increment(ref next); i < files.Length; i = Interlocked.Increment(ref next))
                {
                    Volatile.Write(ref checks[i], HistoryCheck.Of(
                        files[i], histories[i], files.Length == 1 ? Environment.ProcessorCount : 1, patience, stop));
                }
            },
            Print,
            stop: interruption.Asked);
        Print();
        HistoryCheck[] done = [.. checks.OfType<HistoryCheck>()];
        if (html is not null)
        {
            OutputFile.Write(html, HistoryPage.Of(done.SelectMany(check => check.Pictures)));
            Console.WriteLine($"Page: {html} (open it in a browser)");
        }

        if (json is not null)
        {
            JsonReport.Write(json, new { files = done.Select(check => check.Report) });
        }

        var bad = done.Count(check => !check.IsLinearizable);
        Console.WriteLine(
            $"{done.Length:N0} of {files.Length:N0} histories checked: {done.Length - bad:N0} linearizable, {bad:N0} not.");
        return bad > 0 ? CommandLine.Violated : done.Length < files.Length ? CommandLine.Unfinished : CommandLine.Ok;

        // In the order of the files.
        void Print()
        {
            while (printed < files.Length && Volatile.Read(ref checks[printed]) is { } check)
            {
                Console.WriteLine(check.Text);
                printed++;
            }
        }
    }

    private static History Read(string file, string? model)
    {
        var history = HistoryFile.Read(file);
        return model is null || history.HasKeys == (model == _keyValue)
            ? history
            : throw new InvalidDataException(
                $"{file}: the operations {(history.HasKeys ? "name keys" : "name no keys")}, so --model {model} does not fit");
    }
}
