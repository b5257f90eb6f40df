using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Tla;

/// <summary>A configuration of TLC for <c>Raft.tla</c>: constants, and what is checked.</summary>
internal sealed class TlaConfiguration
{
    private static readonly string[] _sections =
        ["SPECIFICATION", "CONSTANTS", "CONSTRAINT", "SYMMETRY", "INVARIANTS", "PROPERTIES", "CHECK_DEADLOCK"];

    private readonly Dictionary<string, List<string>> _lines = [];

    private TlaConfiguration()
    {
    }

    /// <summary>The constants, by name.</summary>
    public IReadOnlyDictionary<string, string> Constants =>
        Section("CONSTANTS")
            .Select(line => line.Split([" = ", " <- "], 2, StringSplitOptions.None))
            .ToDictionary(one => one[0], one => one[1]);

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="FormatException">A line belongs to no section.</exception>
    public static TlaConfiguration Read(string file)
    {
        var read = new TlaConfiguration();
        List<string>? section = null;
        foreach (var line in File.ReadLines(file).Where(line => !line.StartsWith("\\*", StringComparison.Ordinal)))
        {
            var words = line.Trim().Split(' ', 2);
            if (_sections.Contains(words[0]))
            {
                read._lines.Add(words[0], section = []);
                section.AddRange(words[1..]);
            }
            else
            {
                (section ?? throw new FormatException($"'{line}' belongs to no section.")).Add(line.Trim());
            }
        }

        return read;
    }

    /// <summary>The lines of a section.</summary>
    public IReadOnlyList<string> Section(string name) => _lines.GetValueOrDefault(name, []);

    /// <summary>The specification in C#, with the same options, bounds and budgets.</summary>
    public RaftSpec Specification => new(Bounds, Options);

    /// <summary>How the C# checker explores it.</summary>
    public CheckOptions Check => new() { Symmetry = Section("SYMMETRY") is ["Symmetry"] };

    private RaftBounds Bounds => new()
    {
        Servers = Size("Server", "s"),
        Values = Size("Value", "v"),
        MaxTerm = Number("MaxTerm"),
        MaxLog = Number("MaxLog"),
        MaxMessages = Number("MaxMessages"),
        MaxCopies = Number("MaxCopies"),
        MaxRestarts = Budget("MaxRestarts"),
        MaxDuplicates = Budget("MaxDuplicates"),
        MaxDrops = Budget("MaxDrops"),
        MaxClientRequests = Budget("MaxClientRequests"),
        MaxTimeouts = Budget("MaxTimeouts"),
    };

    private RaftOptions Options => new()
    {
        AtomicReceive = Flag("AtomicReceive"),
        SelfVote = Flag("SelfVote"),
        MonotonicIndexes = Flag("MonotonicIndexes"),
        MaxEntries = Number("MaxEntries"),
        FastBackup = Flag("FastBackup"),
        MaxWrites = Number("MaxWrites"),
        Snapshots = Flag("Snapshots"),
        Chunks = Number("Chunks"),
        MaxBatch = Number("MaxBatch"),
        Pipelining = Flag("Pipelining"),
        OpaqueSnapshots = Flag("OpaqueSnapshots"),
    };

    // {s1, s2, ...}
    private int Size(string name, string prefix)
    {
        var members = Constants[name].Trim('{', '}').Split(", ");
        Assert.Equal(Enumerable.Range(1, members.Length).Select(k => $"{prefix}{k}"), members);
        return members.Length;
    }

    private int? Budget(string name) => Constants[name] == "Unlimited" ? null : Number(name);

    private int Number(string name) => int.Parse(Constants[name]);

    private bool Flag(string name) => Constants[name] switch
    {
        "TRUE" => true,
        "FALSE" => false,
        var other => throw new FormatException($"{name} is {other}."),
    };
}
