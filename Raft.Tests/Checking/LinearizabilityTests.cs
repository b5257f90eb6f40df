using System.Diagnostics;
using ModelChecking.Linearizability;

namespace Raft.Tests.Checking;

/// <summary>Which histories are linearizable, and which operations are to blame.</summary>
public sealed class LinearizabilityTests
{
    private static readonly Register _register = new(null);
    private static readonly string _beside = Path.Combine(AppContext.BaseDirectory, "Checking", "Histories");

    /// <summary>
    /// Histories with known verdicts: those beside the tests, and those in the folder that the environment variable RAFT_HISTORIES names,
    /// as in <c>verdicts.tsv</c> there.
    /// </summary>
    public static TheoryData<string, bool> Histories()
    {
        var data = new TheoryData<string, bool>();
        string?[] folders = [_beside, Environment.GetEnvironmentVariable("RAFT_HISTORIES")];
        foreach (var folder in folders.OfType<string>())
        {
            foreach (var line in File.ReadLines(Path.Combine(folder, "verdicts.tsv")))
            {
                var parts = line.Split('\t');
                data.Add(Path.Combine(folder, parts[0]), bool.Parse(parts[1]));
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Histories))]
    public void A_history_gets_its_known_verdict(string file, bool isLinearizable)
    {
        var history = HistoryFile.Read(file);

        Assert.Equal(isLinearizable, IsLinearizable(history));

        // As this project's JSON it is the same history.
        Assert.Equal(isLinearizable, IsLinearizable(HistoryFile.Parse(HistoryFile.ToJson(history))));
    }

    [Fact]
    public void The_verdict_is_that_of_all_orders_tried_one_by_one()
    {
        var random = new Random(7);
        var verdicts = new int[2];
        for (var run = 0; run < 4_000; run++)
        {
            var history = RandomHistory(random, operations: 1 + random.Next(6));
            var expected = AnyOrder(history, [], RegisterValue.Absent);
            var verdict = LinearizabilityChecker.Check(_register, history);

            Assert.Equal(expected, verdict.IsLinearizable);
            Assert.True(!verdict.IsLinearizable || IsOrder(history, verdict.Order));
            verdicts[expected ? 1 : 0]++;
        }

        Assert.All(verdicts, count => Assert.InRange(count, 1_000, 3_000));
    }

    [Fact]
    public void No_operation_of_a_conflict_can_be_left_out()
    {
        var random = new Random(11);
        var conflicts = 0;
        while (conflicts < 200)
        {
            var history = RandomHistory(random, operations: 8);
            if (LinearizabilityChecker.Check(_register, history).IsLinearizable)
            {
                continue;
            }

            conflicts++;
            var conflict = LinearizabilityChecker.Conflict(_register, history, TimeSpan.FromMinutes(1));
            Assert.True(conflict.IsMinimal);
            Assert.False(WithResultsOf(history, conflict.Operations));
            Assert.All(conflict.Operations, one => Assert.True(WithResultsOf(history, [.. conflict.Operations.Where(i => i != one)])));

            // Up to the end of the prefix it is linearizable, and no further.
            Assert.True(LinearizabilityChecker.Check(_register, Until(history, conflict.PrefixEnd - 1)).IsLinearizable);
            Assert.False(LinearizabilityChecker.Check(_register, Until(history, conflict.PrefixEnd)).IsLinearizable);

            // Of all sets, by brute force, none that cannot be ordered is smaller.
            Assert.True(conflict.IsSmallest);
            Assert.Equal(
                Enumerable.Range(1, (1 << history.Length) - 1)
                    .Select(set => Enumerable.Range(0, history.Length).Where(i => (set >> i & 1) != 0).ToArray())
                    .Where(set => !WithResultsOf(history, set))
                    .Min(set => set.Length),
                conflict.Operations.Count);
        }
    }

