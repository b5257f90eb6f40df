using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Raft.Tests.Docs;

/// <summary>The table of docs/reference/rules.md that says where each rule of Figure 2 is, against the sources.</summary>
public sealed partial class RulesTableTests
{
    private static readonly string[] _boxes =
    [
        "Figure 2, State", "Figure 2, AppendEntries RPC", "Figure 2, RequestVote RPC", "Figure 2, All Servers",
        "Figure 2, Followers (§5.2)",
        "Figure 2, Candidates (§5.2)", "Figure 2, Leaders", "§7, Figure 13, InstallSnapshot RPC",
    ];

    public static TheoryData<string, string, string> Rules
    {
        get
        {
            var rules = new TheoryData<string, string, string>();
            foreach (var row in Rows().Where(row => row[1].Length > 0))
            {
                rules.Add(row[0], row[1], row[2]);
            }

            return rules;
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Each_member_that_it_names_is_declared_in_one_of_the_files_of_its_row(string rule, string files, string members)
    {
        var declared = Quoted(files).SelectMany(file => DeclaredIn($"Raft.Impl/Core/{file}")).ToHashSet(StringComparer.Ordinal);

        // The callers of a rule may be in other files.
        var named = Quoted(members.Split("called from")[0]);

        Assert.True(declared.Count > 0, $"{rule}: {files}");
        Assert.All(named, member => Assert.Contains(member, declared));
    }

    [Fact]
    public void It_has_every_box_of_the_figures() =>
        Assert.All(_boxes, box => Assert.Contains(Rows(), row => row[0] == $"**{box}**"));

    [Fact]
    public void Every_rule_for_servers_stands_in_the_file_of_its_box() =>
        Assert.All(
            (string[])["AllServers", "Followers", "Candidates", "Leaders"],
            box => Assert.Contains(Rows(), row => row[1].Contains($"RaftCore.{box}.cs", StringComparison.Ordinal)));

    private static IEnumerable<string[]> Rows() =>
        File.ReadLines(Repository.File("docs/reference/rules.md"))
            .SkipWhile(line => line != "| Rule | File | Member |")
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => Array.ConvertAll(line.Trim('|').Split('|'), cell => cell.Trim()));

    private static IEnumerable<string> Quoted(string cell) => Code().Matches(cell).Select(match => match.Groups["name"].Value);

    private static IEnumerable<string> DeclaredIn(string path) =>
        CSharpSyntaxTree.ParseText(File.ReadAllText(Repository.File(path)), new CSharpParseOptions(LanguageVersion.Preview))
            .GetRoot()
            .DescendantNodes()
            .Select(node => node switch
            {
                BaseTypeDeclarationSyntax type => type.Identifier,
                MethodDeclarationSyntax method => method.Identifier,
                PropertyDeclarationSyntax property => property.Identifier,
                VariableDeclaratorSyntax variable => variable.Identifier,
                _ => default(SyntaxToken),
            })
            .Select(identifier => identifier.Text)
            .Where(name => name.Length > 0);

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();
}
