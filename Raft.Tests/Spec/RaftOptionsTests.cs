using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Spec;

/// <summary>Each option of the specification alone: its state count, and what servers do with it that they do not do without.</summary>
public sealed class RaftOptionsTests
{
    private static readonly (int[] Bounds, int[]? Budgets) _small = ([2, 1, 2, 1, 2, 1], null);
    private static readonly (int[] Bounds, int[]? Budgets) _twoEntries = ([2, 1, 2, 2, 1, 1], null);
    private static readonly (int[] Bounds, int[]? Budgets) _twoTerms = ([2, 1, 3, 2, 1, 1], [1, 0, 0, 2, 2]);
    private static readonly (int[] Bounds, int[]? Budgets) _threeServers = ([3, 1, 2, 1, 1, 1], [0, 0, 0, 1, 1]);

    [Fact]
    public void AtomicReceive_takes_a_message_in_one_step()
    {
        string[] stepsInBetween = ["UpdateTerm", "ReturnToFollowerState", "NoConflictAppendEntriesRequest"];
        var options = new RaftOptions { AtomicReceive = true };

        var result = Holds(_small, options, generated: 133_601, distinct: 13_367, depth: 30);

        Assert.All(stepsInBetween, name => Assert.NotEqual(0, Fired(Check(_small, RaftOptions.Published), name)));
        Assert.All(stepsInBetween, name => Assert.Equal(0, Fired(result, name)));
        Assert.Contains(Received(RaftOptions.Published), step => step.After.Messages.Contains(step.Received));
        Assert.DoesNotContain(Received(options), step => step.After.Messages.Contains(step.Received));

        // With one copy in flight, a received message is gone.
        static IEnumerable<Step> Received(RaftOptions options) =>
            Steps(_small, options).Where(step => step.Received != "" && step.Action is not ("DuplicateMessage" or "DropMessage"));
    }

    [Fact]
    public void SelfVote_makes_candidates_vote_for_themselves_without_a_message()
    {
        var options = new RaftOptions { SelfVote = true };

        Holds(_small, options, generated: 6_973, distinct: 769, depth: 23);

        Assert.Contains(Steps(_small, RaftOptions.Published), step => step.Name == "RequestVote(s1, s1)");
        Assert.DoesNotContain(Steps(_small, options), step => step.Name == "RequestVote(s1, s1)");
        Assert.All(
            Steps(_small, options).Where(step => step.Name == "Timeout(s1)"),
            step => Assert.Equal(("s1", "{s1}"), (step.After["votedFor[s1]"], step.After["votesGranted[s1]"])));
    }

    [Fact]
    [Trait("Category", "Long")]
    public void MonotonicIndexes_keeps_late_messages_from_moving_commitIndex_back()
    {
        var options = new RaftOptions { MonotonicIndexes = true };

        var result = Holds(_small, options, generated: 131_809, distinct: 13_185, depth: 31);

        Assert.Contains(
            "CommitIndexNeverDecreases", new RaftSpec(Bounds(_small), options).ActionProperties.Select(property => property.Name));
        Assert.Contains(Steps(_small, RaftOptions.Published), CommitsLess);
        Assert.DoesNotContain(Steps(_small, options), CommitsLess);

        static bool CommitsLess(Step step) => step.Action != "Restart" && step.Change("commitIndex[s1]") < 0;
    }

    [Fact]
    public void MonotonicIndexes_keeps_late_messages_from_moving_matchIndex_back()
    {
        Assert.Contains(Steps(_small, RaftOptions.Published), MatchesLess);
        Assert.DoesNotContain(Steps(_small, new RaftOptions { MonotonicIndexes = true }), MatchesLess);

        static bool MatchesLess(Step step) => step.Action == "HandleAppendEntriesResponse" && step.Change("matchIndex[s1][s2]") < 0;
    }

