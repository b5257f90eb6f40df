using System.Text;
using Raft.Impl.Core;
using Raft.Impl.Service;

namespace Raft.Tests.Service;

/// <summary>Client sessions (dissertation §6.3): each command is applied once.</summary>
public sealed class SessionStateMachineTests
{
    private static readonly DateTimeOffset _start = DateTimeOffset.UnixEpoch.AddDays(1);
    private readonly List<Command> _log = [];
    private readonly ListStateMachine _service = new();
    private SessionStateMachine? _sessions;
    private SessionOptions _options = new();

    private SessionStateMachine Sessions => _sessions ??= new SessionStateMachine(_service, _options);

    [Fact]
    public async Task A_command_that_is_sent_again_is_applied_once_and_gets_the_first_answer()
    {
        var client = await RegisterAsync();
        var first = await ApplyAsync(client, 1, "a");
        await ApplyAsync(client, 2, "b");
        var again = await ApplyAsync(client, 1, "a");

        Assert.Equal(["a", "b"], _service.Applied);
        Assert.Equal((SessionOutcome.Applied, "1"), (again.Outcome, TextOf(again)));
        Assert.Equal(TextOf(first), TextOf(again));
    }

    [Fact]
    public async Task A_command_that_is_sent_again_in_the_same_batch_is_applied_once()
    {
        var client = await RegisterAsync();
        var answers = await ApplyAllAsync(Encoded(client, 1, "a"), Encoded(client, 1, "a"), Encoded(client, 2, "b"));

        Assert.Equal(["a", "b"], _service.Applied);
        Assert.Equal(["1", "1", "2"], answers.Select(TextOf));
    }

    [Fact]
    public async Task The_same_number_of_another_client_is_another_command()
    {
        var (one, two) = (await RegisterAsync(), await RegisterAsync());
        await ApplyAllAsync(Encoded(one, 1, "a"), Encoded(two, 1, "b"));

        Assert.NotEqual(one, two);
        Assert.Equal(["a", "b"], _service.Applied);
        Assert.Equal([2], _service.Batches);
    }

    [Fact]
    public async Task A_command_that_arrives_after_a_later_one_is_still_applied()
    {
        var client = await RegisterAsync();
        await ApplyAsync(client, 2, "b");
        Assert.Equal(SessionOutcome.Applied, (await ApplyAsync(client, 1, "a")).Outcome);
        Assert.Equal(["b", "a"], _service.Applied);
    }

    [Fact]
    public async Task A_command_whose_answer_the_client_has_acknowledged_is_not_applied_again()
    {
        var client = await RegisterAsync();
        await ApplyAsync(client, 1, "a");
        await ApplyAsync(client, 2, "b", firstPending: 2);
        Assert.Equal(SessionOutcome.Forgotten, (await ApplyAsync(client, 1, "a")).Outcome);
        Assert.Equal(["a", "b"], _service.Applied);
    }

    [Fact]
    public async Task A_session_expires_once_its_time_has_passed_in_log_time_and_not_before()
    {
        _options = new SessionOptions { Timeout = TimeSpan.FromSeconds(10) };
        var (idle, busy) = (await RegisterAsync(), await RegisterAsync());
        await ApplyAsync(busy, 1, "a", after: 10);
        Assert.Equal(2, Sessions.Sessions);
        await ApplyAsync(busy, 2, "b", after: 10.001);
        Assert.Equal(1, Sessions.Sessions);
        Assert.Equal(SessionOutcome.Expired, (await ApplyAsync(idle, 1, "c", after: 10.001)).Outcome);
        Assert.Equal(["a", "b"], _service.Applied);
    }

    [Fact]
    public async Task Log_time_never_goes_back()
    {
        _options = new SessionOptions { Timeout = TimeSpan.FromSeconds(10) };
        var client = await RegisterAsync();
        await ApplyAsync(client, 1, "a", after: 9);

        // A leader whose clock is behind: the session was active at 9 s all the same.
        await ApplyAsync(client, 2, "b", after: 1);
        Assert.Equal(SessionOutcome.Applied, (await ApplyAsync(client, 3, "c", after: 18)).Outcome);
    }

