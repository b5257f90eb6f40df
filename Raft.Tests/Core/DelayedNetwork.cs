using Raft.Impl.Core;

namespace Raft.Tests.Core;

/// <summary>
/// A cluster of bare cores, led by S1, on a network that delays each message at random, so that messages overtake each other. It may lose
/// some, and its links may be narrow. Time is in microseconds, and passes only in <see cref="Run"/>. No election timer runs; how long each
/// server heard nothing is measured instead.
/// </summary>
internal sealed class DelayedNetwork
{
    private readonly Random _random;
    private readonly RaftCore[] _cores;
    private readonly PriorityQueue<(int Server, Input Input), (long At, long Order)> _events = new();
    private readonly Dictionary<(ServerId From, ServerId To), long> _linkIsFree = [];
    private readonly long[] _heard;
    private long _order;

    public DelayedNetwork(int servers, int seed, CoreOptions? options = null)
    {
        _random = new Random(seed);
        var members = Enumerable.Range(1, servers).Select(number => new ServerId(number)).ToArray();
        _cores = [.. members.Select(id => new RaftCore(id, members, DurableState.Initial, options))];
        _heard = new long[servers];
        EntriesSent = new long[servers];
        BytesSent = new long[servers];
        LongestSilence = new long[servers];
        Post(0, ElectionTimeout.Instance, delay: 0);
        Run(10 * MaxDelay);
        Assert.Equal(Role.Leader, Leader.Role);
    }

    /// <summary>The longest delay of a message.</summary>
    public long MaxDelay { get; set; } = 2_000;

    /// <summary>How many bytes a second each link carries; zero: any number.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>How long a write takes.</summary>
    public long WriteTime { get; set; }

    /// <summary>How often the leader sends heartbeats.</summary>
    public long HeartbeatInterval { get; set; } = 100_000;

    /// <summary>Of how many messages one is lost; zero: none is.</summary>
    public int LossOneIn { get; set; }

    /// <summary>The server that is cut off from the others, in both directions; null: all are connected.</summary>
    public ServerId? Isolated { get; set; }

    public long Now { get; private set; }

    public RaftCore Leader => _cores[0];

    public IReadOnlyList<RaftCore> Cores => _cores;

    /// <summary>How many entries were sent to each server, by its position.</summary>
    public long[] EntriesSent { get; }

    /// <summary>How many bytes were sent to each server.</summary>
    public long[] BytesSent { get; }

    /// <summary>How long each server heard nothing that put its election off, at most.</summary>
    public long[] LongestSilence { get; }

    /// <summary>Lets time pass. If there is an interval, the leader gets a proposal each time it has passed.</summary>
    public void Run(long time, long proposeEvery = 0)
    {
        var end = Now + time;
        for (var next = Now + proposeEvery; proposeEvery > 0 && next <= end; next += proposeEvery)
        {
            RunUntil(next);
            Propose(Command.FromText("x"));
        }

        RunUntil(end);
    }

    /// <summary>Lets time pass until a server's log is as long as the leader's.</summary>
    /// <returns>How much time passed, in microseconds.</returns>
    public long RunUntilCaughtUp(ServerId server, long atMost)
    {
        var begun = Now;
        var core = _cores[server.Value - 1];
        while (core.Log.LastIndex < Leader.Log.LastIndex)
        {
            Assert.True(
                Now - begun < atMost,
                $"{server} holds {core.Log.LastIndex} of {Leader.Log.LastIndex} entries after {Now - begun} us.");
            Run(1_000);
        }

        return Now - begun;
    }

    public void Propose(params IReadOnlyList<Command> commands) =>
        Assert.All(Step(0, new Propose(commands)).Proposals, proposal => Assert.Equal(ProposalRefusal.None, proposal.Refusal));

    /// <summary>The leader replaces all that its service has applied by a snapshot.</summary>
    public void Compact(SnapshotData data) => Step(0, new Compact(Leader.LastApplied, data));

    /// <summary>Joins the isolated server to the others again, and measures its silence from now on.</summary>
    public void Heal()
    {
        var server = Isolated!.Value.Value - 1;
        Isolated = null;
        _heard[server] = Now;
        LongestSilence[server] = 0;
    }

    private void RunUntil(long end)
    {
        while (_events.TryPeek(out _, out var due) && due.At <= end)
        {
            var (server, input) = _events.Dequeue();
            Now = due.At;
            Step(server, input);
        }

        Now = end;
    }

    private Output Step(int server, Input input)
    {
        var output = _cores[server].Step(input);
        Assert.Null(output.Rejected);
        for (var follower = 1; follower < _cores.Length; follower++)
        {
            var progress = Leader.ProgressOf(_cores[follower].Id);
            Assert.True(progress.NextIndex > progress.MatchIndex, $"{progress.NextIndex} is sent next, {progress.MatchIndex} is held.");
        }

        if (output.ElectionTimer == TimerChange.Restart)
        {
            LongestSilence[server] = Math.Max(LongestSilence[server], Now - _heard[server]);
            _heard[server] = Now;
        }

        if (output.Write is { } write)
        {
            Post(server, new WriteDurable(write.Sequence), WriteTime);
        }

        foreach (var (message, after) in output.Messages)
        {
            Send(message, wait: after > 0 ? WriteTime : 0);
        }

        if (output.HeartbeatTimer == TimerChange.Restart)
        {
            Post(server, HeartbeatTimeout.Instance, HeartbeatInterval);
        }

        if (output.Apply.Count > 0)
        {
            Post(server, ReadyToApply.Instance, delay: 0);
        }

        return output;
    }

    private void Send(Message message, long wait)
    {
        var to = message.To.Value - 1;
        EntriesSent[to] += (message as AppendEntries)?.Entries.Count ?? 0;
        BytesSent[to] += message.Size;
        if (BytesPerSecond > 0)
        {
            var link = (message.From, message.To);
            var free = Math.Max(_linkIsFree.GetValueOrDefault(link), Now + wait) + (message.Size * 1_000_000 / BytesPerSecond);
            _linkIsFree[link] = free;
            wait = free - Now;
        }

        if (message.From != Isolated && message.To != Isolated && (LossOneIn == 0 || _random.Next(LossOneIn) > 0))
        {
            Post(to, new MessageReceived(message), wait + _random.NextInt64(MaxDelay + 1));
        }
    }

    private void Post(int server, Input input, long delay) => _events.Enqueue((server, input), (Now + delay, _order++));
}
