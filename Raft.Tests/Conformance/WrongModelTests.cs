using DeterministicSimulation;
using Raft.Verification.Conformance;
using Raft.Verification.Mutants;

namespace Raft.Tests.Conformance;

/// <summary>
/// The comparison can fail: if a rule of the specification is wrong, and the code is right, the difference is found within a few schedules.
/// </summary>
public sealed class WrongModelTests
{
    // Seeded into the model alone, two bugs let it do more than the code does, which is no difference: that a held message takes a later
    // term (the code drops it then), and that a leader sends to itself.
    private static readonly string[] _weaker = ["A1", "R8"];

    public static TheoryData<string> Seeded =>
        [.. MutantCatalogue.Own().Where(mutant => mutant.IsInModel && !_weaker.Contains(mutant.Id)).Select(mutant => mutant.Id)];

    public static TheoryData<string, string, string, string> Edited => new()
    {
        {
            "commits too little",
            "Actions",
            "while (index > least && !IsQuorum(Agree(s, i, index)))",
            "while (index > least && index >= 0)"
        },
        {
            "counts no match",
            "Actions",
            "if (MatchIndex[s, i, k] >= index)",
            "if (MatchIndex[s, i, k] > index)"
        },
        {
            "asks with a shorter log",
            "Actions",
            "MLastLogIndex.Pack(LogLength[s, i])",
            "MLastLogIndex.Pack(Math.Max(0, LogLength[s, i] - 1))"
        },
        {
            "starts nextIndex too low",
            "Actions",
            "nextIndex: LogLength[s, i] + 1",
            "nextIndex: LogLength[s, i]"
        },
        {
            "keeps the vote of the last term",
            "Receive",
            "        VotedFor[t, i] = Nil;\n        ForgetReceived",
            "        ForgetReceived"
        },
        {
            "answers a refused vote as granted",
            "Receive",
            "MVoteGranted.Pack(grant ? 1 : 0)",
            "MVoteGranted.Pack(1)"
        },
        {
            "does not move nextIndex with an answer",
            "Receive",
            "Math.Max(NextIndex[t, i, j], MMatchIndex[m] + 1)",
            "NextIndex[t, i, j]"
        },
        {
            "backs up one entry more",
            "Backup",
            "next = index + 1;",
            "next = index;"
        },
        {
            "reports another conflict",
            "Backup",
            "MConflictIndex.Pack(LogLength[t, i] + 1)",
            "MConflictIndex.Pack(LogLength[t, i])"
        },
        {
            "lets a message wait for one write less",
            "Durability",
            "return writes;\n    }\n\n    // How many writes of server i must complete until its log",
            "return Math.Max(0, writes - 1);\n    }\n\n    // How many writes of server i must complete until its log"
        },
        {
            "loses a snapshot at a restart",
            "Actions",
            "CommitIndex[t, i] = Durable.SnapshotIndex[t, i];",
            "CommitIndex[t, i] = 0;"
        },
        {
            "counts chunks wrongly",
            "Receive",
            "ReceivedLength[t, i] += MLength[m];",
            "ReceivedLength[t, i] += 2 * MLength[m];"
        },
    };

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Seeded))]
    public void A_bug_that_is_seeded_into_the_model_alone_is_reported(string id) =>
        IsReported(MutantCatalogue.Own().First(mutant => mutant.Id == id));

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Edited))]
    public void A_wrong_rule_of_the_model_is_reported(string what, string file, string find, string replace) =>
        IsReported(Mutant.None with { Id = "M", Title = what, Edits = [new($"Raft.Model/Spec/RaftSpec.{file}.cs", find, replace)] });

    private static void IsReported(Mutant mutant)
    {
        using var context = new MutantContext(mutant, MutatedSources.Model);

        var result = context.Search(
            StrategyCatalogue.Default, seed: 1, budget: 20_000, TimeSpan.FromMinutes(10), conformance: true, _ => { }, default);

        Assert.Equal(ConformanceMonitor.Name, result.Property);
    }
}
