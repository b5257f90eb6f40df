using DeterministicSimulation;
using ModelChecking.Linearizability;
using Raft.Impl.Core;
using Raft.Impl.Service;
using Raft.Verification.Cluster;
using Raft.Verification.KeyValue;

namespace Raft.Verification.Scenarios;

/// <summary>
/// A key-value store with several clients. They write, compare and set, and read, from the leader and from followers; they try again what
/// was not answered, in a session, while servers crash, are cut off, and transfer their leadership.
/// </summary>
internal static class KeyValueScenario
{
    private const int _clients = 3;
    private const int _keys = 2;

    // Fast tries, so that a call has several chances before the faults end.
    private const int _tries = 5;

    // How many steps a client waits for an answer.
    private const int _patience = 300;

    private static readonly SessionOptions _sessions = new() { Timeout = TimeSpan.FromSeconds(20), MaxSessions = 8, MaxAnswers = 2 };

    public static Scenario Scenario { get; } = new(
        "key-value",
        "clients of a key-value store, with sessions, reads, retries, transfers of leadership, crashes and partitions",
        new ClusterOptions
        {
            Servers = 3,
            CompactEvery = 6,
            Protocol = ProtocolOptions.Production,
            DrawsProtocol = true,
            DrawsStorage = true,
            DrawsTransport = true,
            DrawsServing = true,
            Faults = new FaultBudget
            {
                Losses = 10,
                Duplications = 10,
                Partitions = 3,
                OneWayCuts = 2,
                Crashes = 4,
                SlowDisks = 1,
                ClockDriftPercent = 20,
            },
        },
        RunAsync);

    private static async Task RunAsync(ICluster cluster)
    {
        await cluster.StartAsync(_ => new KeyValueService(compactEvery: 6, _sessions));
        var clock = new Clock(cluster);
        var clients = new Task[_clients];
        for (var client = 0; client < _clients; client++)
        {
            clients[client] = new Client(cluster, clock, client).RunAsync();
        }

        await Task.WhenAll(clients);
        await cluster.AwaitConvergenceAsync();

        // What the clients left must be seen by all, now that nothing fails.
        foreach (var server in cluster.Servers)
        {
            await new Client(cluster, clock, _clients + server.Value).ReadAllAsync(server);
        }
    }

    /// <summary>Stamps commands. No two have the same time, so that no two are equal: monitors tell them apart.</summary>
    private sealed class Clock(ICluster cluster)
    {
        private DateTimeOffset _last;

        public DateTimeOffset Next()
        {
            var (now, next) = (cluster.UtcNow, _last.AddMilliseconds(1));
            return _last = now > next ? now : next;
        }
    }

    /// <summary>A client: one operation after the other. An operation that gets no result may still take effect.</summary>
    private sealed class Client(ICluster cluster, Clock clock, int name)
    {
        private long _session;
        private long _sequence;
        private int _values;

        // Makes the last command that was answered once more.
        private Func<SessionCommand>? _answered;

        public async Task RunAsync()
        {
            for (var left = 2 + cluster.Choose(4); left > 0; left--)
            {
                await cluster.PauseAsync(1 + cluster.Choose(40));
                TransferAtRandom();
                SendAgainAtRandom();
                var key = $"k{cluster.Choose(_keys)}";
                switch (cluster.Choose(6))
                {
                    case 0 or 1:
                        await WriteAsync(key);
                        break;
                    case 2:
                        await CompareAndSetAsync(key);
                        break;
                    default:
                        await ReadAsync(key, server: null);
                        break;
                }
            }
        }

        public async Task ReadAllAsync(ServerId server)
        {
            for (var key = 0; key < _keys; key++)
            {
                await ReadAsync($"k{key}", server);
            }
        }

        private void TransferAtRandom()
        {
            if (cluster.Protocol.LeadershipTransfer && cluster.Choose(6) == 0 && cluster.Leader is { } leader)
            {
                var target = cluster.AnyServer();
                _ = cluster.TransferAsync(leader, target == leader ? null : target);
            }
        }

        // A copy of a request that arrives after the answer to the request.
        private void SendAgainAtRandom()
        {
            if (_answered is { } command && cluster.Choose(3) == 0)
            {
                _ = cluster.ReplicateAsync(cluster.Leader ?? cluster.AnyServer(), command().Encode());
            }
        }

