using System.Globalization;
using Raft.Impl.Core;
using static Raft.Verification.Labs.LabCluster;

namespace Raft.Verification.Labs;

/// <summary>Part B: the log. All networks are reliable.</summary>
internal static class PartB
{
    private const int _tries = 5;

    public static IReadOnlyList<LabTest> Tests { get; } =
    [
        new("BasicAgree", 'B', "basic agreement", 3, BasicAgreeAsync)
        {
            ServersIn2018 = 5,
            CountsIndexes = "it expects its commands at the indexes 1 to 3",
        },
        new("RPCBytes", 'B', "RPC byte count", 3, RpcBytesAsync)
        {
            Since = LabVersion.Lab2022,
            CountsIndexes = "it expects its commands at the indexes 2 to 11",
        },
        new("FollowerFailure", 'B', "test progressive failure of followers", 3, FollowerFailureAsync)
        {
            Since = LabVersion.Lab2024,
            CountsIndexes = "it expects its fourth command at index 4",
        },
        new("LeaderFailure", 'B', "test failure of leaders", 3, LeaderFailureAsync)
        {
            Since = LabVersion.Lab2024,
            CountsIndexes = "it expects nothing at index 4, where its fourth command would be",
        },
        new("FailAgree", 'B', "agreement after follower reconnects", 3, FailAgreeAsync),
        new("FailNoAgree", 'B', "no agreement if too many followers disconnect", 5, FailNoAgreeAsync)
        {
            CountsIndexes = "it expects its second command at index 2",
        },
        new("ConcurrentStarts", 'B', "concurrent Start()s", 3, ConcurrentStartsAsync),
        new("Rejoin", 'B', "rejoin of partitioned leader", 3, RejoinAsync),
        new("Backup", 'B', "leader backs up quickly over incorrect follower logs", 5, BackupAsync),
        new("Count", 'B', "RPC counts aren't too high", 3, CountAsync),
    ];

    private static async Task BasicAgreeAsync(LabCluster cluster)
    {
        for (var index = 1; index <= 3; index++)
        {
            cluster.CheckNothingCommitted(index, "before it was proposed");
            await ExpectIndexAsync(cluster, Number(index * 100), cluster.Servers, index);
        }
    }

    private static async Task RpcBytesAsync(LabCluster cluster)
    {
        await cluster.OneAsync(Number(99), cluster.Servers, retry: false);
        var before = cluster.Bytes;
        var sent = 0L;
        for (var index = 2; index < 12; index++)
        {
            var letters = string.Create(5000, cluster.Random, static (text, random) =>
            {
                for (var i = 0; i < text.Length; i++)
                {
                    text[i] = (char)('a' + random.Next(26));
                }
            });
            await ExpectIndexAsync(cluster, Command.FromText(letters), cluster.Servers, index);
            sent += letters.Length;
        }

        // Each command goes to each peer once, and a little more.
        var got = cluster.Bytes - before;
        var limit = (cluster.Servers * sent) + 50_000;
        Expect(
            got <= limit,
            $"expected at most {limit} bytes to be sent for {sent} bytes of commands to {cluster.Servers} peers, got {got}");
    }

    private static async Task FollowerFailureAsync(LabCluster cluster)
    {
        await cluster.OneAsync(Number(101), cluster.Servers, retry: false);

        // One follower less: the leader and the other can still agree.
        var first = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect(Next(cluster, first, 1));
        await cluster.OneAsync(Number(102), cluster.Servers - 1, retry: false);
        await cluster.SleepAsync(RaftElectionTimeout);
        await cluster.OneAsync(Number(103), cluster.Servers - 1, retry: false);

        // No follower: it cannot.
        var second = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect(Next(cluster, second, 1));
        cluster.Disconnect(Next(cluster, second, 2));
        var proposal = await cluster.ProposeAsync(second, Number(104));
        Expect(proposal.IsLeader, $"expected leader {second} to accept a command");
        Expect(proposal.Index.Value == 4, $"expected index 4, got {proposal.Index}");
        await cluster.SleepAsync(2 * RaftElectionTimeout);
        cluster.CheckNothingCommitted(4, "without a majority");
    }

    private static async Task LeaderFailureAsync(LabCluster cluster)
    {
        await cluster.OneAsync(Number(101), cluster.Servers, retry: false);
        cluster.Disconnect(await cluster.CheckOneLeaderAsync());
        await cluster.OneAsync(Number(102), cluster.Servers - 1, retry: false);
        await cluster.SleepAsync(RaftElectionTimeout);
        await cluster.OneAsync(Number(103), cluster.Servers - 1, retry: false);

        cluster.Disconnect(await cluster.CheckOneLeaderAsync());
        for (var server = 0; server < cluster.Servers; server++)
        {
            await cluster.ProposeAsync(server, Number(104));
        }

        await cluster.SleepAsync(2 * RaftElectionTimeout);
        cluster.CheckNothingCommitted(4, "without a majority");
    }

