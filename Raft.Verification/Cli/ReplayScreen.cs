using DeterministicSimulation;
using Raft.Verification.Cluster;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary>Walks through a trace in the terminal, step by step, back and forth, with each server's state.</summary>
internal sealed class ReplayScreen
{
    private readonly IAnsiConsole _console;
    private readonly Trace _trace;
    private readonly long[] _steps;

    public ReplayScreen(IAnsiConsole console, Trace trace, long last)
    {
        _console = console;
        _trace = trace;
        _steps = [.. trace.Events.Select(one => one.Step).Where(step => step <= last).Distinct()];
    }

    /// <summary>Each server's state after a step.</summary>
    public static Table Servers(Trace trace, long step)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(
            "server",
            "role",
            "term",
            "vote",
            "log (durable | not yet)",
            "commit",
            "applied");
        for (var server = 1; server <= trace.Options.Servers; server++)
        {
            var last = trace.Events.LastOrDefault(
                one => one.Step <= step && one.Server == server && (one.State is not null || one.Kind == TraceEventKind.Crashed));
            if (last?.ServerState is { } state)
            {
                table.AddRow(
                    $"S{server}",
                    state.Role,
                    $"{state.Term}",
                    state.VotedFor is { } vote ? $"S{vote}" : "",
                    Markup.Escape(Log(state)),
                    $"{state.CommitIndex}",
                    $"{state.Applied}");
            }
            else
            {
                table.AddRow($"S{server}", last is null ? "not started" : "down");
            }
        }

        return table;
    }

    /// <summary>Runs until the reader quits.</summary>
    public void Run()
    {
        if (_steps.Length == 0)
        {
            _console.WriteLine("The trace has no events.");
            return;
        }

        if (!_console.Profile.Capabilities.Interactive || Console.IsInputRedirected)
        {
            throw new IOException("--step needs a terminal: without one, see --until.");
        }

        var position = 0;
        while (true)
        {
            Show(_steps[position]);
            switch (Console.ReadKey(intercept: true).Key)
            {
                case ConsoleKey.Q or ConsoleKey.Escape:
                    return;
                case ConsoleKey.P or ConsoleKey.LeftArrow or ConsoleKey.UpArrow or ConsoleKey.K:
                    position = Math.Max(0, position - 1);
                    break;
                case ConsoleKey.PageDown:
                    position = Math.Min(_steps.Length - 1, position + 20);
                    break;
                case ConsoleKey.PageUp:
                    position = Math.Max(0, position - 20);
                    break;
                case ConsoleKey.Home:
                    position = 0;
                    break;
                case ConsoleKey.End or ConsoleKey.V:
                    position = _steps.Length - 1;
                    break;
                default:
                    position = Math.Min(_steps.Length - 1, position + 1);
                    break;
            }
        }
    }

    private static string Log(TraceState state)
    {
        var snapshot = state.SnapshotIndex > 0 ? $"[snapshot to {state.SnapshotIndex}] " : "";
        var durable = (int)Math.Clamp(state.DurableIndex - state.SnapshotIndex, 0, state.Log.Count);
        string Entries(IEnumerable<TraceEntry> entries) => string.Join(' ', entries.Select(entry => $"{entry.Command}@{entry.Term}"));
        var pending = durable < state.Log.Count ? $" | {Entries(state.Log.Skip(durable))}" : "";
        return $"{snapshot}{Entries(state.Log.Take(durable))}{pending}";
    }

    private void Show(long step)
    {
        _console.Clear();
        _console.WriteLine(
            $"{_trace.Scenario}: step {step} of {_steps[^1]}; {_trace.Violation.Property} is violated at step {_trace.Violation.Step}");
        _console.WriteLine();
        foreach (var happened in _trace.Events.Where(one => one.Step == step))
        {
            _console.WriteLine(happened.ToString());
        }

        _console.Write(Servers(_trace, step));
        if (step >= _trace.Violation.Step)
        {
            _console.MarkupLineInterpolated($"[red]{_trace.Violation.Property}: {_trace.Violation.Message}[/]");
        }

        _console.MarkupLine("[grey]space, right: on   left: back   page up, page down: 20 steps   home, end   q: quit[/]");
    }
}
