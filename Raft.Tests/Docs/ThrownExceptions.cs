using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Raft.Tests.Docs;

/// <summary>
/// The exceptions that the sources of a library throw themselves: in the body of a member, and in what is not public and the body calls.
/// </summary>
/// <remarks>
/// It does not follow calls of public members, of other libraries, and of tasks that are not awaited; nor lambdas, which run later.
/// </remarks>
internal sealed class ThrownExceptions
{
    private readonly CSharpCompilation _compilation;
    private readonly INamedTypeSymbol _exception;
    private readonly INamedTypeSymbol _canceled;
    private readonly Dictionary<ISymbol, IReadOnlySet<INamedTypeSymbol>> _known = new(SymbolEqualityComparer.Default);

    private ThrownExceptions(CSharpCompilation compilation)
    {
        _compilation = compilation;
        _exception = compilation.GetTypeByMetadataName(typeof(Exception).FullName!)!;
        _canceled = compilation.GetTypeByMetadataName(typeof(OperationCanceledException).FullName!)!;
    }

    /// <summary>The public members of the library that have a body.</summary>
    public IEnumerable<ISymbol> PublicMembers =>
        TypesIn(_compilation.Assembly.GlobalNamespace)
            .Where(IsPublic)
            .SelectMany(type => type.GetMembers())
            .Where(member => member is IPropertySymbol or IMethodSymbol { AssociatedSymbol: null })
            .Where(member => !member.IsImplicitlyDeclared && !member.IsAbstract && IsPublic(member));

