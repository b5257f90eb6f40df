using System.Globalization;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Labs;

/// <summary>
/// The labs' tester: a cluster on the labs' network, with servers numbered from 0, and the operations of the tests. It uses only <see
/// cref="IWorld"/>, so the tests run unchanged on virtual and on real time.
/// </summary>
public sealed partial class LabCluster
{
    /// <summary>
    /// The labs' RaftElectionTimeout: how long the tests wait for an election, in milliseconds. Implementations do not use it.
    /// </summary>
    public const int RaftElectionTimeout = 1000;

    // The answer of a server that is down.
    private static readonly Proposal _noAnswer = new(LogIndex.Zero, Term.Zero, ProposalRefusal.NotLeader);
    private readonly IWorld _world;
    private readonly LabNetwork _network;
    private readonly LabLogs _logs;
    private readonly LabService?[] _services;
    private readonly bool[] _connected;
    private readonly bool _takesSnapshots;
    private readonly TaskCompletionSource<LabFailure?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _begun;

    internal LabCluster(IWorld world, LabVersion version, bool takesSnapshots)
    {
        _world = world;
        _network = new LabNetwork(world);
        _logs = new LabLogs(world.Servers.Count);
        _services = new LabService?[world.Servers.Count];
        _connected = new bool[world.Servers.Count];
        _takesSnapshots = takesSnapshots;
        _begun = world.Time.GetTimestamp();
        Version = version;
    }

    /// <summary>The version of the tests.</summary>
    public LabVersion Version { get; }

    /// <summary>The number of servers.</summary>
    public int Servers => _connected.Length;

    /// <summary>The source of all randomness of the test.</summary>
    public Random Random => _world.Random;

    /// <summary>The bytes of all requests, and of the replies that arrived.</summary>
    public long Bytes => _network.Bytes;

    /// <summary>The time of the test, and what it sent and committed.</summary>
    public LabFigures Figures => new(_world.Time.GetElapsedTime(_begun), Servers, _network.Calls, _network.Bytes, _logs.Highest);

    /// <summary>The largest durable state of any server, in bytes, without snapshots.</summary>
    public int LogSize => _world.Servers.Max(server => Impl.Storage.DurableStateCodec.Encode(_world.Disk(server)).Length);

    /// <summary>A command that no test has used: the labs' random 63-bit integers.</summary>
    public Command RandomCommand() => Number(((long)Random.Next(int.MaxValue) << 31) | (uint)Random.Next(int.MaxValue));