    [Fact]
    public void MaxEntries_is_how_many_entries_a_message_carries_at_most()
    {
        var options = new RaftOptions { MaxEntries = 2 };

        Holds(_twoEntries, options, generated: 19_375, distinct: 2_511, depth: 31);

        Assert.DoesNotContain(
            Steps(_twoEntries, RaftOptions.Published), step => step.After.Messages.Any(message => message.Contains("entries 2")));
        Assert.Contains(Steps(_twoEntries, options), step => step.After.Messages.Any(message => message.Contains("entries 2")));
    }

    [Fact]
    public void FastBackup_moves_nextIndex_back_by_more_than_one_at_once()
    {
        var options = new RaftOptions { FastBackup = true };

        Holds(_twoTerms, options, generated: 32_949, distinct: 10_428, depth: 39);

        Assert.Equal(-1, Steps(_twoTerms, RaftOptions.Published).Where(IsRefused).Min(step => step.Change("nextIndex[s1][s2]")));
        Assert.Equal(-2, Steps(_twoTerms, options).Where(IsRefused).Min(step => step.Change("nextIndex[s1][s2]")));

        static bool IsRefused(Step step) => step.Action == "HandleAppendEntriesResponse" && step.Received.Contains("msuccess FALSE");
    }

    [Theory]
    [InlineData(0, 18_727, 2_431, 33)]
    [InlineData(1, 28_445, 3_792, 41)]
    [InlineData(2, 32_273, 4_116, 41)]
    public void MaxWrites_is_how_many_entries_a_restart_loses_at_most_and_no_property_breaks(
        int writes, long generated, long distinct, int depth)
    {
        var options = new RaftOptions { MaxWrites = writes };

        Holds(_twoEntries, options, generated, distinct, depth);

        Assert.Equal(
            writes,
            Steps(_twoEntries, options).Where(step => step.Name == "Restart(s1)").Max(step => Entries(step.Before) - Entries(step.After)));
    }

    [Fact]
    [Trait("Category", "Long")]
    public void With_MaxWrites_a_restart_loses_terms_and_votes_but_none_that_a_message_reported()
    {
        var restarts = Steps(([2, 1, 3, 1, 2, 1], [1, 0, 0, 1, 2]), new RaftOptions { MaxWrites = 2 })
            .Where(step => step.Name == "Restart(s1)")
            .ToArray();

        Assert.Contains(restarts, step => step.Change("currentTerm[s1]") == -2);
        Assert.Contains(restarts, step => step.Before["votedFor[s1]"] == "s2" && step.After["votedFor[s1]"] == "nil");
        Assert.All(restarts, step => Assert.All(
            step.After.Messages.Where(message => message.Contains("msource s1")), message => KeepsWord(message, step.After)));

        static void KeepsWord(string message, Seen state)
        {
            var term = state.Number("currentTerm[s1]");
            Assert.InRange(Field(message, "mterm"), 1, term);
            if (message.Contains("mvoteGranted TRUE") && Field(message, "mterm") == term)
            {
                Assert.Contains($"mdest {state["votedFor[s1]"]},", message);
            }
        }
    }

    [Fact]
    public void With_MaxWrites_a_term_that_a_message_brings_is_durable_only_when_it_is_written()
    {
        var updates = Steps(_small, new RaftOptions { MaxWrites = 1 })
            .Where(step => step.Action == "UpdateTerm" && step.Received.Contains("mdest s1"))
            .ToArray();

        Assert.NotEmpty(updates);
        Assert.All(updates, step => Assert.StartsWith("term 1,", step.After["durable[s1]"], StringComparison.Ordinal));
    }