    /// <summary>Reads the sources of a library.</summary>
    /// <param name="directory">The folder of the library.</param>
    public static ThrownExceptions InSourcesOf(string directory)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse);
        const string usings = """
            global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
            global using System.Threading; global using System.Threading.Tasks;
            """;
        var sources = Directory.EnumerateFiles(directory, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(directory, file).StartsWith("obj", StringComparison.Ordinal))
            .Where(file => !Path.GetRelativePath(directory, file).StartsWith("bin", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file));
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => !Path.GetFileName(file).StartsWith("Raft.", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file));
        return new ThrownExceptions(CSharpCompilation.Create(
            "Sources",
            [CSharpSyntaxTree.ParseText(usings, options), .. sources],
            platform,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)));
    }

    /// <summary>What a member throws.</summary>
    public IReadOnlySet<INamedTypeSymbol> Of(ISymbol member)
    {
        if (_known.TryGetValue(member, out var known))
        {
            return known;
        }

        // A method that calls itself throws nothing more by that.
        var thrown = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        _known[member] = thrown;
        foreach (var body in BodiesOf(member))
        {
            var model = _compilation.GetSemanticModel(body.SyntaxTree);
            foreach (var node in body.DescendantNodes(IsNow))
            {
                thrown.UnionWith(ThrownBy(node, model).Where(type => !IsCaught(node, body, type, model)));
            }
        }

        return thrown;
    }

    /// <summary>Whether the documentation of a member, or what it inherits, names an exception or a base of it.</summary>
    public bool IsDocumented(ISymbol member, INamedTypeSymbol exception) =>
        DocumentationOf(member).Any(id => _compilation.GetTypeByMetadataName(id) is { } type && IsOrDerivesFrom(exception, type));

    private static IEnumerable<string> DocumentationOf(ISymbol member)
    {
        if (member.GetDocumentationCommentXml() is not { Length: > 0 } text)
        {
            return [];
        }

        var comment = System.Xml.Linq.XElement.Parse(text);
        var own = comment.Elements("exception").Select(exception => ((string)exception.Attribute("cref")!)[2..]);
        return comment.Element("inheritdoc") is null ? own : own.Concat(InterfaceMembersOf(member).SelectMany(DocumentationOf));
    }

    private static IEnumerable<ISymbol> InterfaceMembersOf(ISymbol member) =>
        member.ContainingType.AllInterfaces
            .SelectMany(type => type.GetMembers())
            .Where(declared => SymbolEqualityComparer.Default.Equals(
                member.ContainingType.FindImplementationForInterfaceMember(declared), member));

    private IEnumerable<INamedTypeSymbol> ThrownBy(SyntaxNode node, SemanticModel model)
    {
        switch (node)
        {
            case ThrowStatementSyntax { Expression: { } expression }:
                return Type(expression);
            case ThrowExpressionSyntax { Expression: var expression }:
                return Type(expression);
            case InvocationExpressionSyntax when model.GetSymbolInfo(node).Symbol is IMethodSymbol called:
                return called.Name == nameof(CancellationToken.ThrowIfCancellationRequested) ? [_canceled]
                    : called.Name.StartsWith("ThrowIf", StringComparison.Ordinal) && IsOrDerivesFrom(called.ContainingType, _exception)
                        ? [called.ContainingType]
                    : IsAwaited((ExpressionSyntax)node, called) ? Followed(called)
                    : [];
            case BaseObjectCreationExpressionSyntax when model.GetSymbolInfo(node).Symbol is IMethodSymbol constructor:
                return Followed(constructor);
            default:
                return [];
        }

        IEnumerable<INamedTypeSymbol> Type(ExpressionSyntax expression) =>
            model.GetTypeInfo(expression).Type is INamedTypeSymbol type ? [type] : [];
    }

    private IReadOnlySet<INamedTypeSymbol> Followed(IMethodSymbol called) =>
        SymbolEqualityComparer.Default.Equals(called.ContainingAssembly, _compilation.Assembly) && !IsPublic(called)
            ? Of(called.OriginalDefinition)
            : System.Collections.Immutable.ImmutableHashSet<INamedTypeSymbol>.Empty;

    // What a lambda or a local function does happens later, or elsewhere.
    private static bool IsNow(SyntaxNode node) => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax);

    // The failure of a task that is only kept does not reach the caller.
    private static bool IsAwaited(ExpressionSyntax call, IMethodSymbol called) =>
        !called.IsAsync
        || call.Parent is AwaitExpressionSyntax or ReturnStatementSyntax or ArrowExpressionClauseSyntax or ConditionalExpressionSyntax;

    // A catch clause that throws again catches nothing.
    private static bool IsCaught(SyntaxNode node, SyntaxNode body, INamedTypeSymbol exception, SemanticModel model)
    {
        for (var (inner, outer) = (node, node.Parent); inner != body && outer is not null; (inner, outer) = (outer, outer.Parent))
        {
            if (outer is TryStatementSyntax { Block: var block, Catches: var catches } && inner == block && catches.Any(Catches))
            {
                return true;
            }
        }

        return false;

        bool Catches(CatchClauseSyntax clause) =>
            clause.Filter is null
            && !clause.Block.DescendantNodes().OfType<ThrowStatementSyntax>().Any(statement => statement.Expression is null)
            && (clause.Declaration is null
                || (model.GetTypeInfo(clause.Declaration.Type).Type is INamedTypeSymbol type && IsOrDerivesFrom(exception, type)));
    }

    private static IEnumerable<SyntaxNode> BodiesOf(ISymbol member) =>
        member is IPropertySymbol property
            ? ((ISymbol?[])[property.GetMethod, property.SetMethod]).OfType<ISymbol>().Where(IsPublic).SelectMany(BodiesOf)
            : member.DeclaringSyntaxReferences
                .Select(reference => reference.GetSyntax())
                .Where(syntax => syntax is not TypeDeclarationSyntax);

    private static bool IsOrDerivesFrom(INamedTypeSymbol type, INamedTypeSymbol ancestor)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current, ancestor))
            {
                return true;
            }
        }

        return false;
    }

    // So that a caller outside of the library can use it.
    private static bool IsPublic(ISymbol symbol)
    {
        for (var current = symbol; current is not null and not INamespaceSymbol; current = current.ContainingSymbol)
        {
            if (current.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Protected))
            {
                return current is IModuleSymbol or IAssemblySymbol;
            }
        }

        return true;
    }

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol scope) =>
        scope.GetMembers().OfType<INamespaceOrTypeSymbol>()
            .SelectMany(member => member is INamedTypeSymbol type ? TypesIn(type).Prepend(type) : TypesIn(member));
}
