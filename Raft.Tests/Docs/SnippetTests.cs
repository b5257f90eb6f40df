using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Raft.Tests.Docs;

/// <summary>
/// Every C# snippet of README.md and docs compiles as written, in a project that references this solution's assemblies with the tests'
/// access and the SDK's implicit usings. One with statements outside a type is a program.
/// </summary>
public sealed partial class SnippetTests
{
    // Scenarios and tests see the internals of Raft.Verification.
    private const string _assembly = "Raft.Tests";

    // The usings that the SDK generates for ImplicitUsings.
    private const string _implicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    public static TheoryData<string, int> Snippets
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var page in Repository.Pages)
            {
                for (var i = 0; i < Of(page).Length; i++)
                {
                    data.Add(page, i);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public void It_compiles_as_written(string page, int number)
    {
        var errors = Errors(Of(page)[number]);

        Assert.True(errors.Length == 0, string.Join(Environment.NewLine, errors.Prepend($"Snippet {number} of {page}:")));
    }

    // The samples are tests that run. The guide shows them in full, with the using that their project has for all files.
    [Theory]
    [InlineData("docs/guides/using-the-node.md", "samples/OwnStorageTests.cs")]
    [InlineData("docs/guides/using-the-node.md", "samples/OwnTransportTests.cs")]
    public void One_that_is_a_sample_is_the_same_as_its_file(string page, string sample) =>
        Assert.Contains(
            File.ReadAllText(Repository.File(sample)).ReplaceLineEndings("\n"),
            Of(page).Select(snippet => snippet.Replace("using Xunit;\n", string.Empty, StringComparison.Ordinal)));

    [Fact]
    public void One_that_names_what_is_not_there_does_not_compile() =>
        Assert.NotEmpty(Errors("var node = await Raft.Impl.Node.RaftNode.StartAsync(options);"));

    /// <summary>The snippets of a page.</summary>
    internal static string[] Of(string page)
    {
        var text = File.ReadAllText(Repository.File(page)).ReplaceLineEndings("\n");
        return [.. Fenced().Matches(text).Select(match => match.Groups["code"].Value)];
    }

    /// <summary>A snippet as an assembly: a program, if it has statements outside a type.</summary>
    internal static CSharpCompilation Compile(string snippet, string assembly = _assembly)
    {
        var options = new CSharpParseOptions(LanguageVersion.CSharp14);
        var tree = CSharpSyntaxTree.ParseText(snippet, options);
        var isProgram = tree.GetCompilationUnitRoot().Members.Any(member => member is GlobalStatementSyntax);
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var references = platform.Where(file => Path.GetFileNameWithoutExtension(file) != _assembly);
        var kind = isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary;
        return CSharpCompilation.Create(
            assembly,
            [tree, CSharpSyntaxTree.ParseText(_implicitUsings, options)],
            references.Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static string[] Errors(string snippet) =>
    [
        .. Compile(snippet).GetDiagnostics()
            .Where(one => one.Severity == DiagnosticSeverity.Error)
            .Select(one => one.ToString()),
    ];

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fenced();
}