    [Fact]
    public void With_MaxWrites_a_restart_loses_no_entry_that_a_message_acknowledged()
    {
        // Within one term no server may remove such an entry either.
        var restarts = Steps(_twoEntries, new RaftOptions { MaxWrites = 2 }).Where(step => step.Name == "Restart(s1)").ToArray();
        var acknowledged = (
            from step in restarts
            from message in step.After.Messages
            where message.Contains("msuccess TRUE") && message.Contains("msource s1")
            select (message, step.After)).ToArray();

        Assert.Contains(acknowledged, ack => Field(ack.message, "mmatchIndex") == 2);
        Assert.All(
            acknowledged, ack => Assert.True(ack.After["log[s1]"].Count(letter => letter == ':') >= Field(ack.message, "mmatchIndex")));
    }

    [Fact]
    public void Snapshots_take_the_place_of_entries_that_a_follower_lacks()
    {
        var options = new RaftOptions { Snapshots = true };

        var result = Holds(_threeServers, options, generated: 17_623, distinct: 3_802, depth: 30);

        Assert.NotEqual(0, Fired(result, "TakeSnapshot"));
        Assert.NotEqual(0, Fired(result, "InstallSnapshot"));
        Assert.Contains(
            Steps(_threeServers, options),
            step => step.Action == "HandleInstallSnapshot"
                && (step.Before["log[s3]"], step.After["log[s3]"]) == ("<>", "<2:v1>")
                && (step.After["snapshotIndex[s3]"], step.After["commitIndex[s3]"]) == ("1", "1"));
    }

    [Fact]
    public void Snapshots_are_kept_over_a_restart_and_with_them_what_is_committed()
    {
        var restarts = Steps(_small, new RaftOptions { Snapshots = true }).Where(step => step.Name == "Restart(s1)").ToArray();

        Assert.Contains(restarts, step => step.After["snapshotIndex[s1]"] == "1");
        Assert.All(restarts, step => Assert.Equal(step.Before["snapshotIndex[s1]"], step.After["commitIndex[s1]"]));
    }

    [Fact]
    public void MaxBatch_lets_a_leader_append_several_entries_in_one_write()
    {
        var options = new RaftOptions { MaxBatch = 2, MaxWrites = 1 };

        Holds(_twoEntries, options, generated: 31_453, distinct: 4_080, depth: 39);

        var requests = Steps(_twoEntries, options).Where(step => step.Name == "ClientRequest(s1, v1)").ToArray();
        Assert.Equal([1, 2], requests.Select(step => Entries(step.After) - Entries(step.Before)).Distinct().Order());
        Assert.All(requests, step => Assert.NotEqual("", step.After["durable[s1]"]));
    }

