using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Spec;

/// <summary>Mistakes in the protocol options. Each is found in the specification.</summary>
[Trait("Category", "Long")]
public sealed class ProtocolMutationTests
{
    private static readonly RaftOptions _reading = new()
    {
        AtomicReceive = true,
        SelfVote = true,
        MonotonicIndexes = true,
        NoOp = true,
        ReadIndex = true,
    };

    private static readonly RaftOptions _leases = _reading with { LeaderStickiness = true, LeaseReads = true };

    [Fact]
    public void A_read_index_that_is_taken_before_an_entry_of_the_term_is_committed() => Breaks(
        "ReadsAreCurrent",
        [2, 1, 3, 1, 2, 1],
        [0, 0, 0, 1, 2],
        transfers: 0,
        _reading with { NoOp = false },
        ("\n            || !next.Requires(TermAt(s, i, CommitIndex[s, i]) == CurrentTerm[s, i], KnowsCommitted)", string.Empty));

    [Fact]
    public void An_answer_of_an_earlier_round_that_counts() => Breaks(
        "ReadsAreCurrent",
        [3, 1, 3, 2, 1, 1],
        [0, 0, 0, 0, 2],
        transfers: 0,
        _reading,
        ("Acked[s, i, j] >= Round[s, i]", "Acked[s, i, j] >= Round[s, i] - 1"));

    [Fact]
    public void A_lease_that_lasts_after_the_leader_has_asked_another_server_to_stand() => Breaks(
        "LeaseReadsAreCurrent",
        [3, 1, 3, 2, 1, 1],
        [0, 0, 0, 0, 1],
        transfers: 1,
        _leases with { LeadershipTransfer = true },
        ("EndLease(t, i);\n        Messages.Add(t, MType.Pack(TimeoutNowRequest)", "Messages.Add(t, MType.Pack(TimeoutNowRequest)"));

    [Fact]
    public void A_restart_that_begins_without_contact_though_there_are_leases() => Breaks(
        "LeaseReadsAreCurrent",
        [3, 1, 3, 2, 1, 1],
        [1, 0, 0, 0, 2],
        transfers: 0,
        _leases,
        ("it restarted.\n        Contact[t, i] = Options.LeaseReads ? 1 : 0;", "it restarted.\n        Contact[t, i] = 0;"));

    private static void Breaks(
        string property, int[] bounds, int[] budgets, int transfers, RaftOptions options, params (string Find, string Replace)[] edits)
    {
        using var model = new MutatedModel(edits);

        var limits = RaftTlaTests.Bounds(bounds, budgets) with { MaxReads = 1, MaxTransfers = transfers };

        Assert.Equal(property, Checker.Check(model.Specification(limits, options)).Violated);
    }
}
