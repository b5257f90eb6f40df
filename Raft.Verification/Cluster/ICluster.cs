using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>
/// The interface of a scenario to its world: a cluster of real nodes, and all nondeterminism. Every engine implements it. A scenario takes
/// all its nondeterminism from here.
/// </summary>
public interface ICluster
{
    /// <summary>The names of all servers.</summary>
    IReadOnlyList<ServerId> Servers { get; }

    /// <summary>The server that leads the latest term that has a leader; null: none leads.</summary>
    ServerId? Leader { get; }

    /// <summary>What lies beneath: for a scenario that brings its own network and service, and then uses this and nothing else of the cluster.</summary>
    IWorld World { get; }

    /// <summary>Starts every server, and lets faults strike from now on.</summary>
    Task StartAsync();

    /// <summary>Draws a number from 0 up to, but not including, a bound.</summary>
    int Choose(int bound);

    /// <summary>Lets the others go on for a number of steps.</summary>
    Task PauseAsync(int steps);

    /// <summary>Waits until a condition on the cluster holds.</summary>
    /// <param name="condition">The condition; cheap, and without effect.</param>
    /// <param name="what">The condition in words, for reports.</param>
    Task UntilAsync(Func<bool> condition, string what);

    /// <summary>Proposes a new command, unlike any other, to a server. The answer is null if it is down, or crashes before it answers.</summary>
    Task<Proposal?> ProposeAsync(ServerId server);

    /// <summary>Whether a server runs.</summary>
    bool IsUp(ServerId server);

    /// <summary>The index up to which the service of a server has applied the log; zero while it is down.</summary>
    LogIndex Applied(ServerId server);

    /// <summary>The commit index of a server; zero while it is down.</summary>
    LogIndex CommitIndex(ServerId server);

    /// <summary>Stops a server at once, if it runs. What it has not made durable may be gone.</summary>
    void Crash(ServerId server);

    /// <summary>Starts a server with what its disk holds, if it is down.</summary>
    void Restart(ServerId server);

    /// <summary>Cuts a group of servers off from the others, in both directions. Cuts add up until they are healed.</summary>
    void Partition(params IReadOnlyCollection<ServerId> group);

    /// <summary>Opens all ways.</summary>
    void Heal();

    /// <summary>
    /// No fault strikes any more, all that is broken is mended, crashed servers start again, and time is fair: each message takes a random while,
    /// so that one may still overtake another, if the budget has reorderings left.
    /// </summary>
    void EndFaults();

    /// <summary>Waits for a while, once time is fair.</summary>
    Task DelayAsync(TimeSpan delay);

    /// <summary>
    /// Says that the cluster is at rest from now on: a quorum of its servers runs and stays, each holds and has applied the same log and follows
    /// the same leader, and the scenario does nothing more but propose to that leader, and wait.
    /// </summary>
    void BeginRest();
}
