using Raft.Verification.Cli;

namespace Raft.Tests.Cli;

/// <summary>raft-verify, in this process: many times a second. What it prints goes through the console, which all tests share.</summary>
[CollectionDefinition(nameof(InProcess), DisableParallelization = true)]
public sealed class InProcess
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit status, and what it printed.</returns>
    internal static (int Status, string Output, string Errors) Run(params string[] arguments)
    {
        var (output, errors) = (Console.Out, Console.Error);
        using var printed = new StringWriter();
        using var complained = new StringWriter();
        Console.SetOut(printed);
        Console.SetError(complained);
        try
        {
            return (CommandLine.Run(arguments), printed.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
