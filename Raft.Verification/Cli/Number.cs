using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Raft.Verification.Cli;

/// <summary>A whole number on the command line, between bounds.</summary>
internal static class Number
{
    /// <summary>A parser for an option, with an error that names the range.</summary>
    public static Func<ArgumentResult, T?> From<T>(string option, T least, T most)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => argument =>
    {
        var text = argument.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least
            && number <= most)
        {
            return number;
        }

        // The largest value of the type matters only if it was exceeded.
        var isTooLarge = BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var any)
            && any > BigInteger.CreateChecked(most);
        var range = most == T.MaxValue && !isTooLarge ? $"of at least {least}" : $"from {least} to {most}";
        argument.AddError($"{option} takes a number {range}, not '{text}'");
        return null;
    };
}
