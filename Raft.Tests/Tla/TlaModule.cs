using System.Text.RegularExpressions;

namespace Raft.Tests.Tla;

/// <summary>
/// The text of a TLA+ module, read as far as tests need it: tokens, declarations, and which definition uses which name. It knows neither
/// the precedence of operators nor what the columns of a list of conjuncts mean.
/// </summary>
internal sealed partial class TlaModule
{
    private static readonly Dictionary<string, string[]> _standard = new(StringComparer.Ordinal)
    {
        ["Naturals"] = ["Nat"],
        ["Sequences"] = ["Seq", "Len", "Append", "Head", "Tail", "SubSeq"],
        ["FiniteSets"] = ["IsFiniteSet", "Cardinality"],
        ["TLC"] = ["Permutations", "Print", "PrintT", "Assert"],
    };

    private static readonly HashSet<string> _reserved = new(StringComparer.Ordinal)
    {
        "BOOLEAN", "CASE", "CHOOSE", "DOMAIN", "ELSE", "EXCEPT", "FALSE", "IF", "IN", "LET", "OTHER", "STRING", "SUBSET", "THEN", "TRUE",
        "UNCHANGED", "UNION",
    };

    private static readonly HashSet<string> _sections = new(StringComparer.Ordinal)
    {
        "EXTENDS", "CONSTANT", "CONSTANTS", "VARIABLE", "VARIABLES",
    };

    private readonly List<string> _tokens;
    private readonly Dictionary<string, Definition> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _declared = new(StringComparer.Ordinal);

    private TlaModule(string name, List<string> tokens)
    {
        (Name, _tokens) = (name, tokens);
        ReadDeclarations();
        ReadDefinitions();
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The modules that it extends.</summary>
    public IReadOnlyList<string> Extends => Declared("EXTENDS");

    /// <summary>Its constants.</summary>
    public IReadOnlyList<string> Constants => [.. Declared("CONSTANT"), .. Declared("CONSTANTS")];

    /// <summary>Its variables.</summary>
    public IReadOnlyList<string> Variables => [.. Declared("VARIABLE"), .. Declared("VARIABLES")];

    /// <summary>The definitions of the module, by name.</summary>
    public IReadOnlyDictionary<string, Definition> Definitions => _definitions;

    /// <summary>The strings in it.</summary>
    public IEnumerable<string> Strings => _tokens.Where(token => token[0] == '"').Select(token => token[1..^1]);

    /// <summary>Reads a module.</summary>
    /// <exception cref="FormatException">It is not well formed; the message says where.</exception>
    public static TlaModule Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var header = Header().Match(lines[0]);
        if (!header.Success || !Footer().IsMatch(lines[^1]))
        {
            throw new FormatException("A module begins with its name between hyphens, and ends with a line of equals signs.");
        }

        var tokens = Tokens(lines[1..^1]);
        RequireBalance(tokens);
        return new TlaModule(header.Groups["name"].Value, tokens);
    }

    /// <summary>The names that a definition reaches, directly and by those that it uses.</summary>
    public HashSet<string> Reach(string name)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([name]);
        while (open.TryPop(out var next))
        {
            if (_definitions.TryGetValue(next, out var definition))
            {
                definition.Uses.Where(reached.Add).ToList().ForEach(open.Push);
            }
        }

