namespace Raft.Verification.CoreGraph;

/// <summary>A step of one server. It does not depend on the other servers, so it is taken and checked once.</summary>
/// <param name="Next">The number of the server's state after it.</param>
/// <param name="Sent">The numbers of the messages that it sends.</param>
/// <param name="Difference">The number of the text that says how it differs from the model; 0 if it does not.</param>
/// <param name="Spent">How much of the action's budget it takes: elections that begin, commands that are taken, restarts.</param>
internal sealed record ServerStep(int Next, int[] Sent, int Difference, int Spent = 0);

/// <summary>The kinds of steps, in the order of their numbers in a counterexample.</summary>
internal enum CoreAction
{
    /// <summary>The election timer of server i runs out.</summary>
    ElectionTimeout,

    /// <summary>The heartbeat timer of leader i runs out.</summary>
    HeartbeatTimeout,

    /// <summary>Clients propose commands to leader i.</summary>
    Propose,

    /// <summary>Some writes of server i, the oldest ones, become durable, and it learns of it.</summary>
    WriteDurable,

    /// <summary>The service of server i takes a snapshot.</summary>
    Compact,

    /// <summary>The service of server i asks for more to apply.</summary>
    ReadyToApply,

    /// <summary>Server i crashes, with any number of its writes in flight on its disk, and starts again.</summary>
    Restart,

    /// <summary>A server receives a vote request.</summary>
    ReceiveRequestVote,

    /// <summary>A server receives an answer to a vote request.</summary>
    ReceiveRequestVoteReply,

    /// <summary>A server receives entries, or a heartbeat.</summary>
    ReceiveAppendEntries,

    /// <summary>A server receives an answer to entries.</summary>
    ReceiveAppendEntriesReply,

    /// <summary>A server receives a part of a snapshot.</summary>
    ReceiveInstallSnapshot,

    /// <summary>A server receives an answer to a part of a snapshot.</summary>
    ReceiveInstallSnapshotReply,

    /// <summary>The network duplicates a message.</summary>
    DuplicateMessage,

    /// <summary>The network loses a message.</summary>
    DropMessage,
}
