using System.Text.RegularExpressions;

namespace Raft.Tests.Docs;

/// <summary>Lines of text files end by column 140.</summary>
public sealed partial class LineLengthTests
{
    private const int _columns = 140;

    // Formats without line breaks, what tools write, and one symbol a line.
    private static readonly string[] _exempt = [".json", ".sln", ".svg", "BannedSymbols.txt", "PublicAPI.Unshipped.txt"];

    [Fact]
    public void No_line_is_longer_than_140_columns() =>
        Assert.Empty(TextFiles().SelectMany(LongLines));

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

    private static IEnumerable<string> TextFiles() =>
        Directory.EnumerateDirectories(Repository.Root)
            .Where(folder =>
                Path.GetFileName(folder) is not (".git" or "TestResults" or "traces" or "artifacts" or "BenchmarkDotNet.Artifacts"))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Repository.Root))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => !Built().IsMatch(file) && !_exempt.Any(end => file.EndsWith(end, StringComparison.Ordinal)));

    [GeneratedRegex("(^|/)(bin|obj)/", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Built();

    [GeneratedRegex(@"https?://\S+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
