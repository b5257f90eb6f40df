using System.CommandLine;
using System.CommandLine.Parsing;

namespace Raft.Verification.Cli;

/// <summary>The errors of a command line, as text.</summary>
internal static class UsageErrors
{
    /// <summary>The errors, most useful first. Without errors the command can run.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        var command = parsed.CommandResult.Command;
        string[] loose =
        [
            .. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens.Select(token => token.Value)),
            .. parsed.UnmatchedTokens,
        ];

        // The parser takes an unknown option for an argument and reports the consequences.
        var plain = arguments.SkipWhile(argument => argument != "--").ToHashSet();
        string[] unknown = [.. loose.Where(token => IsOption(token) && !plain.Contains(token)).Distinct()];
        if (unknown.Length > 0 && command.TreatUnmatchedTokensAsErrors)
        {
            string[] options = [.. command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)).Append("--help")];
            return
            [
                .. unknown.Select(token => token.Split('=')[0])
                    .Select(option => $"unknown option '{option}'{Suggestion.For(option, options)}"),
            ];
        }

        if (command.Parents.FirstOrDefault() is not Command && parsed.UnmatchedTokens is [var word, ..])
        {
            return [$"there is no command '{word}'{Suggestion.For(word, command.Subcommands.Select(one => one.Name))}"];
        }

        return [.. parsed.Errors.Select(error => error.Message)];
    }

    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-' && !char.IsAsciiDigit(token[1]);
}