    [Fact]
    public void Pipelining_lets_nextIndex_move_on_with_what_is_sent_and_lets_a_heartbeat_build_on_matchIndex()
    {
        var options = new RaftOptions { Pipelining = true, MonotonicIndexes = true, FastBackup = true };

        Holds(_twoEntries, options, generated: 31_743, distinct: 3_679, depth: 32);

        Assert.Contains(Steps(_twoEntries, options), MovesOn);
        Assert.DoesNotContain(Steps(_twoEntries, options with { Pipelining = false }), MovesOn);

        static bool MovesOn(Step step) => step.Action == "AppendEntries" && step.Change("nextIndex[s1][s2]") > 0;
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Chunks_lets_a_snapshot_arrive_in_parts_and_installs_it_with_the_last()
    {
        (int[], int[]?) bounds = ([2, 1, 3, 1, 2, 1], [1, 0, 0, 1, 2]);
        var options = new RaftOptions { AtomicReceive = true, SelfVote = true, MonotonicIndexes = true, Snapshots = true, Chunks = 2 };

        Holds(bounds, options, generated: 177_551, distinct: 35_968, depth: 32);

        var received = Steps(bounds, options).Where(step => step.Action == "HandleInstallSnapshot").ToArray();
        Assert.Contains(received, step => step.After.Messages.Any(message => message.Contains("mmissing 2", StringComparison.Ordinal)));
        Assert.All(
            received.Where(step => step.Change("snapshotIndex[s2]") > 0),
            step => Assert.Contains("mdone TRUE", step.Received, StringComparison.Ordinal));
    }

    [Fact]
    public void OpaqueSnapshots_makes_an_answer_about_any_entry_wait_for_a_snapshot_that_replaces_the_log()
    {
        var options = new RaftOptions
        {
            AtomicReceive = true,
            SelfVote = true,
            MonotonicIndexes = true,
            Snapshots = true,
            MaxWrites = 2,
            OpaqueSnapshots = true,
        };
        Holds(([2, 1, 2, 2, 2, 1], [0, 0, 0, 2, 1]), options, generated: 77_967, distinct: 14_449, depth: 33);

        // A follower that has entry 1 on its disk installs a snapshot of three entries, and gets the old request again.
        var logs = new ModelLogs();
        var follower = new ServerModel(servers: 3, self: 1, logs);
        Enumerable.Range(0, 3).ToList().ForEach(_ => logs.AddCommitted(1, 7));
        Assert.Equal(1, Held(new() { Type = ModelMessageType.AppendEntriesRequest, Entries = 1, CommitIndex = 1 }));
        Assert.True(follower.CompleteWrite());
        Assert.Equal(0, Held(new() { Type = ModelMessageType.AppendEntriesRequest, Entries = 1, CommitIndex = 1 }));
        Assert.Equal(1, Held(new() { Type = ModelMessageType.InstallSnapshotRequest, Entries = 3, Length = 1, Done = true }));
        Assert.Equal(1, Held(new() { Type = ModelMessageType.AppendEntriesRequest, Entries = 1, CommitIndex = 1 }));

        int Held(ModelMessage message)
        {
            follower.BeginStep(held: 0, sent: 1);
            logs.BeginIncoming();
            logs.AddIncoming(1, 7);
            Assert.True(follower.Receive(message with { Term = 1, Dest = 1 }));
            var held = follower.HeldFor(follower.Sent);
            follower.Leave(follower.Sent);
            return held;
        }
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(new[] { 2, 1, 2, 1, 2, 1 }, null, 30_967, 2_857, 27)]
    [InlineData(new[] { 2, 1, 2, 2, 2, 1 }, new[] { 1, 0, 0, 2, 1 }, 440_317, 70_505, 33)]
    [InlineData(new[] { 3, 1, 2, 1, 2, 1 }, new[] { 0, 0, 0, 1, 1 }, 5_262_301, 511_090, 37)]
    [InlineData(new[] { 2, 1, 3, 1, 2, 1 }, new[] { 1, 0, 0, 1, 2 }, 516_369, 97_810, 40)]
    public void With_batches_flow_control_and_chunks_too_every_property_holds(
        int[] bounds, int[]? budgets, long generated, long distinct, int depth) =>
        Holds((bounds, budgets), RaftOptions.Conforming, generated, distinct, depth);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(new[] { 2, 1, 2, 1, 2, 1 }, null, 20_111, 2_087, 27)]
    [InlineData(new[] { 2, 1, 2, 1, 3, 2 }, null, 254_989, 22_497, 31)]
    [InlineData(new[] { 2, 2, 2, 2, 2, 1 }, null, 1_222_747, 107_203, 33)]
    [InlineData(new[] { 2, 1, 3, 2, 2, 1 }, new[] { 1, 1, 1, 2, 2 }, 16_581_321, 2_216_230, 47)]
    [InlineData(new[] { 3, 1, 2, 1, 2, 1 }, new[] { 0, 0, 0, 1, 1 }, 951_742, 148_498, 36)]
    [InlineData(new[] { 3, 1, 2, 1, 2, 1 }, new[] { 1, 1, 1, 1, 1 }, 10_731_106, 1_204_989, 40)]
    [InlineData(new[] { 3, 1, 3, 1, 1, 1 }, new[] { 1, 0, 0, 1, 2 }, 7_588_489, 1_236_721, 51)]
    public void With_all_options_as_the_implementation_is_every_property_holds(
        int[] bounds, int[]? budgets, long generated, long distinct, int depth) =>
        Holds((bounds, budgets), RaftOptions.Implementation, generated, distinct, depth);