        private string NextValue() => $"{(char)('a' + name)}{++_values}";

        private async Task WriteAsync(string key)
        {
            var action = new RegisterAction(RegisterKind.Write, key, NextValue());
            var call = cluster.BeginCall(name, action);
            if (await AskAsync(new KeyValueCommand.Put(key, action.Value!)) is { Outcome: KeyValueOutcome.Done })
            {
                cluster.EndCall(call, action);
            }
        }

        // It expects what some server has at the moment, which may be stale.
        private async Task CompareAndSetAsync(string key)
        {
            var expected = (cluster.ServiceOf(cluster.AnyServer()) as KeyValueService)?.Read(key);
            var action = new RegisterAction(RegisterKind.CompareAndSet, key, NextValue()) { Expected = RegisterValue.Of(expected) };
            var call = cluster.BeginCall(name, action);
            if (await AskAsync(new KeyValueCommand.CompareAndSet(key, expected, action.Value!)) is { } result)
            {
                cluster.EndCall(call, action with { Wrote = result.Outcome == KeyValueOutcome.Done });
            }
        }

        private async Task ReadAsync(string key, ServerId? server)
        {
            var action = new RegisterAction(RegisterKind.Read, key);
            var call = cluster.BeginCall(name, action);
            if (!cluster.Protocol.ReadIndex)
            {
                if (await AskAsync(new KeyValueCommand.Get(key)) is { } result)
                {
                    cluster.EndCall(call, action with { Read = RegisterValue.Of(result.Value) });
                }

                return;
            }

            for (var tries = 0; tries < _tries; tries++)
            {
                var asked = server ?? cluster.AnyServer();
                var service = cluster.ServiceOf(asked) as KeyValueService;
                var barrier = await WithinPatienceAsync(cluster.ReadAsync(asked));
                if (barrier is { IsReady: true } && service is not null && service == cluster.ServiceOf(asked))
                {
                    cluster.EndCall(call, action with { Read = RegisterValue.Of(service.Read(key)) });
                    return;
                }

                await cluster.PauseAsync(1 + cluster.Choose(20));
            }
        }

        // Applies a command once, however often it is tried. Null: the client gave up, and does not know whether it was applied.
        private async Task<KeyValueResult?> AskAsync(KeyValueCommand command)
        {
            if (_session == 0)
            {
                var opened = await TryAsync(() => SessionCommand.Register(clock.Next()));
                if (opened is not { Outcome: SessionOutcome.Registered })
                {
                    return null;
                }

                _session = opened.Session;
            }

            var (session, sequence) = (_session, ++_sequence);
            SessionCommand Make() => SessionCommand.Apply(clock.Next(), session, sequence, sequence, command.Encode());
            var answer = await TryAsync(Make);
            if (answer is { Outcome: SessionOutcome.Applied })
            {
                _answered = Make;
                return KeyValueResult.Decode(answer.Answer);
            }

            // The session has expired, or the client does not know. It begins anew.
            (_session, _sequence) = (0, 0);
            return null;
        }

        // A leader that is cut off may not answer before the network heals.
        private async Task<T?> WithinPatienceAsync<T>(Task<T?> call) =>
            await Task.WhenAny((Task[])[call, cluster.PauseAsync(_patience)]) == call ? await call : default;

        private async Task<SessionAnswer?> TryAsync(Func<SessionCommand> command)
        {
            for (var tries = 0; tries < _tries; tries++)
            {
                var server = cluster.Choose(4) == 0 ? cluster.AnyServer() : cluster.Leader ?? cluster.AnyServer();
                var service = cluster.ServiceOf(server) as KeyValueService;
                var result = await WithinPatienceAsync(cluster.ReplicateAsync(server, command().Encode()));
                if (result is { IsApplied: true } applied)
                {
                    // An applier gives the answer to the call. A reader of the channel keeps it.
                    var answer = applied.Answer is { } given
                        ? SessionAnswer.Decode(given)
                        : service?.AnswerTo(applied.Index, applied.Term);
                    if (answer is not null)
                    {
                        return answer;
                    }
                }

                await cluster.PauseAsync(1 + cluster.Choose(20));
            }

            return null;
        }
    }
}