    private static async Task FailAgreeAsync(LabCluster cluster)
    {
        await cluster.OneAsync(Number(101), cluster.Servers, retry: false);

        var follower = Next(cluster, await cluster.CheckOneLeaderAsync(), 1);
        cluster.Disconnect(follower);
        await cluster.OneAsync(Number(102), cluster.Servers - 1, retry: false);
        await cluster.OneAsync(Number(103), cluster.Servers - 1, retry: false);
        await cluster.SleepAsync(RaftElectionTimeout);
        await cluster.OneAsync(Number(104), cluster.Servers - 1, retry: false);
        await cluster.OneAsync(Number(105), cluster.Servers - 1, retry: false);

        // Back on the network, it catches up, and all agree.
        cluster.Connect(follower);
        await cluster.OneAsync(Number(106), cluster.Servers, retry: true);
        await cluster.SleepAsync(RaftElectionTimeout);
        await cluster.OneAsync(Number(107), cluster.Servers, retry: true);
    }

    private static async Task FailNoAgreeAsync(LabCluster cluster)
    {
        await cluster.OneAsync(Number(10), cluster.Servers, retry: false);

        // Three of five are away.
        var first = await cluster.CheckOneLeaderAsync();
        int[] away = [Next(cluster, first, 1), Next(cluster, first, 2), Next(cluster, first, 3)];
        Array.ForEach(away, cluster.Disconnect);
        var lost = await cluster.ProposeAsync(first, Number(20));
        Expect(lost.IsLeader, $"expected leader {first} to accept a command");
        Expect(lost.Index.Value == 2, $"expected index 2, got {lost.Index}");
        await cluster.SleepAsync(2 * RaftElectionTimeout);
        cluster.CheckNothingCommitted(2, "without a majority");

        // The three may have elected one of themselves, without the entry at index 2.
        Array.ForEach(away, cluster.Connect);
        var second = await cluster.CheckOneLeaderAsync();
        var kept = await cluster.ProposeAsync(second, Number(30));
        Expect(kept.IsLeader, $"expected leader {second} to accept a command");
        Expect(kept.Index.Value is 2 or 3, $"expected index 2 or 3, got {kept.Index}");
        await cluster.OneAsync(Number(1000), cluster.Servers, retry: true);
    }

    private static async Task ConcurrentStartsAsync(LabCluster cluster)
    {
        for (var attempt = 0; attempt < _tries; attempt++)
        {
            if (attempt > 0)
            {
                // Give the cluster some time to settle.
                await cluster.SleepAsync(3000);
            }

            if (await AllStartsAreCommittedAsync(cluster, await cluster.CheckOneLeaderAsync()))
            {
                return;
            }
        }

        throw new LabFailure("expected a term that lasts, but the term changed too often");
    }

    // False where the term changed, so that nothing can be said.
    private static async Task<bool> AllStartsAreCommittedAsync(LabCluster cluster, int leader)
    {
        var first = await cluster.ProposeAsync(leader, Number(1));
        if (!first.IsLeader)
        {
            return false;
        }

        async Task<Proposal> StartAsync(int number)
        {
            await Task.Yield();
            return await cluster.ProposeAsync(leader, Number(number));
        }

        var proposals = await Task.WhenAll(Enumerable.Range(100, 5).Select(StartAsync));
        if (cluster.AnyTermOtherThan(first.Term))
        {
            return false;
        }

        var values = new HashSet<string>();
        foreach (var proposal in proposals.Where(one => one.IsLeader && one.Term == first.Term))
        {
            if (await cluster.WaitAsync(proposal.Index.Value, cluster.Servers, first.Term) is not { } value)
            {
                return false;
            }

            ExpectNumber(value, proposal.Index.Value);
            values.Add(value.ToString());
        }

        for (var number = 100; number < 105; number++)
        {
            Expect(
                values.Contains(number.ToString(CultureInfo.InvariantCulture)),
                $"expected {number} among the committed commands, got {string.Join(", ", values)}");
        }

        return true;
    }

    private static async Task RejoinAsync(LabCluster cluster)
    {
        await cluster.OneAsync(Number(101), cluster.Servers, retry: true);

        // The leader takes commands that no other server receives.
        var first = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect(first);
        foreach (var number in (int[])[102, 103, 104])
        {
            await cluster.ProposeAsync(first, Number(number));
        }

        await cluster.OneAsync(Number(103), 2, retry: true);

        // The new leader is disconnected, and the old one reconnected.
        var second = await cluster.CheckOneLeaderAsync();
        cluster.Disconnect(second);
        cluster.Connect(first);
        await cluster.OneAsync(Number(104), 2, retry: true);

        cluster.Connect(second);
        await cluster.OneAsync(Number(105), cluster.Servers, retry: true);
    }