    [Fact]
    [Trait("Category", "Long")]
    public void With_all_options_every_property_holds_on_random_walks_of_three_servers()
    {
        var spec = new RaftSpec(RaftTlaTests.Bounds([3, 2, 5, 4, 5, 2], [2, 2, 2, 5, 4]), RaftOptions.Implementation);

        var result = Checker.Check(spec, new CheckOptions { Order = SearchOrder.RandomWalk, Walks = 3_000, MaxDepth = 400 });

        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.All(
            ["HandleInstallSnapshot", "RejectAppendEntriesRequest", "DropStaleResponse", "CompleteWrite"],
            name => Assert.NotEqual(0, Fired(result, name)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_invariants_read_no_words_but_those_that_they_say(bool published)
    {
        var spec = new RaftSpec(
            RaftTlaTests.Bounds([3, 2, 3, 2, 3, 1], [1, 1, 1, 2, 3]), published ? RaftOptions.Published : RaftOptions.Implementation);
        var random = new Random(11);
        var states = Enumerable.Range(0, 200).SelectMany(_ => Exploration.Walk(spec, random, 150)).ToArray();
        var answers = spec.Invariants.ToDictionary(invariant => invariant.Name, _ => new HashSet<bool>());
        for (var i = 0; i < 50_000; i++)
        {
            // Rows of several states with one bit flipped, so that invariants fail too. The words after them come from another state.
            var some = Mixed(random.GetItems(states, 4));
            some[random.Next(spec.WordsThatInvariantsRead)] ^= 1UL << random.Next(64);
            var zeros = some.ToArray();
            var other = random.GetItems(states, 1)[0].ToArray();
            Array.Clear(zeros, spec.WordsThatInvariantsRead, zeros.Length - spec.WordsThatInvariantsRead);
            some.AsSpan(0, spec.WordsThatInvariantsRead).CopyTo(other);
            foreach (var invariant in spec.Invariants)
            {
                var holds = invariant.Holds(new State(some));
                Assert.Equal(holds, invariant.Holds(new State(zeros)));
                Assert.Equal(holds, invariant.Holds(new State(other)));
                answers[invariant.Name].Add(holds);
            }
        }

        Assert.True(spec.WordsThatInvariantsRead < spec.Layout.Words);
        Assert.All(answers, answer => Assert.Equal(2, answer.Value.Count));

        ulong[] Mixed(ulong[][] some) => [.. Enumerable.Range(0, spec.Layout.Words).Select(word => some[random.Next(some.Length)][word])];
    }

    private static int Entries(Seen state) => state["log[s1]"].Count(letter => letter == ':');

    private static CheckResult Holds((int[] Bounds, int[]? Budgets) bounds, RaftOptions options, long generated, long distinct, int depth)
    {
        var result = Check(bounds, options);
        Assert.Equal(CheckOutcome.Holds, result.Outcome);
        Assert.Equal((generated, distinct, depth), (result.Generated, result.Distinct, result.Depth));
        return result;
    }

    private static CheckResult Check((int[] Bounds, int[]? Budgets) bounds, RaftOptions options) =>
        Checker.Check(new RaftSpec(Bounds(bounds), options));

    private static IEnumerable<Step> Steps((int[] Bounds, int[]? Budgets) bounds, RaftOptions options) =>
        Exploration.Of(new RaftSpec(Bounds(bounds), options));

    private static RaftBounds Bounds((int[] Bounds, int[]? Budgets) bounds) => RaftTlaTests.Bounds(bounds.Bounds, bounds.Budgets);

    private static long Fired(CheckResult result, string action) => result.Actions.Single(count => count.Name == action).Fired;

    // The value of a field of a message.
    private static int Field(string message, string name) => int.Parse(message.Split($"{name} ")[1].Split(',', ')')[0]);
}
