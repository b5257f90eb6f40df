using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Spec;

/// <summary>Common mistakes in what extends Figure 2. The properties of the specification find each of them.</summary>
[Trait("Category", "Long")]
public sealed class ProtocolMutationTests
{
    private static readonly RaftOptions _reads = new()
    {
        AtomicReceive = true,
        SelfVote = true,
        MonotonicIndexes = true,
        ReadIndex = true,
    };

    private static readonly RaftOptions _leases = _reads with { NoOp = true, LeaderStickiness = true, LeaseReads = true };

    private static readonly (string Find, string Replace) _roundBeforeCommit = (
        "\n            || !next.Requires(TermAt(s, i, CommitIndex[s, i]) == CurrentTerm[s, i], KnowsCommitted)", "");

    private static readonly (string Find, string Replace) _contactInLease = (
        "if (i != j && Role[s, i] == Leader && Lease[s, i] != 0 &&", "if (i == j && Role[s, i] == Leader && Lease[s, i] != 0 &&");

    [Fact]
    public void A_round_that_begins_before_an_entry_of_the_term_is_committed() => Breaks(
        "ReadsAreCurrent",
        length: 21,
        [3, 1, 3, 1, 1, 1],
        [0, 0, 0, 1, 2],
        reads: 1,
        _reads,
        _roundBeforeCommit);

    [Fact]
    public void A_round_that_an_answer_to_the_round_before_confirms() => Breaks(
        "ReadsAreCurrent",
        length: 24,
        [3, 1, 3, 2, 1, 1],
        [0, 0, 0, 0, 2],
        reads: 2,
        _reads with { NoOp = true },
        ("Acked[s, i, j] >= Round[s, i] ?", "Acked[s, i, j] >= Round[s, i] - 1 ?"));

    [Fact]
    public void A_read_that_shares_a_round_that_is_in_flight_already() => Breaks(
        "FollowerReadsAreCurrent",
        length: 21,
        [2, 1, 2, 2, 2, 1],
        [0, 0, 0, 1, 1],
        reads: 2,
        _reads with { NoOp = true },
        ("WaitingRead[t, i, j] = id;", "(RoundInFlight[t, i] != 0 ? RoundRead : WaitingRead)[t, i, j] = id;"));

    [Fact]
    public void A_read_that_the_answer_to_an_earlier_read_ends() => Breaks(
        "FollowerReadsAreCurrent",
        length: 23,
        [2, 1, 2, 2, 2, 1],
        [1, 0, 0, 1, 1],
        reads: 3,
        _reads with { NoOp = true },
        ("var isPending = PendingRead[t, i] == MAnsweredRead[m];", "var isPending = PendingRead[t, i] != 0;"));

    [Fact]
    public void A_restart_that_forgets_the_contact_on_which_a_lease_relies() => Breaks(
        "LeaseReadsAreCurrent",
        length: 28,
        [3, 1, 3, 2, 1, 1],
        [1, 0, 0, 0, 2],
        reads: 1,
        _leases,
        (
            "before it restarted.\n        Contact[t, i] = Options.LeaseReads ? 1 : 0;",
            "before it restarted.\n        Contact[t, i] = 0;"));

    [Fact]
    public void A_server_that_forgets_its_leader_within_the_lease() => Breaks(
        "LeaseReadsAreCurrent",
        length: 28,
        [3, 1, 3, 2, 1, 1],
        [0, 0, 0, 0, 2],
        reads: 1,
        _leases,
        _contactInLease);

    [Fact]
    public void A_vote_for_a_candidate_in_spite_of_a_leader() => Breaks(
        "LeaseReadsAreCurrent",
        length: 26,
        [3, 1, 3, 2, 1, 1],
        [0, 0, 0, 0, 2],
        reads: 1,
        _leases,
        ("RequestVoteRequest => Options.LeaderStickiness &&", "RequestVoteRequest => Servers == 0 &&"));

    [Fact]
    public void A_lease_that_is_kept_after_another_server_was_asked_to_stand() => Breaks(
        "LeaseReadsAreCurrent",
        length: 28,
        [3, 1, 3, 2, 1, 1],
        [0, 0, 0, 0, 1],
        reads: 1,
        _leases with { LeadershipTransfer = true },
        ("TimeoutNowSent[t, i] = Options.LeaseReads ? 1 : 0;\n        EndLease(t, i);", "TimeoutNowSent[t, i] = 1;"));

    [Fact]
    public void A_lease_that_is_taken_after_another_server_was_asked_to_stand() => Breaks(
        "LeaseReadsAreCurrent",
        length: 28,
        [3, 1, 3, 2, 1, 1],
        [0, 0, 0, 0, 1],
        reads: 1,
        _leases with { LeadershipTransfer = true },
        ("TimeoutNowSent[t, i] = Options.LeaseReads ? 1 : 0;", ""));

    // Without entries, no read is out of date, but there are two leases.
    [Fact]
    public void Two_leases_at_a_time() => Breaks(
        "OneLease",
        length: 24,
        [3, 1, 3, 0, 1, 1],
        [0, 0, 0, 0, 2],
        reads: 2,
        _leases with { NoOp = false },
        _roundBeforeCommit,
        _contactInLease);

    // No property of the specification is about this: a pre-vote disturbs, but it breaks nothing.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pre_vote_raises_no_term_unless_the_server_that_is_asked_adopts_the_next_one(bool adopts)
    {
        const string Grant = "var grant = MTerm[m] == CurrentTerm[t, i] && Role[t, i] != Leader &&";
        const string Adopts = "CurrentTerm[t, i] = Math.Max(CurrentTerm[t, i], Math.Min(MTerm[m] + 1, Bounds.MaxTerm));";
        using var model = new MutatedModel(adopts ? [(Grant, $"{Adopts} {Grant}")] : []);
        var options = _reads with { ReadIndex = false, PreVote = true };
        var spec = model.Specification(RaftTlaTests.Bounds([2, 1, 2, 0, 1, 1], [0, 0, 0, 0, 1]), options);

        var raising = Exploration.Of(spec)
            .Where(step => Greatest(step.After) > Greatest(step.Before))
            .Select(step => step.Action)
            .Distinct()
            .Order();

        Assert.Equal(adopts ? ["HandlePreVoteRequest", "Timeout"] : ["Timeout"], raising);

        static int Greatest(Seen state) => Math.Max(state.Number("currentTerm[s1]"), state.Number("currentTerm[s2]"));
    }

    private static void Breaks(
        string property,
        int length,
        int[] bounds,
        int[] budgets,
        int reads,
        RaftOptions options,
        params (string Find, string Replace)[] edits)
    {
        using var model = new MutatedModel(edits);
        var within = RaftTlaTests.Bounds(bounds, budgets) with { MaxReads = reads };

        var result = Checker.Check(model.Specification(within, options), new CheckOptions { Workers = 1, Symmetry = true });

        Assert.Equal(property, result.Violated);
        Assert.Equal(length, result.Counterexample!.States.Count);
    }
}