    private static async Task BackupAsync(LabCluster cluster)
    {
        await cluster.OneAsync(cluster.RandomCommand(), cluster.Servers, retry: true);

        // The leader and one follower are alone: many commands that are not committed.
        var first = await cluster.CheckOneLeaderAsync();
        int[] three = [Next(cluster, first, 2), Next(cluster, first, 3), Next(cluster, first, 4)];
        Array.ForEach(three, cluster.Disconnect);
        await StartManyAsync(cluster, first, 50);
        await cluster.SleepAsync(RaftElectionTimeout / 2);
        cluster.Disconnect(first);
        cluster.Disconnect(Next(cluster, first, 1));

        // The other three commit many of their own.
        Array.ForEach(three, cluster.Connect);
        await AgreeManyAsync(cluster, 50, 3);

        // Their leader with one of them: again many that are not committed.
        var second = await cluster.CheckOneLeaderAsync();
        var other = Next(cluster, first, 2) is var candidate && candidate != second ? candidate : Next(cluster, second, 1);
        cluster.Disconnect(other);
        await StartManyAsync(cluster, second, 50);
        await cluster.SleepAsync(RaftElectionTimeout / 2);
        for (var server = 0; server < cluster.Servers; server++)
        {
            cluster.Disconnect(server);
        }

        // The first two servers, with long conflicting logs, and one with the committed log.
        cluster.Connect(first);
        cluster.Connect(Next(cluster, first, 1));
        cluster.Connect(other);
        await AgreeManyAsync(cluster, 50, 3);

        for (var server = 0; server < cluster.Servers; server++)
        {
            cluster.Connect(server);
        }

        await cluster.OneAsync(cluster.RandomCommand(), cluster.Servers, retry: true);
    }

    private static async Task CountAsync(LabCluster cluster)
    {
        await cluster.CheckOneLeaderAsync();
        var election = cluster.CallsReceived();
        Expect(election is >= 1 and <= 30, $"expected 1 to 30 RPCs to elect the first leader, got {election}");

        for (var attempt = 0; ; attempt++)
        {
            Expect(attempt < _tries, "expected a term that lasts, but the term changed too often");
            if (attempt > 0)
            {
                await cluster.SleepAsync(3000);
            }

            if (await AgreementIsCheapAsync(cluster, await cluster.CheckOneLeaderAsync()))
            {
                break;
            }
        }

        var before = cluster.CallsReceived();
        await cluster.SleepAsync(RaftElectionTimeout);
        var idle = cluster.CallsReceived() - before;
        Expect(idle <= 3 * 20, $"expected at most 60 RPCs in a second without commands, got {idle}");
    }

    // False where the term changed, so that nothing can be said.
    private static async Task<bool> AgreementIsCheapAsync(LabCluster cluster, int leader)
    {
        const int commands = 10;
        var before = cluster.CallsReceived();
        var first = await cluster.ProposeAsync(leader, Number(1));
        if (!first.IsLeader)
        {
            return false;
        }

        var values = new List<Command>();
        for (var i = 1; i < commands + 2; i++)
        {
            var command = cluster.RandomCommand();
            var proposal = await cluster.ProposeAsync(leader, command);
            if (!proposal.IsLeader || proposal.Term != first.Term)
            {
                return false;
            }

            Expect(proposal.Index == first.Index + i, $"expected index {first.Index + i}, got {proposal.Index}");
            values.Add(command);
        }

        for (var i = 1; i <= commands; i++)
        {
            if (await cluster.WaitAsync((first.Index + i).Value, cluster.Servers, first.Term) is not { } value)
            {
                return false;
            }

            Expect(value == values[i - 1], $"expected {values[i - 1]} at index {first.Index + i}, got {value}");
        }

        if (cluster.AnyTermOtherThan(first.Term))
        {
            return false;
        }

        const int limit = (commands + 1 + 3) * 3;
        var calls = cluster.CallsReceived() - before;
        Expect(calls <= limit, $"expected at most {limit} RPCs for {commands + 2} commands, got {calls}");
        return true;
    }

    private static int Next(LabCluster cluster, int server, int by) => (server + by) % cluster.Servers;

    private static async Task ExpectIndexAsync(LabCluster cluster, Command command, int expected, long index)
    {
        var got = await cluster.OneAsync(command, expected, retry: false);
        Expect(got == index, $"expected agreement at index {index}, got {got}");
    }

    private static async Task StartManyAsync(LabCluster cluster, int server, int commands)
    {
        for (var i = 0; i < commands; i++)
        {
            await cluster.ProposeAsync(server, cluster.RandomCommand());
        }
    }

    private static async Task AgreeManyAsync(LabCluster cluster, int commands, int expected)
    {
        for (var i = 0; i < commands; i++)
        {
            await cluster.OneAsync(cluster.RandomCommand(), expected, retry: true);
        }
    }
}