        return reached;
    }

    /// <summary>The names that are used, and neither defined in it nor in the modules that it extends.</summary>
    /// <param name="extended">Those of the extended modules that are not standard.</param>
    public IEnumerable<string> Undefined(params TlaModule[] extended)
    {
        TlaModule[] all = [this, .. extended];
        var known = all
            .SelectMany(one => one.Constants.Concat(one.Variables).Concat(one.Definitions.Keys).Concat(
                one.Extends.SelectMany(name => _standard.GetValueOrDefault(name, []))))
            .ToHashSet(StringComparer.Ordinal);
        return _definitions.Values.SelectMany(one => one.Uses).Where(name => !known.Contains(name)).Distinct();
    }

    private List<string> Declared(string section) => _declared.GetValueOrDefault(section, []);

    // Comments out, and strings, names, numbers and operators apart. Columns matter only at the beginning of a definition.
    private static List<string> Tokens(string[] lines)
    {
        var tokens = new List<string>();
        var depth = 0;
        foreach (var (number, line) in lines.Index())
        {
            var isFirst = true;
            foreach (var match in Token().Matches(line).Where(match => match.Length > 0))
            {
                var token = match.Value;
                if (token is "(*" or "*)")
                {
                    depth += token == "(*" ? 1 : -1;
                    if (depth < 0)
                    {
                        throw new FormatException($"Line {number + 2} ends a comment that does not begin.");
                    }
                }
                else if (depth == 0 && token.StartsWith("\\*", StringComparison.Ordinal))
                {
                    break;
                }
                else if (depth == 0 && !Rule().IsMatch(token))
                {
                    if (isFirst && match.Index == 0)
                    {
                        tokens.Add("\n");
                    }

                    tokens.Add(token);
                    isFirst = false;
                }
            }
        }

        return depth == 0 ? tokens : throw new FormatException("A comment does not end.");
    }

    private static void RequireBalance(List<string> tokens)
    {
        var pairs = new Dictionary<string, string> { [")"] = "(", ["]"] = "[", ["}"] = "{", [">>"] = "<<" };
        var open = new Stack<string>();
        foreach (var token in tokens)
        {
            if (pairs.ContainsValue(token))
            {
                open.Push(token);
            }
            else if (pairs.TryGetValue(token, out var opening) && (!open.TryPop(out var last) || last != opening))
            {
                throw new FormatException($"'{token}' closes nothing that is open.");
            }
        }

        if (open.Count > 0)
        {
            throw new FormatException($"'{open.Peek()}' is not closed.");
        }
    }

    private static bool IsName(string token) => Identifier().IsMatch(token) && !_reserved.Contains(token) && !_sections.Contains(token);

    private void ReadDeclarations()
    {
        for (var at = 0; at < _tokens.Count; at++)
        {
            if (_sections.Contains(_tokens[at]))
            {
                var list = _declared.TryGetValue(_tokens[at], out var known) ? known : _declared[_tokens[at]] = [];
                do
                {
                    at++;
                    list.Add(_tokens[at]);
                    at++;
                }
                while (at < _tokens.Count && _tokens[at] == ",");
                at--;
            }
        }
    }

    // A definition begins in the first column.
    private void ReadDefinitions()
    {
        var starts = Enumerable.Range(0, _tokens.Count - 1)
            .Where(at => _tokens[at] == "\n" && IsName(_tokens[at + 1]) && BodyOf(at + 1) is not null)
            .ToArray();
        foreach (var (k, start) in starts.Index())
        {
            var end = k + 1 < starts.Length ? starts[k + 1] : _tokens.Count;
            while (_tokens.GetRange(start, end - start).FindIndex(_sections.Contains) is > 0 and var section)
            {
                end = start + section;
            }

            var name = _tokens[start + 1];
            if (!_definitions.TryAdd(name, Definition.Of(_tokens.GetRange(start + 1, end - start - 1))))
            {
                throw new FormatException($"{name} is defined twice.");
            }
        }
    }

    private int? BodyOf(int at) => Definition.BodyOf(_tokens, at);

    [GeneratedRegex("^-{4,} MODULE (?<name>[A-Za-z][A-Za-z0-9_]*) -{4,}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Header();

    [GeneratedRegex("^={4,}$", RegexOptions.None, 1000)]
    private static partial Regex Footer();

    [GeneratedRegex("^-{4,}$", RegexOptions.None, 1000)]
    private static partial Regex Rule();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*$", RegexOptions.None, 1000)]
    private static partial Regex Identifier();

    [GeneratedRegex(
        """\(\*|\*\)|\\\*|"[^"]*"|-{4,}|[A-Za-z0-9]\w*|_[A-Za-z]+|<<|>>|\|->|->|<-|==|=>|<=|>=|/\\|\\/|\\[a-zA-Z]+|@@|:>|\.\.|\S""",
        RegexOptions.None,
        1000)]
    private static partial Regex Token();

    /// <summary>A definition: the names that it uses, but for those that it binds itself.</summary>
    /// <param name="Uses">Those names.</param>
    internal sealed record Definition(IReadOnlySet<string> Uses)
    {
        /// <summary>Reads a definition.</summary>
        /// <param name="tokens">Its tokens, from its name on.</param>
        public static Definition Of(List<string> tokens)
        {
            var bound = new HashSet<string>(StringComparer.Ordinal);
            var uses = new HashSet<string>(StringComparer.Ordinal);
            for (var at = 0; at < tokens.Count; at++)
            {
                // A definition, perhaps a local one, and its parameters; and x, y \in S.
                if (IsName(tokens[at]) && BodyOf(tokens, at) is { } body)
                {
                    bound.UnionWith(tokens.GetRange(at, body - at).Where(IsName));
                }
                else if (tokens[at] is "\\in")
                {
                    for (var name = at - 1; name >= 0 && IsName(tokens[name]) && !IsField(tokens, name); name -= 2)
                    {
                        bound.Add(tokens[name]);
                        if (name == 0 || tokens[name - 1] != ",")
                        {
                            break;
                        }
                    }
                }
            }

            for (var at = 0; at < tokens.Count; at++)
            {
                var name = tokens[at].Length > 1 && tokens[at][0] == '_' ? tokens[at][1..] : tokens[at];
                if (IsName(name) && !IsField(tokens, at) && !bound.Contains(name))
                {
                    uses.Add(name);
                }
            }

            return new Definition(uses);
        }

        /// <summary>Where the body of a definition begins, if there is one: after its name, its parameters and ==.</summary>
        public static int? BodyOf(List<string> tokens, int at)
        {
            var next = at + 1;
            if (next < tokens.Count && tokens[next] == "(")
            {
                next = tokens.FindIndex(next, token => token == ")") + 1;
                if (next == 0 || tokens.GetRange(at + 2, next - at - 3).Exists(token => token != "," && !IsName(token)))
                {
                    return null;
                }
            }

            return next < tokens.Count && tokens[next] == "==" ? next + 1 : null;
        }

        // The name of a field: r.name, [name |-> x], !.name.
        private static bool IsField(List<string> tokens, int at) =>
            (at > 0 && tokens[at - 1] == ".") || (at + 1 < tokens.Count && tokens[at + 1] == "|->");
    }
}