    [Fact]
    public void A_conflict_names_the_read_that_went_back_and_what_shows_it()
    {
        var history = HistoryFile.Read(Path.Combine(_beside, "read-goes-back.log")).Operations;

        var conflict = LinearizabilityChecker.Conflict(_register, history, TimeSpan.FromMinutes(1));

        Assert.Equal(["write(1)", "read() = 2", "read() = 1"], conflict.Operations.Select(i => history[i].Action.ToString()));
        Assert.Throws<ArgumentException>(() => LinearizabilityChecker.Conflict(_register, [.. history.Take(1)], TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Operations_that_touch_overlap()
    {
        Assert.True(LinearizabilityChecker.Check(_register, [Write("1", 0, 5), Read(null, 5, 9)]).IsLinearizable);
        Assert.False(LinearizabilityChecker.Check(_register, [Write("1", 0, 5), Read(null, 6, 9)]).IsLinearizable);
    }

    [Fact]
    public void An_operation_without_a_result_takes_effect_at_any_later_time_or_never()
    {
        Assert.True(LinearizabilityChecker.Check(_register, [Write("1", 0, null), Read(null, 1, 2), Read("1", 3, 4)]).IsLinearizable);
        Assert.True(LinearizabilityChecker.Check(_register, [Write("1", 0, null), Read(null, 1, 2), Read(null, 3, 4)]).IsLinearizable);
        Assert.False(LinearizabilityChecker.Check(_register, [Write("1", 5, null), Read("1", 1, 2)]).IsLinearizable);
        Assert.False(LinearizabilityChecker.Check(
            _register, [Write("1", 0, null), Read("1", 1, 2), Write("2", 3, 4), Read("1", 5, 6)]).IsLinearizable);
    }

    [Fact]
    public void An_operation_does_not_return_before_its_call() =>
        Assert.Throws<ArgumentException>(() => LinearizabilityChecker.Check(_register, [Write("1", 5, 4)]));

    [Fact]
    public void The_search_ends_when_it_is_told_to()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();

        Assert.Throws<OperationCanceledException>(() => LinearizabilityChecker.Check(_register, [Write("1", 0, 5)], stopped.Token));
    }

    [Fact]
    public void One_object_that_is_not_linearizable_ends_the_search_of_the_others()
    {
        // Many operations at once, and then a value that none of them wrote: every order of the writes is tried.
        Operation<RegisterAction>[] hard =
        [
            .. Enumerable.Range(0, 25).Select(i => Write($"{i}", 0, 100)), .. Enumerable.Range(0, 25).Select(i => Read($"{i % 3}", 0, 100)),
            Read("none", 101, 102),
        ];
        Operation<RegisterAction>[] easy = [Write("1", 0, 5), Read(null, 6, 9)];

        var verdicts = LinearizabilityChecker.CheckAll(_register, [hard, easy], workers: 2);

        Assert.Null(verdicts[0]);
        Assert.False(verdicts[1]!.IsLinearizable);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_verdict()
    {
        var random = new Random(3);
        Operation<RegisterAction>[][] histories = [.. Enumerable.Range(0, 40).Select(_ => RandomHistory(random, operations: 7))];

        var one = LinearizabilityChecker.CheckAll(_register, histories, workers: 1);
        var four = LinearizabilityChecker.CheckAll(_register, histories, workers: 4);

        Assert.Equal(one.Select(verdict => verdict!.IsLinearizable), four.Select(verdict => verdict!.IsLinearizable));
        Assert.Equal(one.Select(verdict => verdict!.Order), four.Select(verdict => verdict!.Order));
    }

    [Fact]
    public void A_history_a_thousand_times_as_long_takes_about_a_thousand_times_as_long()
    {
        var watch = Stopwatch.StartNew();
        var small = LinearizabilityChecker.Check(_register, RealHistory(operations: 200, clients: 8));
        var large = LinearizabilityChecker.Check(_register, RealHistory(operations: 200_000, clients: 8));

        Assert.True(small.IsLinearizable && large.IsLinearizable);
        Assert.InRange(large.Visited, 1, 1_500 * small.Visited);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void A_value_is_the_same_however_it_was_put_together()
    {
        var whole = RegisterValue.Of("abcde");
        var parts = RegisterValue.Of("ab").Append("c").Append("").Append("de");

        Assert.Equal(whole, parts);
        Assert.Equal(whole.GetHashCode(), parts.GetHashCode());
        Assert.Equal("abcde", parts.Text);
        Assert.NotEqual(whole, RegisterValue.Of("ab").Append("cd"));
        Assert.NotEqual(RegisterValue.Absent, RegisterValue.Of(string.Empty));
        Assert.Equal(RegisterValue.Of("x"), RegisterValue.Absent.Append("x"));
        Assert.Null(RegisterValue.Absent.Text);
    }

    private static bool IsLinearizable(History history) =>
        LinearizabilityChecker.CheckAll(history.Model, [.. history.Parts().Select(part => part.Operations)], workers: 2)
            .All(verdict => verdict is { IsLinearizable: true });

    private static bool WithResultsOf(Operation<RegisterAction>[] history, IReadOnlyList<int> kept) => LinearizabilityChecker.Check(
        _register,
        [
            .. history.Select((one, i) => kept.Contains(i)
                ? one : one with { Return = null, Action = _register.WithoutResult(one.Action) }),
        ]).IsLinearizable;

    // What has returned by a time; what was called by then and has not returned may still take effect.
    private static Operation<RegisterAction>[] Until(Operation<RegisterAction>[] history, long time) =>
    [
        .. history.Where(one => one.Call <= time).Select(one =>
            one.Return <= time ? one : one with { Return = null, Action = _register.WithoutResult(one.Action) }),
    ];

    // Whether the operations that are left have an order: each way to choose the next one is tried.
    private static bool AnyOrder(Operation<RegisterAction>[] history, List<int> done, RegisterValue value)
    {
        int[] left = [.. Enumerable.Range(0, history.Length).Except(done)];
        if (left.All(i => history[i].Return is null))
        {
            return true;
        }

        var firstReturn = left.Min(i => history[i].Return ?? long.MaxValue);
        return left.Any(i => history[i].Call <= firstReturn
            && _register.TryTake(value, history[i].Action, out var next)
            && AnyOrder(history, [.. done, i], next));
    }

    private static bool IsOrder(Operation<RegisterAction>[] history, IReadOnlyList<int> order)
    {
        var value = RegisterValue.Absent;
        for (var k = 0; k < order.Count; k++)
        {
            if (!_register.TryTake(value, history[order[k]].Action, out value!)
                || order.Skip(k + 1).Any(later => history[later].Return < history[order[k]].Call))
            {
                return false;
            }
        }

        return Enumerable.Range(0, history.Length).All(i => history[i].Return is null || order.Contains(i));
    }

    // Operations of three clients, with results that may be wrong.
    private static Operation<RegisterAction>[] RandomHistory(Random random, int operations)
    {
        var free = new long[3];
        var history = new Operation<RegisterAction>[operations];
        for (var i = 0; i < operations; i++)
        {
            var client = random.Next(3);
            var call = free[client] + random.Next(4);
            var end = call + 1 + random.Next(6);
            free[client] = end + 1;
            var value = $"{random.Next(2)}";
            var isOpen = random.Next(8) == 0;
            RegisterAction action = random.Next(5) switch
            {
                < 2 => new(RegisterKind.Read) { Read = isOpen ? null : RegisterValue.Of(random.Next(4) == 0 ? null : value) },
                2 => new(RegisterKind.Write, Value: value),
                3 => new(RegisterKind.Append, Value: value),
                _ => new(RegisterKind.CompareAndSet, Value: $"{random.Next(2)}")
                {
                    Expected = RegisterValue.Of(value),
                    Wrote = isOpen ? null : random.Next(2) == 0,
                },
            };
            history[i] = new(client, call, isOpen ? null : end, action);
        }

        return history;
    }

    // What clients of a register see: each operation takes effect at some time between its call and its return.
    private static Operation<RegisterAction>[] RealHistory(int operations, int clients)
    {
        var random = new Random(5);
        var value = RegisterValue.Absent;
        var open = new (long Call, RegisterAction Action, bool IsDone)?[clients];
        var history = new List<Operation<RegisterAction>>();
        for (var time = 0L; history.Count < operations; time++)
        {
            var client = random.Next(clients);
            if (open[client] is not { } one)
            {
                var isRead = random.Next(2) == 0;
                open[client] = (time, isRead ? new(RegisterKind.Read) : new(RegisterKind.Write, Value: $"{time % 10}"), false);
            }
            else if (!one.IsDone)
            {
                Assert.True(_register.TryTake(value, one.Action, out var next));
                var read = one.Action.Kind == RegisterKind.Read ? value : null;
                open[client] = one with { IsDone = true, Action = one.Action with { Read = read } };
                value = next;
            }
            else
            {
                history.Add(new(client, one.Call, time, one.Action));
                open[client] = null;
            }
        }

        return [.. history];
    }

    private static Operation<RegisterAction> Write(string value, long call, long? end) =>
        new(1, call, end, new(RegisterKind.Write, Value: value));

    private static Operation<RegisterAction> Read(string? value, long call, long end) =>
        new(2, call, end, new(RegisterKind.Read) { Read = RegisterValue.Of(value) });
}
