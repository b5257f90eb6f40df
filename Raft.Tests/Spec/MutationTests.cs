using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.Mutants;

namespace Raft.Tests.Spec;

/// <summary>Common mistakes in Raft. Each is found in the specification, no later than TLC finds it.</summary>
[Trait("Category", "Long")]
public sealed class MutationTests
{
    [Fact]
    public void A_quorum_of_half_of_the_servers() => Breaks(
        "OneLeaderPerTerm",
        length: 11,
        [2, 1, 2, 0, 1, 1],
        [0, 0, 0, 0, 2],
        Seeded("E4"));

    [Fact]
    public void A_vote_that_is_granted_whatever_votedFor_says() => Breaks(
        "OneLeaderPerTerm",
        length: 17,
        [2, 1, 2, 0, 1, 1],
        [0, 0, 0, 0, 2],
        Seeded("E1"));

    // A vote request of a later term is always granted, and the answer has that term.
    [Fact]
    public void A_vote_request_of_a_later_term_that_is_answered_without_adopting_the_term() => Breaks(
        "OneLeaderPerTerm",
        length: 17,
        [3, 1, 2, 0, 1, 1],
        [0, 0, 0, 0, 2],
        (
            "if (MTerm[m] > CurrentTerm[s, i] && !Options.AtomicReceive)",
            "if (MTerm[m] > CurrentTerm[s, i] && MType[m] != RequestVoteRequest)"),
        ("if (MTerm[m] > CurrentTerm[s, MDest[m]])", "if (MTerm[m] > CurrentTerm[s, MDest[m]] && MType[m] != RequestVoteRequest)"),
        (
            "var grant = MTerm[m] == CurrentTerm[t, i] && logOk && (",
            "var grant = MTerm[m] >= CurrentTerm[t, i] && logOk && (MTerm[m] > CurrentTerm[t, i] || "),
        (
            "MType.Pack(RequestVoteResponse) | MTerm.Pack(CurrentTerm[t, i])",
            "MType.Pack(RequestVoteResponse) | MTerm.Pack(Math.Max(MTerm[m], CurrentTerm[t, i]))"));

    [Fact]
    public void A_restart_that_forgets_votedFor() => Breaks(
        "OneLeaderPerTerm",
        length: 19,
        [3, 1, 2, 0, 1, 1],
        [1, 0, 0, 0, 2],
        ("LoseWrites(t, i);", "VotedFor[t, i] = Nil;"));

    [Fact]
    public void AppendEntries_that_always_truncates_the_log_after_its_entries() => Breaks(
        "QuorumLog",
        length: 18,
        [3, 1, 2, 1, 2, 1],
        [0, 0, 0, 1, 1],
        (
            "(int)RaftAction.AppendEntriesAlreadyDone, slot);",
            "(int)RaftAction.AppendEntriesAlreadyDone, slot); CutLog(t, i, MPrevLogIndex[m] + MEntries.Count(m));"));

    [Fact]
    public void A_mcommitIndex_that_is_not_cut_to_what_the_message_carries() => Breaks(
        "CommitInLog",
        length: 25,
        [3, 1, 2, 2, 1, 1],
        [0, 0, 0, 2, 1],
        ("Math.Min(CommitIndex[s, i], prevLogIndex + count)", "CommitIndex[s, i]"));

    [Fact]
    public void A_vote_for_a_candidate_whose_log_is_behind() => Breaks(
        "LeaderCompleteness",
        length: 26,
        [3, 1, 3, 1, 1, 1],
        [0, 0, 0, 1, 2],
        Seeded("E2"));

    [Fact]
    [Trait("Category", "Long")]
    public void AppendEntries_of_an_earlier_term_that_is_accepted() => Breaks(
        "QuorumLog",
        length: 28,
        [3, 1, 3, 1, 2, 1],
        [0, 0, 0, 2, 2],
        Seeded("R1"));

    // Figure 8, which TLC did not finish.
    [Fact]
    [Trait("Category", "Long")]
    public void An_entry_of_an_earlier_term_that_is_committed_by_counting() => Breaks(
        "MoreUpToDate",
        length: 42,
        [3, 1, 4, 1, 1, 1],
        [0, 0, 0, 2, 3],
        Seeded("C1"));

