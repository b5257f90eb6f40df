using Raft.Verification.Conformance;

namespace Raft.Verification.Mutants;

/// <summary>
/// Reads a mutant from its text: a header of <c>name: value</c> lines (a value continues in lines that begin with a blank), then the edits,
/// whose texts are quoted from the sources.
/// </summary>
/// <example>
/// <code>
/// id: E1
/// title: grants a vote whatever votedFor says in this term
/// category: election
/// source: §5.2
/// breaks: ElectionSafety, OneVotePerTerm
///
/// --- edit Raft.Impl/Core/RaftCore.RequestVote.cs
/// --- find
///             &amp;&amp; (_votedFor is null || _votedFor == request.From)
/// --- replace
/// --- end
/// </code>
/// </example>
internal sealed class MutantText
{
    private static readonly string[] _names = ["id", "title", "category", "source", "breaks"];

    // Failures that no monitor reports.
    private static readonly string[] _endings =
    [
        "Deadlock", "Termination", "EscapedWork", "NodeFailure", "UnhandledException", "Scenario", "Lifetime", "Status", "Answers",
        "CoreValue", "Encoding", "StorageContract", "Arguments", "Inbox", "NodeTimers", "Counters", "Transport",
    ];

    private const int _longestId = 40;

    private readonly string _name;
    private readonly string[] _lines;
    private int _next;

    private MutantText(string name, string text)
    {
        _name = name;
        _lines = text.ReplaceLineEndings("\n").Split('\n');
    }

    /// <summary>The properties that a mutant can break.</summary>
    public static IReadOnlyList<string> Properties { get; } =
        [.. Monitors.All().Select(monitor => monitor.Property), .. _endings];

    /// <summary>Reads a mutant.</summary>
    /// <param name="name">The name of the file, for errors.</param>
    /// <param name="text">The content of the file.</param>
    /// <exception cref="MutantException">The text is not a mutant.</exception>
    public static Mutant Read(string name, string text) => new MutantText(name, text).Read();

    private Mutant Read()
    {
        var header = ReadHeader();
        if (!IsId(header["id"]))
        {
            throw Error($"'{header["id"]}' is not an id; an id is 1 to {_longestId} letters, digits and hyphens, and begins with a letter");
        }

        string[] breaks = header["breaks"].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (breaks.Length == 0)
        {
            throw Error("breaks names no property");
        }

        if (breaks.FirstOrDefault(property => !Properties.Contains(property)) is { } unknown)
        {
            throw Error($"breaks names '{unknown}', which is not a property; there is {string.Join(", ", Properties)}");
        }

        var edits = new List<MutantEdit>();
        while (_next < _lines.Length)
        {
            if (Take() is { Length: > 0 } line)
            {
                edits.Add(ReadEdit(line));
            }
        }

        return edits.Count > 0
            ? new Mutant(header["id"], header["title"], header["category"], header["source"], breaks, edits)
            : throw Error("there is no edit; write '--- edit FILE', '--- find', the text, '--- replace', the text, '--- end'");
    }

    private Dictionary<string, string> ReadHeader()
    {
        var header = new Dictionary<string, string>();
        var last = string.Empty;
        while (_next < _lines.Length && !_lines[_next].StartsWith("---", StringComparison.Ordinal))
        {
            var line = Take();
            if (line.Length == 0)
            {
                continue;
            }

            if (char.IsWhiteSpace(line[0]) && last.Length > 0)
            {
                header[last] += $" {line.Trim()}";
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            last = colon < 0 ? line : line[..colon];
            if (colon < 0 || !_names.Contains(last))
            {
                throw Error($"'{last}' is not a field of a mutant; there is {string.Join(", ", _names)}");
            }

            if (!header.TryAdd(last, line[(colon + 1)..].Trim()))
            {
                throw Error($"'{last}' is repeated");
            }
        }

        var missing = Array.Find(_names, name => !header.TryGetValue(name, out var value) || value.Length == 0);
        return missing is null ? header : throw Error($"'{missing}' is missing; write '{missing}: ...' before the first edit");
    }

    // Files are named after it.
    private static bool IsId(string id) =>
        id.Length <= _longestId && char.IsAsciiLetter(id[0]) && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');

    private MutantEdit ReadEdit(string line)
    {
        const string edit = "--- edit ";
        if (!line.StartsWith(edit, StringComparison.Ordinal))
        {
            throw Error($"'{line}' is not an edit; write '{edit}FILE'");
        }

        var file = line[edit.Length..].Trim();
        if (!file.StartsWith("Raft.Impl/", StringComparison.Ordinal) && !file.StartsWith("Raft.Model/", StringComparison.Ordinal))
        {
            throw Error($"'{file}' is not a file of Raft.Impl or Raft.Model");
        }

        if (Take() != "--- find")
        {
            throw Error("after '--- edit' comes '--- find'");
        }

        var find = ReadBlock("--- replace");
        var replace = ReadBlock("--- end");
        return find.Trim().Length > 0 ? new MutantEdit(file, find, replace) : throw Error("there is nothing to find");
    }

    private string ReadBlock(string end)
    {
        var first = _next;
        while (_next < _lines.Length && _lines[_next] != end)
        {
            if (_lines[_next++].StartsWith("--- ", StringComparison.Ordinal))
            {
                throw Error($"'{_lines[_next - 1]}' comes before the '{end}' of the text that begins in line {first + 1}");
            }
        }

        return _next < _lines.Length
            ? string.Join('\n', _lines[first.._next++])
            : throw Error($"the text that begins in line {first + 1} has no '{end}'");
    }

    private string Take() => _lines[_next++].TrimEnd();

    private MutantException Error(string what) => new($"{_name}, line {Math.Min(_next, _lines.Length)}: {what}.");
}