    [Fact]
    public async Task A_command_that_keeps_a_session_alive_applies_nothing()
    {
        _options = new SessionOptions { Timeout = TimeSpan.FromSeconds(10) };
        var client = await RegisterAsync();
        await OneAsync(SessionCommand.KeepAlive(At(8), client).Encode());
        Assert.Equal(SessionOutcome.Applied, (await ApplyAsync(client, 1, "a", after: 17)).Outcome);
        Assert.Equal(["a"], _service.Applied);
    }

    [Fact]
    public async Task A_closed_session_takes_no_more_commands()
    {
        var client = await RegisterAsync();
        Assert.Equal(SessionOutcome.Done, (await OneAsync(SessionCommand.Close(_start, client).Encode())).Outcome);
        Assert.Equal(SessionOutcome.Expired, (await ApplyAsync(client, 1, "a")).Outcome);
        Assert.Empty(_service.Applied);
    }

    [Fact]
    public async Task No_more_sessions_are_open_than_allowed()
    {
        _options = new SessionOptions { MaxSessions = 2 };
        await RegisterAsync();
        var second = await RegisterAsync();
        Assert.Equal(SessionOutcome.TooManySessions, (await OneAsync(SessionCommand.Register(_start).Encode())).Outcome);
        await OneAsync(SessionCommand.Close(_start, second).Encode());
        await RegisterAsync();
    }

