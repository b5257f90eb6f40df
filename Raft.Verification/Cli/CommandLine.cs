using System.CommandLine;
using System.CommandLine.Help;
using Raft.Verification.Mutants;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary>The command line of raft-verify.</summary>
internal static class CommandLine
{
    /// <summary>All is well.</summary>
    public const int Ok = 0;

    /// <summary>A property is violated.</summary>
    public const int Violated = 1;

    /// <summary>The command was used wrongly.</summary>
    public const int WrongUsage = 2;

    /// <summary>It ended before the end: stopped, or out of memory. Nothing wrong was found until then.</summary>
    public const int Unfinished = 3;

    /// <summary>Runs a command line; without arguments, the main job.</summary>
    /// <returns>The exit status.</returns>
    public static int Run(string[] args)
    {
        var explore = ExploreCommand.Create();
        var root = new Command("raft-verify", "Runs Raft.Impl, unchanged, under systematic concurrency testing. Without arguments: explores all scenarios for about a minute.")
        {
            new HelpOption(),
            new VersionOption(),
            explore,
            LabCommand.Create(),
            CheckCommand.Create(),
            ReplayCommand.Create(),
            ShrinkCommand.Create(),
            ShowCommand.Create(),
            MutantsCommand.Create(),
            BenchCommand.Create(),
        };
        var parsed = root.Parse(args.Length > 0 ? args : [explore.Name]);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Console.Error.WriteLine($"raft-verify: {error.Message}");
            }

            Console.Error.WriteLine($"raft-verify: see 'raft-verify --help'{(parsed.CommandResult.Command == root ? "" : $" and 'raft-verify {parsed.CommandResult.Command.Name} --help'")}");
            return WrongUsage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or MutantException)
        {
            Console.Error.WriteLine($"raft-verify: {exception.Message}");
            return WrongUsage;
        }
    }

    /// <summary>The console: with colours and live display on a terminal, plain and of fixed width elsewhere.</summary>
    public static IAnsiConsole CreateConsole()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings());
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        plain.Profile.Width = 160;
        return plain;
    }
}
