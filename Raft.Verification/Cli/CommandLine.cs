using System.CommandLine;
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

    /// <summary>Runs a command line; without arguments, the main job.</summary>
    /// <returns>The exit status.</returns>
    public static int Run(string[] args)
    {
        var explore = ExploreCommand.Create();
        var root = new RootCommand("Runs Raft.Impl, unchanged, under systematic concurrency testing. Without arguments: explores all scenarios for about a minute.")
        {
            explore,
            LabCommand.Create(),
        };
        root.SetAction(_ => explore.Parse([]).Invoke());
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Console.Error.WriteLine($"raft-verify: {error.Message}");
            }

            Console.Error.WriteLine("raft-verify: see 'raft-verify --help', 'raft-verify explore --help' and 'raft-verify lab --help'");
            return WrongUsage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"raft-verify: {exception.Message}");
            return WrongUsage;
        }
    }

    /// <summary>The console: with colours and live display on a terminal, plain and of fixed width elsewhere.</summary>
    public static IAnsiConsole CreateConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 160;
        }

        return console;
    }
}