    [Theory]
    [InlineData(2, 1000)]
    [InlineData(1000, 2)]
    public async Task A_session_that_keeps_too_many_answers_takes_no_command_until_some_are_acknowledged(int answers, int bytes)
    {
        _options = new SessionOptions { MaxAnswers = answers, MaxAnswerBytes = bytes };
        var client = await RegisterAsync();
        await ApplyAsync(client, 1, "a");
        await ApplyAsync(client, 2, "b");
        Assert.Equal(SessionOutcome.TooManyAnswers, (await ApplyAsync(client, 3, "c")).Outcome);
        Assert.Equal(SessionOutcome.Applied, (await ApplyAsync(client, 2, "b")).Outcome);
        Assert.Equal(SessionOutcome.Applied, (await ApplyAsync(client, 3, "c", firstPending: 3)).Outcome);
        Assert.Equal(["a", "b", "c"], _service.Applied);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 9, 1 })]
    [InlineData(new byte[] { 2, 1, 1, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 1, 1 })]
    public async Task Damaged_bytes_get_an_answer_and_change_nothing(byte[] bytes)
    {
        var client = await RegisterAsync();
        var before = await SnapshotAsync(Sessions);
        Assert.Equal(SessionOutcome.Malformed, (await OneAsync(new Command(bytes))).Outcome);
        Assert.Equal(before, await SnapshotAsync(Sessions));
        Assert.Equal(SessionOutcome.Applied, (await ApplyAsync(client, 1, "a")).Outcome);
    }

    [Fact]
    public async Task A_command_that_is_sent_again_after_a_snapshot_is_applied_once()
    {
        var client = await RegisterAsync();
        await ApplyAsync(client, 1, "a");
        await ApplyAsync(client, 2, "b");

        var service = new ListStateMachine();
        var restored = new SessionStateMachine(service, _options);
        await restored.RestoreAsync(new MemoryStream(await SnapshotAsync(Sessions)), default);
        _sessions = restored;

        Assert.Equal("2", TextOf(await ApplyAsync(client, 2, "b")));
        Assert.Equal("3", TextOf(await ApplyAsync(client, 3, "c")));
        Assert.Equal(["a", "b", "c"], service.Applied);
    }

    [Fact]
    public async Task A_damaged_snapshot_is_refused()
    {
        await ApplyAsync(await RegisterAsync(), 1, "a");
        var snapshot = await SnapshotAsync(Sessions);
        foreach (var cut in (int[])[0, 3, 5])
        {
            await Assert.ThrowsAsync<InvalidDataException>(
                () => new SessionStateMachine(new ListStateMachine()).RestoreAsync(new MemoryStream(snapshot[..cut]), default));
        }
    }

    // Whatever the commands, the answers and the state must not depend on how the log is cut into batches, or on a snapshot in between.
    [Fact]
    public async Task The_answers_and_the_state_do_not_depend_on_the_batches()
    {
        var random = new Random(1);
        for (var run = 0; run < 50; run++)
        {
            var options = new SessionOptions
            {
                Timeout = TimeSpan.FromMilliseconds(20),
                MaxSessions = 3,
                MaxAnswers = 3,
                MaxAnswerBytes = 4,
            };
            var log = Enumerable.Range(0, 60).Select(_ => Draw(random)).ToArray();
            var (whole, wholeState) = await RunAsync(options, log, _ => log.Length);
            var (single, singleState) = await RunAsync(options, log, _ => 1);
            var (mixed, mixedState) = await RunAsync(options, log, _ => random.Next(1, 9));
            Assert.Equal(whole, single);
            Assert.Equal(whole, mixed);
            Assert.Equal(wholeState, singleState);
            Assert.Equal(wholeState, mixedState);
        }
    }

    private static Command Draw(Random random)
    {
        var (now, session, sequence) = (DateTimeOffset.UnixEpoch.AddMilliseconds(random.Next(60)), random.Next(1, 12), random.Next(1, 7));
        return random.Next(12) switch
        {
            0 => new Command([(byte)random.Next(6), 1, 2]),
            < 4 => SessionCommand.Register(now).Encode(),
            4 => SessionCommand.Close(now, session).Encode(),
            5 => SessionCommand.KeepAlive(now, session).Encode(),
            _ => SessionCommand.Apply(now, session, sequence, random.Next(sequence + 1), Command.FromText($"x{sequence}")).Encode(),
        };
    }

    private static async Task<(string[] Answers, byte[] State)> RunAsync(SessionOptions options, Command[] log, Func<int, int> batch)
    {
        var sessions = new SessionStateMachine(new ListStateMachine(), options);
        var answers = new List<string>();
        for (var done = 0; done < log.Length;)
        {
            var count = Math.Min(batch(done), log.Length - done);
            var entries = log.Skip(done).Take(count).Select(
                (command, i) => new ApplyMessage(new LogIndex(done + i + 1), new LogEntry(new Term(1), command)));
            answers.AddRange((await sessions.ApplyAsync([.. entries], default)).Select(bytes => Convert.ToHexString(bytes.Span)));
            done += count;
            if (count == 1)
            {
                var restored = new SessionStateMachine(new ListStateMachine(), options);
                await restored.RestoreAsync(new MemoryStream(await SnapshotAsync(sessions)), default);
                sessions = restored;
            }
        }

        return ([.. answers], await SnapshotAsync(sessions));
    }

    private static async Task<byte[]> SnapshotAsync(SessionStateMachine sessions)
    {
        using var stream = new MemoryStream();
        await sessions.SnapshotAsync(stream, default);
        return stream.ToArray();
    }

    private static DateTimeOffset At(double seconds) => _start.AddSeconds(seconds);

    private static Command Encoded(long client, long sequence, string command) =>
        SessionCommand.Apply(_start, client, sequence, firstPending: 0, Command.FromText(command)).Encode();

    private static string TextOf(SessionAnswer answer) => Encoding.UTF8.GetString(answer.Answer.Span);

    private async Task<long> RegisterAsync()
    {
        var answer = await OneAsync(SessionCommand.Register(_start).Encode());
        Assert.Equal(SessionOutcome.Registered, answer.Outcome);
        return answer.Session;
    }

    private Task<SessionAnswer> ApplyAsync(long client, long sequence, string command, long firstPending = 0, double after = 0) =>
        OneAsync(SessionCommand.Apply(At(after), client, sequence, firstPending, Command.FromText(command)).Encode());

    private async Task<SessionAnswer> OneAsync(Command command) => (await ApplyAllAsync(command))[0];

    private async Task<SessionAnswer[]> ApplyAllAsync(params Command[] commands)
    {
        var entries = new List<ApplyMessage>();
        foreach (var command in commands)
        {
            _log.Add(command);
            entries.Add(new ApplyMessage(new LogIndex(_log.Count), new LogEntry(new Term(1), command)));
        }

        return [.. (await Sessions.ApplyAsync(entries, default)).Select(SessionAnswer.Decode)];
    }
}
