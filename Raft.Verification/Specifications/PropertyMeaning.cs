using System.Reflection;

namespace Raft.Verification.Specifications;

/// <summary>What a property says, in a sentence. A monitor has it as an attribute.</summary>
/// <param name="sentence">The sentence.</param>
/// <param name="place">Its place in the extended Raft paper, or where else it comes from.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PropertyMeaningAttribute(string sentence, string place) : Attribute
{
    /// <summary>The sentence.</summary>
    public string Sentence => sentence;

    /// <summary>Its place in the extended Raft paper, or where else it comes from.</summary>
    public string Place => place;
}

/// <summary>What a property says, in a sentence.</summary>
/// <param name="Sentence">The sentence.</param>
/// <param name="Place">Its place in the extended Raft paper, or where else it comes from.</param>
public sealed record PropertyMeaning(string Sentence, string Place)
{
    private static readonly PropertyMeaning _unknown = new("A property of this trace's engine.", "See the message.");

    // The properties that no monitor checks, but a scenario, the model checker or an engine.
    private static readonly Dictionary<string, PropertyMeaning> _others = new()
    {
        ["Lifetime"] = new("A node does nothing after its end.", "Fig. 2, persistent state"),
        ["Status"] = new("What a node says that it is, and how far its service is, is so.", "Figure 2, State"),
        ["Answers"] = new(
            "Every call of a node gets its answer, or a failure, in bounded time; also where the node stops.",
            "Not of the paper"),
        ["Transport"] = new(
            "A transport delivers what was sent, once, unchanged, and in order on each kind of connection.",
            "Not of the paper"),
        ["CoreValue"] = new(
            "A core is a value: a copy is equal to it, shares nothing with it and behaves as it does; nothing else is equal to it.",
            "Not of the paper"),
        ["Encoding"] = new("A message, or a stored state, that is decoded is the one that was encoded.", "Not of the paper"),
        ["StorageContract"] = new(
            "The storage in memory holds what was written last and is durable, through crashes and failures.",
            "Figure 2, persistent state"),
        ["Arguments"] = new(
            "What a caller must not give is refused with the documented exception, and changes nothing; what it may give is not refused.",
            "Not of the paper"),
        ["Inbox"] = new(
            "What waits for a node has a bound, and is taken in turn: neither messages nor proposals hold each other up.",
            "Not of the paper"),
        ["NodeTimers"] = new(
            "A node keeps the time that its options say: elections, heartbeats, and how long it waits for its disk.",
            "§5.2 and §9.3"),
        ["Counters"] = new(
            "A node counts and logs each message, proposal, send, step and line that it refused, dropped or failed at.",
            "Not of the paper"),
        ["OneLeaderPerTerm"] = new("At most one leader can be elected in a given term.", "Figure 3, Election Safety; §5.2"),
        ["CommitInLog"] = new("What a server holds to be committed is in its log.", "Figure 2, volatile state"),
        ["QuorumLog"] = new("What is committed is in the log of at least one server of every majority.", "§5.4"),
        ["MoreUpToDate"] = new(
            "A server whose log is at least as up-to-date as another's holds whatever the other holds committed.",
            "§5.4.1"),
        ["SnapshotIsCommitted"] = new("A snapshot replaces only what is committed.", "§7"),
        ["CommitIndexNeverDecreases"] = new("commitIndex increases monotonically.", "Figure 2, volatile state"),
        ["Deadlock"] = new("Something can always happen until the scenario is done.", "Not of the paper: the engine looks after it"),
        ["Termination"] = new("Every scenario is done within its bound of steps.", "Not of the paper: the engine looks after it"),
        ["EscapedWork"] = new("All work stays under the scheduler's control.", "Not of the paper: the engine looks after it"),
        ["UnhandledException"] = new("Nothing throws.", "Not of the paper: the engine looks after it"),
        ["NodeFailure"] = new("No node stops because of an error.", "Not of the paper: the engine looks after it"),
        ["Coyote"] = new(
            "Microsoft Coyote sees no deadlock, no work out of its control, and no cluster that never comes to agree again.",
            "Not of the paper: Coyote looks after it"),
        ["LabTest"] = new("What the lab test expects comes about.", "Not of the paper: the lab test looks after it"),
        ["Scenario"] = new("What the scenario itself expects comes about.", "Not of the paper: the scenario looks after it"),
    };

    private static readonly Dictionary<string, PropertyMeaning> _known = new(
        typeof(SpecificationMonitor).Assembly.GetTypes()
            .Select(type => (type.Name, Meaning: type.GetCustomAttribute<PropertyMeaningAttribute>()))
            .Where(monitor => monitor.Meaning is not null)
            .Select(monitor => KeyValuePair.Create(monitor.Name, new PropertyMeaning(monitor.Meaning!.Sentence, monitor.Meaning.Place)))
            .Concat(_others));

    /// <summary>The properties that have a sentence.</summary>
    public static IEnumerable<string> Known => _known.Keys;

    /// <summary>What a property says, by its name.</summary>
    public static PropertyMeaning Of(string property) => _known.GetValueOrDefault(property, _unknown);
}
