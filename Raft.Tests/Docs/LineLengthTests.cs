using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Raft.Tests.Docs;

/// <summary>Lines of tracked text files end by column 140.</summary>
public sealed partial class LineLengthTests
{
    private const int _columns = 140;

    // Files and folders that do not comply yet. This list may only shrink.
    private static readonly string[] _exceptions = ["DeterministicSimulation/", "README.md", "Raft.Verification/", "docs/"];

    // Formats without line breaks, what tools write, and one symbol a line.
    private static readonly string[] _exempt = [".json", ".sln", ".svg", "BannedSymbols.txt"];

    [Fact]
    public void No_line_is_longer_than_140_columns() =>
        Assert.Empty(TrackedFiles().Where(file => !_exceptions.Any(exception => IsIn(file, exception))).SelectMany(LongLines));

    [Fact]
    public void Each_exception_is_still_needed() =>
        Assert.All(
            _exceptions,
            exception => Assert.True(
                TrackedFiles().Where(file => IsIn(file, exception)).SelectMany(LongLines).Any(),
                $"{exception} complies: take it off the list."));

    [Theory]
    [InlineData("a line of text", true)]
    [InlineData("| a row of a table", false)]
    [InlineData("[a page](https://example.org/", false)]
    public void Rows_of_tables_and_addresses_may_be_longer(string beginning, bool isTooLong) =>
        Assert.Equal(isTooLong, IsTooLong("page.md", beginning.PadRight(_columns + 1, '.')));

    private static IEnumerable<string> LongLines(string file) =>
        File.ReadLines(Repository.File(file))
            .Select((line, i) => (line, number: i + 1))
            .Where(one => IsTooLong(file, one.line))
            .Select(one => $"{file}:{one.number} has {one.line.Length} columns");

    // A row of a Markdown table cannot be wrapped, and neither can an address.
    private static bool IsTooLong(string file, string line) =>
        line.Length > _columns
        && !(file.EndsWith(".md", StringComparison.Ordinal) && line.StartsWith('|'))
        && Address().Replace(line, string.Empty).Length > _columns;

    private static IEnumerable<string> TrackedFiles()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "-z"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var files = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        Assert.True(git.ExitCode == 0 && files.Length > 0, "git ls-files lists no file.");
        return files.Where(file => File.Exists(Repository.File(file)) && !_exempt.Any(end => file.EndsWith(end, StringComparison.Ordinal)));
    }

    private static bool IsIn(string file, string exception) => file.StartsWith(exception, StringComparison.Ordinal);

    [GeneratedRegex(@"https?://\S+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
