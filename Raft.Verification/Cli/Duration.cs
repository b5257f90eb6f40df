using System.CommandLine.Parsing;
using System.Globalization;

namespace Raft.Verification.Cli;

/// <summary>A length of time on the command line: <c>60s</c>, <c>2m</c>, <c>1h</c>, <c>500ms</c>; a bare number is seconds.</summary>
internal static class Duration
{
    private static readonly (string Suffix, TimeSpan Unit)[] _units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        (string.Empty, TimeSpan.FromSeconds(1)),
    ];

    public static TimeSpan? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var (suffix, unit) = _units.First(one => text.EndsWith(one.Suffix, StringComparison.Ordinal));
        if (double.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0 && number * unit.TotalDays < 365)
        {
            return number * unit;
        }

        argument.AddError($"'{text}' is not a length of time: write 60s, 2m, 1h or 500ms");
        return null;
    }
}
