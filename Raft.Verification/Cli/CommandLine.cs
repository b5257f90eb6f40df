using System.CommandLine;
using System.CommandLine.Help;
using DeterministicSimulation;
using Raft.Verification.Mutants;
using Raft.Verification.Writing;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary>The command line of raft-verify.</summary>
internal static class CommandLine
{
    /// <summary>The command completed and found nothing. When its time is up, <c>explore</c> has completed.</summary>
    public const int Ok = 0;

    /// <summary>A property is violated, a test failed, files are damaged, or a seeded bug was not found.</summary>
    public const int Violated = 1;

    /// <summary>Wrong usage, unusable input, or an engine that cannot run here.</summary>
    public const int WrongUsage = 2;

    /// <summary>The command ended early, interrupted or out of memory, and had found nothing.</summary>
    public const int Unfinished = 3;

    /// <summary>The exit statuses of all commands, as help states them.</summary>
    public const string Statuses = """
        Exit status:
        0  completed without findings
        1  a property is violated, a test failed, files are damaged, or a seeded bug was not found
        2  wrong usage, input that cannot be used, or an engine that cannot run here
        3  interrupted or out of memory; no violation was found so far
        """;

    private const int _helpWidth = 100;

    /// <summary>Runs a command line. Without arguments it runs the main job.</summary>
    /// <returns>The exit status.</returns>
    public static int Run(string[] args)
    {
        using var guard = new ConsoleGuard();
        var explore = ExploreCommand.Create();
        var help = new HelpOption();
        var root = new Command(
            "raft-verify",
            "Runs Raft.Impl, unchanged, under systematic concurrency testing. Without arguments: explores all scenarios for about a minute."
            + $"\n\n{Statuses}")
        {
            help,
            new VersionOption(),
            explore,
            LabCommand.Create(),
            CheckCommand.Create(),
            ReplayCommand.Create(),
            ShrinkCommand.Create(),
            ShowCommand.Create(),
            TraceCommand.Create(),
            MutantsCommand.Create(),
            LinearizabilityCommand.Create(),
            StorageCommand.Create(),
            FuzzCommand.Create(),
            BenchCommand.Create(),
        };
        if (Console.IsOutputRedirected && help.Action is HelpAction action)
        {
            action.MaxWidth = _helpWidth;
        }

        var parsed = root.Parse(args.Length > 0 ? args : [explore.Name]);
        var errors = UsageErrors.Of(parsed, args);
        if (errors.Count > 0)
        {
            foreach (var error in errors)
            {
                Console.Error.WriteLine($"raft-verify: {error}");
            }

            var command = parsed.CommandResult.Command;
            var own = command == root ? string.Empty : $" and 'raft-verify {command.Name} --help'";
            Console.Error.WriteLine($"raft-verify: see 'raft-verify --help'{own}");
            return WrongUsage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or InvalidDataException or MutantException)
        {
            Console.Error.WriteLine($"raft-verify: {exception.Message}");
            return WrongUsage;
        }
        catch (EndlessScheduleException exception)
        {
            Console.Error.WriteLine($"raft-verify: {exception.Message}");
            return Violated;
        }
    }

    /// <summary>The option that leaves out the formal model beside each server.</summary>
    public static Option<bool> NoConformance() => new("--no-conformance")
    {
        Description = "Do not compare each step of each server with the formal model.",
    };

    /// <summary>The console: colours and live display on a terminal, plain text of fixed width elsewhere.</summary>
    public static IAnsiConsole CreateConsole()
    {
        if (!Console.IsOutputRedirected)
        {
            var terminal = AnsiConsole.Create(new AnsiConsoleSettings());
            ConsoleGuard.LetThrough(terminal);
            return terminal;
        }

        var plain = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
            });
        plain.Profile.Width = 160;
        return plain;
    }
}