    /// <summary>A command that is a number.</summary>
    public static Command Number(long number) => Command.FromText(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Waits.</summary>
    /// <param name="milliseconds">How long.</param>
    public Task SleepAsync(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _world.Time);

    /// <summary>Makes the network lose and delay messages from now on, or stops it.</summary>
    public void SetReliable(bool isReliable)
    {
        _network.IsReliable = isReliable;
        Note(isReliable ? "the network is reliable" : "the network is unreliable");
    }

    /// <summary>Makes the network hold back two replies in three from now on, or stops it.</summary>
    public void SetLongReordering(bool reorders)
    {
        _network.ReordersReplies = reorders;
        Note(reorders ? "two replies in three are held back" : "replies are not held back");
    }

    /// <summary>Whether a server is on the network; it need not run.</summary>
    public bool IsConnected(int server) => _connected[server];

    /// <summary>Whether a server runs; it need not be on the network.</summary>
    public bool IsUp(int server) => _services[server] is not null;

    /// <summary>Puts a server on the network: its ends to and from all that are on it.</summary>
    public void Connect(int server)
    {
        _connected[server] = true;
        for (var other = 0; other < Servers; other++)
        {
            if (_connected[other])
            {
                _network.Enable(Id(server), Id(other), true);
                _network.Enable(Id(other), Id(server), true);
            }
        }

        Note($"server {server} is connected");
    }

    /// <summary>Takes a server off the network.</summary>
    public void Disconnect(int server)
    {
        CutOff(server);
        Note($"server {server} is disconnected");
    }

    /// <summary>Crashes a server, if it runs. Its disk stays.</summary>
    public async Task CrashAsync(int server)
    {
        CutOff(server);

        // First, so that everything it has reported is still counted.
        _network.Delete(Id(server));
        if (_services[server] is { } service)
        {
            service.End();
            _services[server] = null;
            await _world.CrashAsync(Id(server));
            Note($"server {server} has crashed");
        }
    }

    /// <summary>Starts a server from its disk. If it runs, it crashes first. It is not on the network yet.</summary>
    public async Task StartAsync(int server)
    {
        await CrashAsync(server);
        if (Version >= LabVersion.Lab2025)
        {
            _logs.Clear(server);
        }

        var service = new LabService(_logs, server, _takesSnapshots, _world.Protocol.NoOp, Fail);
        _services[server] = service;
        await _world.StartAsync(Id(server), _network.Add(Id(server)), service);
        Note($"server {server} has started");
    }

    /// <summary>Starts a server and puts it on the network; from 2025 on, puts all servers on the network.</summary>
    public async Task RestartAsync(int server)
    {
        await StartAsync(server);
        if (Version < LabVersion.Lab2025)
        {
            Connect(server);
            return;
        }

        for (var other = 0; other < Servers; other++)
        {
            Connect(other);
        }
    }

    /// <summary>Takes a server away until a later restart: until 2024 by disconnecting it, from 2025 on by shutting it down.</summary>
    public async Task TakeDownAsync(int server)
    {
        if (Version < LabVersion.Lab2025)
        {
            Disconnect(server);
        }
        else
        {
            await CrashAsync(server);
        }
    }

    /// <summary>The labs' Start(): gives a command to a server.</summary>
    /// <returns>The server's answer. A server that is down does not lead.</returns>
    public async Task<Proposal> ProposeAsync(int server, Command command) =>
        (IsUp(server) ? await _world.ProposeAsync(Id(server), command) : null) ?? _noAnswer;

    /// <summary>How many requests all servers received, each in its current incarnation.</summary>
    public long CallsReceived() => _world.Servers.Sum(_network.CallsTo);

    /// <summary>Fails the test: a service received something wrong.</summary>
    internal void Fail(LabFailure failure) => _end.TrySetResult(failure);

    /// <summary>Completes when the test does, or fails as soon as the test must end.</summary>
    internal async Task UntilEndAsync(Task test)
    {
        // Not Task.WhenAny: its continuations run on the thread pool if those of one of its tasks do.
        _ = EndWithAsync(test);
        if (await _end.Task is { } failure)
        {
            throw failure;
        }

        await test;
    }

    private async Task EndWithAsync(Task test)
    {
        await test.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _end.TrySetResult(null);
    }

    private static ServerId Id(int server) => new(server + 1);

    private void CutOff(int server)
    {
        _connected[server] = false;
        for (var other = 0; other < Servers; other++)
        {
            _network.Enable(Id(server), Id(other), false);
            _network.Enable(Id(other), Id(server), false);
        }
    }

    private void Note(string what)
    {
        _world.Note(what);
        _world.SetFaultsEnded(
            _network is { IsReliable: true, ReordersReplies: false }
            && Array.TrueForAll(_connected, connected => connected)
            && Array.TrueForAll(_services, service => service is not null));
    }
}

/// <summary>The statistics of a test, as in the line that the labs print.</summary>
/// <param name="Time">The duration.</param>
/// <param name="Peers">The number of servers.</param>
/// <param name="Calls">How many RPCs were begun.</param>
/// <param name="Bytes">The bytes of all requests, and of the replies that arrived.</param>
/// <param name="Commits">The highest index that was committed.</param>
public readonly record struct LabFigures(TimeSpan Time, int Peers, long Calls, long Bytes, long Commits);
