using System.Globalization;
using ModelChecking;
using Raft.Model.Spec;

namespace Raft.Tests.Spec;

/// <summary>
/// The rules on a wide layout, which step beside the running code, are those on the packed layout, which the checker explores: from each
/// state, each action of each server has the same successors.
/// </summary>
public sealed class WideLayoutTests
{
    private static readonly RaftOptions _reading = new()
    {
        AtomicReceive = true,
        SelfVote = true,
        MonotonicIndexes = true,
        ReadIndex = true,
    };

    private static readonly RaftOptions[] _options =
    [
        RaftOptions.Published,
        RaftOptions.Implementation,
        RaftOptions.Conforming,
        RaftOptions.Conforming with { MaxWrites = 3, Chunks = 3 },
        _reading with { NoOp = true, PreVote = true, CheckQuorum = true, LeadershipTransfer = true },
        _reading with { LeaderStickiness = true, LeaseReads = true },
    ];

    [Theory]
    [InlineData(0, new[] { 2, 1, 2, 1, 1, 1 })]
    [InlineData(1, new[] { 2, 2, 2, 2, 2, 1 })]
    [InlineData(2, new[] { 2, 1, 2, 1, 2, 1 })]
    [InlineData(2, new[] { 2, 2, 2, 2, 1, 1 })]
    public void Each_action_has_the_same_successors_from_the_first_states(int options, int[] bounds)
    {
        var packed = new RaftSpec(RaftTlaTests.Bounds(bounds, budgets: null), _options[options]);
        var wide = Wide(packed);
        var states = Exploration.Of(packed).Select(step => step.Words).DistinctBy(words => string.Join(' ', words)).Take(400);

        Assert.NotEqual(0, states.Sum(words => Compare(packed, wide, words)));
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_action_has_the_same_successors_on_random_walks_of_three_servers(int options)
    {
        var packed = new RaftSpec(RaftTlaTests.Bounds([3, 2, 4, 3, 6, 2], [1, 1, 1, 4, 2]), _options[options]);
        var wide = Wide(packed);
        var random = new Random(7);
        var fired = new HashSet<string>();

        for (var walk = 0; walk < 40; walk++)
        {
            foreach (var words in Exploration.Walk(packed, random, 120))
            {
                Compare(packed, wide, words, fired);
            }
        }

        string[] wanted = ["Timeout", "BecomeLeader", "CompleteWrite", "TakeSnapshot", "InstallSnapshot", "Receive", "Restart"];
        Assert.Superset(new HashSet<string>(wanted), fired);
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(4, new[] { 2, 1, 2, 1, 1, 1 }, new[] { 0, 0, 0, 1, 1 }, 2, 1)]
    [InlineData(5, new[] { 2, 1, 2, 1, 2, 1 }, new[] { 1, 0, 0, 1, 1 }, 1, 0)]
    public void With_the_protocol_options_each_action_has_the_same_successors_from_a_sample_of_all_states(
        int options, int[] bounds, int[] budgets, int reads, int transfers)
    {
        var packed = new RaftSpec(
            RaftTlaTests.Bounds(bounds, budgets) with { MaxReads = reads, MaxTransfers = transfers }, _options[options]);
        var wide = Wide(packed);
        var fired = new HashSet<string>();

        foreach (var (k, step) in Exploration.Of(packed).Index())
        {
            if (k % 101 == 0)
            {
                Compare(packed, wide, step.Words, fired);
            }
        }

        string[] own = options == 4
            ?
            [
                "BeginPreVote", "RequestPreVote", "HandlePreVoteRequest", "HandlePreVoteResponse", "CheckQuorum", "BeginTransfer",
                "SendTimeoutNow", "EndTransfer", "HandleTimeoutNow", "AskRead", "AnswerRead", "HandleReadIndexRequest",
                "HandleReadIndexResponse",
            ]
            : ["LeaseRead", "ExpireLease"];
        Assert.Superset(new HashSet<string>(["ForgetLeader", "IgnoreVoteRequest", "BeginRound", "ConfirmRound", .. own]), fired);
    }

    private static RaftSpec Wide(RaftSpec packed) =>
        new(RaftBounds.Unbounded(packed.Bounds.Servers, packed.Bounds.MaxMessages + 3), packed.Options);

    private static int Compare(RaftSpec packed, RaftSpec wide, ulong[] words, HashSet<string>? fired = null)
    {
        var before = new State(words);
        var compared = 0;
        for (var i = 0; i < packed.Bounds.Servers; i++)
        {
            foreach (var (name, fire) in Actions(packed, before, i))
            {
                var ofPacked = new Successors(packed.Layout);
                fire(packed, before, ofPacked);

                // Each action gets a state of its own, because the messages of a wide layout are changed in place.
                var copy = Copy(packed, wide, before, i);
                var ofWide = new Successors(wide.Layout);
                fire(wide, new State(copy), ofWide);
                var expected = Texts(packed, ofPacked, i);
                Assert.True(
                    expected.SequenceEqual(Texts(wide, ofWide, i)),
                    $"{name} of server {i} from{Environment.NewLine}{Text(packed, before, i)}{Environment.NewLine}"
                    + $"packed: {string.Join(Environment.NewLine, expected)}{Environment.NewLine}"
                    + $"wide: {string.Join(Environment.NewLine, Texts(wide, ofWide, i))}");
                compared += ofPacked.Count;
                for (var step = 0; step < ofPacked.Count; step++)
                {
                    fired?.Add(name);
                    fired?.Add(packed.Actions[ofPacked.ActionOf(step)]);
                }
            }
        }

        return compared;
    }

    private delegate void Fire(RaftSpec spec, State state, Successors next);

    private static List<(string Name, Fire Fire)> Actions(RaftSpec packed, State before, int i)
    {
        var actions = new List<(string, Fire)>
        {
            ("BecomeLeader", (spec, s, next) => spec.BecomeLeader(s, i, next)),
            ("AdvanceCommitIndex", (spec, s, next) => spec.AdvanceCommitIndex(s, i, next)),
            ("CompleteWrite", (spec, s, next) => spec.CompleteWrite(s, i, next)),
        };

        // The wide layout has no budgets.
        if (packed.Restarts.IsLeft(before))
        {
            actions.Add(("Restart", (spec, s, next) => spec.Restart(s, i, next)));
        }

        if (packed.Timeouts.IsLeft(before))
        {
            actions.Add(("Timeout", (spec, s, next) => spec.Timeout(s, i, next)));
        }

        if (packed.ClientRequests.IsLeft(before))
        {
            actions.Add(("ClientRequest", (spec, s, next) => spec.ClientRequest(s, i, [0], next)));
        }

        actions.AddRange(
        [
            ("BeginPreVote", (spec, s, next) => spec.BeginPreVote(s, i, next)),
            ("CheckQuorum", (spec, s, next) => spec.CheckQuorum(s, i, next)),
            ("SendTimeoutNow", (spec, s, next) => spec.SendTimeoutNow(s, i, next)),
            ("EndTransfer", (spec, s, next) => spec.EndTransfer(s, i, next)),
            ("ConfirmRound", (spec, s, next) => spec.ConfirmRound(s, i, next)),
            ("LeaseRead", (spec, s, next) => spec.LeaseRead(s, i, next)),
            ("ExpireLease", (spec, s, next) => spec.ExpireLease(s, i, next)),
        ]);
        if (packed.Reads.IsLeft(before))
        {
            actions.Add(("BeginRound", (spec, s, next) => spec.BeginRound(s, i, next)));
        }

        // The wide layout has one server, so it does not see the leases that depend on a contact.
        var forgets = new Successors(packed.Layout);
        packed.ForgetLeader(before, i, forgets);
        if (forgets.Count > 0)
        {
            actions.Add(("ForgetLeader", (spec, s, next) => spec.ForgetLeader(s, i, next)));
        }

        var pending = packed.PendingRead[before, i];
        var read = pending != 0 ? pending : packed.LastRead[before, i] + 1;
        for (var j = 0; j < packed.Bounds.Servers; j++)
        {
            var other = j;
            if (packed.Transfers.IsLeft(before))
            {
                actions.Add(("BeginTransfer", (spec, s, next) => spec.BeginTransfer(s, i, other, next)));
            }

            if (pending != 0 || packed.Reads.IsLeft(before))
            {
                actions.Add(("AskRead", (spec, s, next) => spec.AskRead(s, i, other, read, next)));
            }

            actions.Add(("RequestPreVote", (spec, s, next) => spec.RequestPreVote(s, i, other, next)));
            actions.Add(("AnswerRead", (spec, s, next) => spec.AnswerRead(s, i, other, next)));
            actions.Add(("RequestVote", (spec, s, next) => spec.RequestVote(s, i, other, next)));
            if (i == j || !packed.Options.Snapshots)
            {
                continue;
            }

            for (var last = 1; last <= packed.CommitIndex[before, i]; last++)
            {
                var index = last;
                actions.Add(("TakeSnapshot", (spec, s, next) => spec.Compact(s, i, index, next)));
                actions.Add(("InstallSnapshot", (spec, s, next) => spec.InstallSnapshot(s, i, other, index, 0, 0, 0, false, next)));
            }

            for (var prev = 0; prev <= packed.LogLength[before, i]; prev++)
            {
                for (var count = 0; count <= Math.Min(packed.Options.MaxEntries, packed.LogLength[before, i] - prev); count++)
                {
                    var (first, length) = (prev, count);
                    actions.Add((
                        "AppendEntries", (spec, s, next) => spec.AppendEntries(s, i, other, first, length, movesNext: length > 0, next)));
                }
            }
        }

        for (var slot = 0; packed.Messages[before, slot] is not 0 and var m; slot++)
        {
            var text = Text(packed, m);
            if (packed.MDest[m] == i && packed.MHeld[m] == 0)
            {
                actions.Add(("Receive", (spec, s, next) =>
                {
                    var at = 0;
                    while (Text(spec, spec.Messages[s, at]) != text)
                    {
                        at++;
                    }

                    spec.Receive(s, spec.Messages[s, at], at, next);
                }
                ));
            }
        }

        return actions;
    }

    // The row of one server and the messages, on the wide layout.
    private static ulong[] Copy(RaftSpec packed, RaftSpec wide, State from, int i)
    {
        wide.LogSource.Logs = new SharedLogs();
        wide.MessageLayout.Records = new Records();
        var words = new ulong[wide.Layout.Words];
        var to = new State(words);
        foreach (var (source, target) in Scalars(packed).Zip(Scalars(wide)))
        {
            target[to, i] = source[from, i];
        }

        for (var j = 0; j < packed.Bounds.Servers; j++)
        {
            wide.NextIndex[to, i, j] = packed.NextIndex[from, i, j];
            wide.MatchIndex[to, i, j] = packed.MatchIndex[from, i, j];
            foreach (var (source, target) in Rows(packed).Zip(Rows(wide)))
            {
                target[to, i, j] = source[from, i, j];
            }
        }

        foreach (var (source, target) in Durables(packed, from, i).Zip([wide.Durable, .. wide.Older]))
        {
            target.CurrentTerm[to, i] = source.CurrentTerm[from, i];
            target.VotedFor[to, i] = source.VotedFor[from, i];
            target.SnapshotIndex[to, i] = source.SnapshotIndex[from, i];
            for (var index = 1; index <= source.LogLength[from, i]; index++)
            {
                target.Log.Append(to, i, source.Log.TermAt(from, i, index), Value(packed, wide, source.Log.ValueAt(from, i, index)));
            }
        }

        for (var slot = 0; packed.Messages[from, slot] is not 0 and var m; slot++)
        {
            for (var copy = 0; copy < packed.Messages.Copies(from, slot); copy++)
            {
                wide.Messages.Add(to, CopyMessage(packed, wide, m));
            }
        }

        return words;
    }

    private static ulong CopyMessage(RaftSpec packed, RaftSpec wide, ulong m)
    {
        var type = packed.MType[m];
        var copy = Fields(packed, type).Zip(Fields(wide, type)).Aggregate(0UL, (all, pair) => all | pair.Second.Pack(pair.First[m]));
        var entries = EntriesOf(packed, m);
        if (entries is null)
        {
            return copy;
        }

        // A log of its own holds the entries.
        var logs = wide.LogSource.Logs;
        var sequence = SharedLogs.Incoming;
        for (var k = 0; k < entries.Count(m); k++)
        {
            sequence = logs.Append(sequence, k, new(entries.Term(m, k), Value(packed, wide, entries.Value(m, k))));
        }

        return copy | (packed.MType[m] == RaftSpec.AppendEntriesRequest ? wide.MEntries : wide.MSnapshot)
            .Pack(sequence, 0, entries.Count(m));
    }

    // Each layout has its own value for an entry without a command.
    private static int Value(RaftSpec packed, RaftSpec wide, int value) => packed.Options.NoOp && value == packed.NoOp ? wide.NoOp : value;

    private static string NameOfValue(RaftSpec spec, int value) => spec.Options.NoOp && value == spec.NoOp ? "no-op" : $"{value}";

    private static Variable[] Scalars(RaftSpec spec) =>
    [
        spec.CommitIndex, spec.Role, spec.VotesResponded, spec.VotesGranted, spec.ReceivedIndex, spec.ReceivedTerm, spec.ReceivedLength,
        spec.Writes, spec.Contact, spec.Heard, spec.Transferee, spec.AskedToStand, spec.TransferElection, spec.TimeoutNowSent, spec.Round,
        spec.RoundInFlight, spec.ReadIndex, spec.PendingRead, spec.Lease,
    ];

    private static Variable[] Rows(RaftSpec spec) =>
        [spec.Acked, spec.WaitingRead, spec.RoundRead, spec.OwedRead, spec.OwedIndex];

    private static IEnumerable<DurableVariables> Durables(RaftSpec spec, State state, int i) =>
        [spec.Durable, .. spec.Older.Take(spec.Writes[state, i])];

    // The fields of a type of message, other than its entries.
    private static Field[] Fields(RaftSpec spec, int type) =>
    [
        spec.MType, spec.MTerm, spec.MSource, spec.MDest, spec.MHeld, spec.MRound,
        .. type switch
        {
            RaftSpec.RequestVoteRequest => [spec.MLastLogTerm, spec.MLastLogIndex, spec.MTransfer],
            RaftSpec.RequestVoteResponse => [spec.MVoteGranted],
            RaftSpec.AppendEntriesRequest => [spec.MPrevLogIndex, spec.MPrevLogTerm, spec.MCommitIndex],
            RaftSpec.AppendEntriesResponse =>
                [spec.MSuccess, spec.MMatchIndex, spec.MRefusedIndex, spec.MConflictIndex, spec.MConflictTerm, spec.MMissing],
            RaftSpec.PreVoteRequest => [spec.MPreVoteLogTerm, spec.MPreVoteLogIndex],
            RaftSpec.PreVoteResponse => [spec.MPreVoteGranted],
            RaftSpec.TimeoutNowRequest => [],
            RaftSpec.ReadIndexRequest => [spec.MAskedRead],
            RaftSpec.ReadIndexResponse => [spec.MAnsweredRead, spec.MReadIndex],
            _ => (Field[])[spec.MOffset, spec.MLength, spec.MDone],
        },
    ];

    private static EntriesField? EntriesOf(RaftSpec spec, ulong m) => spec.MType[m] switch
    {
        RaftSpec.AppendEntriesRequest => spec.MEntries,
        RaftSpec.InstallSnapshotRequest => spec.MSnapshot,
        _ => null,
    };

    private static List<string> Texts(RaftSpec spec, Successors steps, int i)
    {
        var texts = new List<string>();
        for (var step = 0; step < steps.Count; step++)
        {
            texts.Add(Text(spec, steps[step], i));
        }

        return texts;
    }

    private static string Text(RaftSpec spec, State s, int i)
    {
        var parts = new List<string>();
        foreach (var variable in Scalars(spec))
        {
            parts.Add($"{variable.Name} {variable[s, i]}");
        }

        for (var j = 0; j < spec.Bounds.Servers; j++)
        {
            parts.Add($"next {spec.NextIndex[s, i, j]} match {spec.MatchIndex[s, i, j]}");
            foreach (var variable in Rows(spec))
            {
                parts.Add($"{variable.Name} {variable[s, i, j]}");
            }
        }

        foreach (var durable in Durables(spec, s, i))
        {
            var log = string.Empty;
            for (var index = 1; index <= durable.LogLength[s, i]; index++)
            {
                log += $" {durable.Log.TermAt(s, i, index)}:{NameOfValue(spec, durable.Log.ValueAt(s, i, index))}";
            }

            parts.Add($"term {durable.CurrentTerm[s, i]} vote {durable.VotedFor[s, i]} snapshot {durable.SnapshotIndex[s, i]} log{log}");
        }

        var messages = new List<string>();
        for (var slot = 0; spec.Messages[s, slot] is not 0 and var m; slot++)
        {
            messages.AddRange(Enumerable.Repeat(Text(spec, m), spec.Messages.Copies(s, slot)));
        }

        return string.Join("; ", [.. parts, .. messages.Order(StringComparer.Ordinal)]);
    }

    private static string Text(RaftSpec spec, ulong m)
    {
        var values = Fields(spec, spec.MType[m]).Select(field => field[m].ToString(CultureInfo.InvariantCulture));
        var entries = EntriesOf(spec, m) is { } some
            ? Enumerable.Range(0, some.Count(m)).Select(k => $"{some.Term(m, k)}:{NameOfValue(spec, some.Value(m, k))}")
            : [];
        return string.Join(' ', [.. values, .. entries]);
    }
}