    // The remaining tests are about the options, which raft.tla does not have.
    [Fact]
    public void A_vote_that_is_sent_before_it_is_durable() => Breaks(
        "OneLeaderPerTerm",
        length: 14,
        [3, 1, 2, 0, 2, 1],
        [1, 0, 0, 0, 2],
        RaftOptions.Implementation,
        Seeded("P1"));

    [Fact]
    public void A_candidate_that_leads_before_its_own_vote_is_durable() => Breaks(
        "LogMatching",
        length: 17,
        [3, 2, 2, 1, 2, 1],
        [1, 0, 0, 2, 2],
        RaftOptions.Implementation,
        (
            "MLastLogIndex.Pack(LogLength[s, i])\n            | MSource.Pack(i) | MDest.Pack(j) | MHeld.Pack(WritesUntilVote(s, i))",
            "MLastLogIndex.Pack(LogLength[s, i])\n            | MSource.Pack(i) | MDest.Pack(j)"),
        ("\n            || !next.Requires(WritesUntilVote(s, i) == 0, OwnVoteIsDurable))", ")"));

    [Fact]
    public void Entries_that_are_acknowledged_before_they_are_durable() => Breaks(
        "QuorumLog",
        length: 15,
        [3, 1, 2, 1, 2, 1],
        [1, 0, 0, 1, 1],
        RaftOptions.Implementation,
        Seeded("P4"));

    [Fact]
    public void A_leader_that_counts_its_own_entry_before_it_is_durable() => Breaks(
        "QuorumLog",
        length: 17,
        [3, 1, 2, 1, 2, 1],
        [1, 0, 0, 1, 1],
        RaftOptions.Implementation,
        Seeded("C4"));

    [Fact]
    public void A_snapshot_of_what_is_not_committed() => Breaks(
        "SnapshotIsCommitted",
        length: 10,
        [3, 1, 2, 1, 1, 1],
        [0, 0, 0, 1, 1],
        RaftOptions.Implementation,
        ("index <= CommitIndex[s, i]; index++", "index <= LogLength[s, i]; index++"),
        ("\n            || !next.Requires(index <= CommitIndex[s, i], RaftGuard.SnapshotIsCommitted))", ")"));

    [Fact]
    public void Unedited_the_specification_compiled_here_is_the_specification()
    {
        using var model = new MutatedModel();

        var result = Checker.Check(model.Specification(RaftTlaTests.Bounds([2, 1, 2, 1, 2, 1], budgets: null)));

        Assert.Equal((CheckOutcome.Holds, 134_721, 13_479, 32), (result.Outcome, result.Generated, result.Distinct, result.Depth));
    }

    [Theory]
    [InlineData("What nobody ever wrote", "0")]
    [InlineData("namespace Raft.Model.Spec;", "[0-9]{2}")]
    public void An_edit_is_of_one_place(string find, string places)
    {
        var error = Assert.Throws<ArgumentException>(() => new MutatedModel((find, find)));

        Assert.Matches(
            $"^An edit is of what stands in the specification once, but \"{find}\" stands there {places} times.$", error.Message);
    }

    [Fact]
    public void An_edit_that_does_not_compile_is_reported()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new MutatedModel(("private bool OneLeaderPerTerm", "private bool")));

        Assert.StartsWith("The edited specification does not compile: ", error.Message, StringComparison.Ordinal);
    }

    // The edits to the model of a seeded bug.
    private static (string Find, string Replace)[] Seeded(string id) =>
    [
        .. MutantCatalogue.Own().First(mutant => mutant.Id == id).Edits
            .Where(edit => edit.File.StartsWith("Raft.Model/", StringComparison.Ordinal))
            .Select(edit => (edit.Find, edit.Replace)),
    ];

    private static void Breaks(string property, int length, int[] bounds, int[] budgets, params (string Find, string Replace)[] edits) =>
        Breaks(property, length, bounds, budgets, RaftOptions.Published, edits);

    private static void Breaks(
        string property, int length, int[] bounds, int[] budgets, RaftOptions options, params (string Find, string Replace)[] edits)
    {
        using var model = new MutatedModel(edits);

        var result = Checker.Check(model.Specification(RaftTlaTests.Bounds(bounds, budgets), options), new CheckOptions { Workers = 1 });

        Assert.Equal(property, result.Violated);
        Assert.Equal(length, result.Counterexample!.States.Count);
    }
}
