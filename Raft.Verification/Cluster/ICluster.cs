using ModelChecking.Linearizability;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Verification.Conformance;

namespace Raft.Verification.Cluster;

/// <summary>
/// The interface of a scenario to its world: a cluster of real nodes, and all nondeterminism. Every engine implements it. A scenario takes
/// all its nondeterminism from here.
/// </summary>
public interface ICluster
{
    /// <summary>The names of all servers.</summary>
    IReadOnlyList<ServerId> Servers { get; }

    /// <summary>The leader of the latest term that has one; null if no server leads.</summary>
    ServerId? Leader { get; }

    /// <summary>The world of the cluster. A scenario that brings its own network and service uses only this.</summary>
    IWorld World { get; }

    /// <summary>
    /// The comparison with the formal model; null if it is off. A scenario that drives cores of its own compares them too.
    /// </summary>
    ConformanceMonitor? Conformance { get; }

    /// <summary>Starts all servers. From then on faults may strike.</summary>
    /// <param name="service">Makes the service of each incarnation of a server; null: one that only records what it applies.</param>
    Task StartAsync(Func<ServerId, IService>? service = null);

    /// <summary>The time, as a clock without drift shows it.</summary>
    DateTimeOffset UtcNow { get; }

    /// <summary>The service of the current incarnation of a server; null while it is down.</summary>
    IService? ServiceOf(ServerId server);

    /// <summary>Draws a number from 0 up to, but not including, a bound.</summary>
    int Choose(int bound);

    /// <summary>Waits for a number of steps.</summary>
    Task PauseAsync(int steps);

    /// <summary>Waits until a condition on the cluster holds.</summary>
    /// <param name="condition">The condition. It is evaluated after each step, so it must be cheap and have no effects.</param>
    /// <param name="what">The condition in words, for reports.</param>
    Task UntilAsync(Func<bool> condition, string what);

    /// <summary>
    /// Proposes a new, unique command to a server. The answer is null if the server is down, or crashes before it answers.
    /// </summary>
    Task<Proposal?> ProposeAsync(ServerId server);

    /// <summary>The extensions of Figure 2 that the servers have in this schedule. They are drawn when the servers start.</summary>
    ProtocolOptions Protocol { get; }

    /// <summary>
    /// Proposes a command to a server, and waits until its service has applied it. The answer is null if the server is down, or crashes
    /// before it answers.
    /// </summary>
    Task<ReplicationResult?> ReplicateAsync(ServerId server, Command command);

    /// <summary>A client calls an operation on the service.</summary>
    /// <param name="client">The client.</param>
    /// <param name="action">The operation.</param>
    /// <returns>The number of the call.</returns>
    int BeginCall(int client, RegisterAction action);

    /// <summary>The operation of a client has returned.</summary>
    /// <param name="call">The number of the call.</param>
    /// <param name="action">The operation, with its result.</param>
    void EndCall(int call, RegisterAction action);

    /// <summary>
    /// Asks a server whether its service may answer a linearizable read. The answer is null if the server is down, or crashes before it
    /// answers.
    /// </summary>
    Task<ReadBarrier?> ReadAsync(ServerId server);

    /// <summary>
    /// Asks a server to transfer its leadership. The answer is null if the server is down, or crashes before it answers.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="target">The server that is to lead; null: the server that is asked chooses one.</param>
    Task<LeadershipTransferResult?> TransferAsync(ServerId server, ServerId? target = null);

    /// <summary>Whether a server runs.</summary>
    bool IsUp(ServerId server);

    /// <summary>The index up to which the service of a server has applied the log; zero while it is down.</summary>
    LogIndex Applied(ServerId server);

    /// <summary>The commit index of a server; zero while it is down.</summary>
    LogIndex CommitIndex(ServerId server);

    /// <summary>Stops a server at once, if it runs. It may lose what is not durable.</summary>
    void Crash(ServerId server);

    /// <summary>Starts a server with what its disk holds, if it is down.</summary>
    void Restart(ServerId server);

    /// <summary>Cuts a group of servers off from the others, in both directions. Cuts add up until they are healed.</summary>
    void Partition(params IReadOnlyCollection<ServerId> group);

    /// <summary>Opens all links.</summary>
    void Heal();

    /// <summary>
    /// Ends all faults: the network is healed, disks resume, crashed servers start again, and time becomes fair. Each message takes a
    /// random time, so that messages may still overtake each other, as far as the budget allows.
    /// </summary>
    void EndFaults();

    /// <summary>Waits for a time. Time must be fair.</summary>
    Task DelayAsync(TimeSpan delay);

    /// <summary>
    /// Declares that the cluster is at rest from now on: a quorum of the servers runs and does not crash, all running servers have applied
    /// the same log and follow the same leader, and the scenario only waits and proposes commands to that leader.
    /// </summary>
    void BeginRest();
}
