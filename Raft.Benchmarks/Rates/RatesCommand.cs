using System.CommandLine;
using Spectre.Console;

namespace Raft.Benchmarks.Rates;

/// <summary>
/// <c>rates</c>: commits a second of this project and of others, in one process, alternating. The table has the median of the rounds.
/// </summary>
internal static class RatesCommand
{
    // Enough for each column on one line, also in a file.
    private const int _width = 110;
    private static readonly string[] _libraries = ["raft", "raft-log", "raft-tcp", "raft-tcp-log", "dotnext-tcp", "dotnext-tcp-log"];

    /// <summary>The command, for the command line.</summary>
    public static Command Create()
    {
        var clients = new Option<int[]>("--clients")
        {
            Description = "Clients: each replicates a command, waits until the leader has applied it, and replicates the next.",
            DefaultValueFactory = _ => [1, 64, 512, 4096],
            AllowMultipleArgumentsPerToken = true,
        };
        var nodes = Number("--nodes", "Nodes of each cluster.", 3);
        var rounds = Number("--rounds", "Rounds: each measures every library once; the table has the medians.", 3);
        var seconds = Number("--seconds", "Seconds of each measurement.", 5);
        var stopped = Number("--stopped", "Followers that are stopped before the clients begin; this project only.", 0);
        var slow = Number("--slow", "Followers whose disks then take 10 ms for each write, one after the other; this project only.", 0);
        var entries = Number("--entries", "Entries that are committed before the measurement begins.", 0);
        var libraries = new Option<string[]>("--libraries")
        {
            Description = "raft: this project, in memory. raft-log: with a log in --directory, which is never compacted. raft-tcp: over "
                + "loopback TCP, with storage in memory. raft-tcp-log: over TCP, with such a log. dotnext-tcp: DotNext over "
                + "loopback TCP, without a log. dotnext-tcp-log: with a write-ahead log in --directory.",
            DefaultValueFactory = _ => [.. _libraries.Where(library => library != "raft-log")],
            AllowMultipleArgumentsPerToken = true,
        };
        libraries.AcceptOnlyFromAmong(_libraries);
        var directory = new Option<string>("--directory")
        {
            Description = "Where logs are written: a directory in memory, for instance.",
            DefaultValueFactory = _ => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(),
        };
        var programs = new Option<string[]>("--programs")
        {
            Description = "NAME=PATH: programs that measure other libraries. Each runs with the arguments CLIENTS NODES SECONDS, and "
                + "prints a line: {\"rate\": COMMITS, \"p50Ms\": MS, \"p99Ms\": MS}.",
            AllowMultipleArgumentsPerToken = true,
        };
        programs.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => OtherProgram.Parse(token.Value) is null))
            {
                result.AddError($"--programs: '{token.Value}' is not NAME=PATH.");
            }
        });
        var command = new Command("rates", "Measures commits a second of clusters in this process.")
        {
            clients, nodes, rounds, seconds, stopped, slow, entries, libraries, programs, directory,
        };
        command.SetAction(async (parsed, _) =>
        {
            var (count, names) = (parsed.GetValue(nodes), parsed.GetValue(libraries)!);
            var (down, late) = (parsed.GetValue(stopped), parsed.GetValue(slow));
            var refusal = down + late > (count - 1) / 2 ? $"Of {count} nodes, {down + late} cannot be stopped or slow: no majority is left."
                : down + late > 0 && !names.All(IsOwn)
                    ? $"--stopped and --slow are for this project only: add --libraries {string.Join(' ', _libraries.Where(IsOwn))}."
                : null;
            if (refusal is not null)
            {
                await Console.Error.WriteLineAsync(refusal);
                return 1;
            }

            var length = parsed.GetValue(seconds);
            OtherProgram[] others = [.. (parsed.GetValue(programs) ?? []).Select(text => OtherProgram.Parse(text)!)];
            return await RunAsync(
                parsed.GetValue(clients)!, parsed.GetValue(rounds), [.. names, .. others.Select(other => other.Name)], MeasureAsync);

            async Task<Load> MeasureAsync(string library, int callers)
            {
                if (Array.Find(others, other => other.Name == library) is { } program)
                {
                    return await program.MeasureAsync(callers, count, length);
                }

                await using var cluster = await StartAsync(library, count, down, late, parsed.GetValue(directory)!);
                return await Load.MeasureAsync(cluster, callers, TimeSpan.FromSeconds(length), parsed.GetValue(entries));
            }
        });
        return command;
    }

    private static bool IsOwn(string library) => library.StartsWith("raft", StringComparison.Ordinal);

    private static Option<int> Number(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            var least = Math.Min(value, 1);
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var number) || number < least))
            {
                result.AddError($"{name} must be a whole number from {least} on.");
            }
        });
        return option;
    }

    private static async Task<int> RunAsync(
        int[] clients,
        int rounds,
        string[] libraries,
        Func<string, int, Task<Load>> measureAsync)
    {
        var table = new Table().AddColumns(
            "clients", "library", "commits/s", "p50 ms", "p99 ms", "bytes/commit", "CPU us/commit", "GC pauses");
        table.Columns[0].RightAligned();
        foreach (var column in table.Columns.Skip(2))
        {
            column.RightAligned();
        }

        var failures = 0;
        foreach (var count in clients)
        {
            var measured = libraries.ToDictionary(library => library, _ => new List<Load>());
            for (var round = 0; round < rounds; round++)
            {
                foreach (var library in libraries)
                {
                    var result = string.Empty;
                    try
                    {
                        var load = await measureAsync(library, count);
                        measured[library].Add(load);
                        result = $"{load.Rate:N0} commits/s";
                    }
                    catch (InvalidOperationException exception)
                    {
                        failures++;
                        result = exception.Message;
                    }

                    await Console.Error.WriteLineAsync($"{count} clients, round {round + 1}, {library}: {result}");
                }
            }

            foreach (var library in libraries)
            {
                if (measured[library].Count == 0)
                {
                    table.AddRow($"{count:N0}", library, "failed");
                    continue;
                }

                var load = Load.MedianOf(measured[library]);
                table.AddRow(
                    $"{count:N0}",
                    library,
                    $"{load.Rate:N0}",
                    $"{load.Median.TotalMilliseconds:N3}",
                    $"{load.P99.TotalMilliseconds:N3}",
                    load.Bytes is { } bytes ? $"{bytes:N0}" : "–",
                    load.Cpu is { } cpu ? $"{cpu.TotalMicroseconds:N2}" : "–",
                    load.Paused is { } paused ? $"{paused:P1}" : "–");
            }
        }

        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, _width);
        AnsiConsole.Write(table);
        if (failures > 0)
        {
            await Console.Error.WriteLineAsync($"{failures} measurements failed, as said above. The table has the medians of the others.");
        }

        return failures > 0 ? 1 : 0;
    }

    private static Task<ICluster> StartAsync(string library, int nodes, int stopped, int slow, string directory) => library switch
    {
        "raft" => OwnCluster.StartAsync(nodes, stopped, slow, isTcp: false),
        "raft-log" => OwnCluster.StartAsync(nodes, stopped, slow, isTcp: false, directory),
        "raft-tcp" => OwnCluster.StartAsync(nodes, stopped, slow, isTcp: true),
        "raft-tcp-log" => OwnCluster.StartAsync(nodes, stopped, slow, isTcp: true, directory),
        "dotnext-tcp" => DotNextCluster.StartAsync(nodes, directory: null),
        _ => DotNextCluster.StartAsync(nodes, directory),
    };
}
