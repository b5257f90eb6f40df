using System.Text.RegularExpressions;

namespace Raft.Tests.Docs;

/// <summary>Every relative link and anchor in README.md and docs points to something that exists, and the index lists every page.</summary>
public sealed partial class LinkTests
{
    private const string _index = "docs/README.md";

    public static TheoryData<string> Pages => [.. Repository.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Each_relative_link_and_anchor_points_to_something_that_exists(string page) => Assert.Empty(Broken(page, ReadAll(page)));

    [Theory]
    [InlineData("[text](missing.md)")]
    [InlineData("![picture](missing.svg)")]
    [InlineData("[text](#no-such-heading)")]
    [InlineData("[text](glossary.md#no-such-heading)")]
    public void A_broken_link_is_found(string text) => Assert.Single(Broken(_index, text));

    [Fact]
    public void The_index_lists_every_page()
    {
        var listed = Links(ReadAll(_index)).Select(link => Resolve(_index, link.Split('#')[0])).ToHashSet(StringComparer.Ordinal);

        Assert.All(
            Repository.Pages.Where(page => page.StartsWith("docs/", StringComparison.Ordinal) && page != _index),
            page => Assert.Contains(Path.GetFullPath(Repository.File(page)), listed));
    }

    private static IEnumerable<string> Broken(string page, string text) => Links(text).Where(link => !Exists(page, link));

    private static bool Exists(string page, string link)
    {
        var (path, anchor) = link.Split('#') is [var before, var after] ? (before, after) : (link, null);
        var file = path.Length == 0 ? Repository.File(page) : Resolve(page, path);
        return anchor is null
            ? File.Exists(file) || Directory.Exists(file)
            : File.Exists(file) && Anchors(File.ReadAllText(file)).Contains(anchor);
    }

    private static string Resolve(string page, string path) =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.File(page))!, path));

    private static IEnumerable<string> Links(string text) =>
        Link().Matches(Unfenced(text)).Select(match => match.Groups["target"].Value).Where(target => !Url().IsMatch(target));

    // As GitHub does: lower case, no punctuation but hyphens and underscores, spaces become hyphens.
    private static HashSet<string> Anchors(string text) =>
        Heading().Matches(Unfenced(text))
            .Select(match => Punctuation().Replace(match.Groups["title"].Value.Trim().ToLowerInvariant(), string.Empty).Replace(' ', '-'))
            .ToHashSet(StringComparer.Ordinal);

    private static string Unfenced(string text) => Fence().Replace(text.ReplaceLineEndings("\n"), string.Empty);

    private static string ReadAll(string page) => File.ReadAllText(Repository.File(page));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (?<title>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Punctuation();

    [GeneratedRegex("https?://", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Url();
}
