using Raft.Impl.Core;
using Raft.Model.Spec;

namespace Raft.Verification.Conformance;

/// <summary>Follows the actions that the model takes beside the running code.</summary>
internal interface IModelObserver
{
    /// <summary>A server starts for the first time. Its commitIndex is its snapshotIndex then.</summary>
    /// <param name="server">The server, from 0.</param>
    /// <param name="protocol">Its extensions of Figure 2.</param>
    /// <param name="stored">What its disk holds.</param>
    void Started(int server, ProtocolOptions protocol, ModelDurable stored);

    /// <summary>The model of a server took an action.</summary>
    void Took(ModelStep step);
}

/// <summary>An action of the specification that a server took, with its arguments and some of the variables after it.</summary>
/// <param name="Action">The action.</param>
/// <param name="Server">The server, from 0.</param>
internal sealed record ModelStep(RaftAction Action, int Server)
{
    /// <summary>The message that it handled, if any.</summary>
    public ModelRecord? Received { get; init; }

    /// <summary>The message that it sent, if any.</summary>
    public ModelRecord? Sent { get; init; }

    /// <summary>How many of the server's writes the message that it sent waits for.</summary>
    public int Held { get; init; }

    /// <summary>ClientRequest: the values.</summary>
    public IReadOnlyList<int> Values { get; init; } = [];

    /// <summary>AppendEntries and InstallSnapshot: whether nextIndex moves.</summary>
    public bool MovesNext { get; init; }

    /// <summary>Of a response that it handled: nextIndex of the server that sent it.</summary>
    public int NextIndex { get; init; }

    /// <summary>currentTerm.</summary>
    public int CurrentTerm { get; init; }

    /// <summary>state: 0 Follower, 1 Candidate, 2 Leader.</summary>
    public int Role { get; init; }

    /// <summary>commitIndex.</summary>
    public int CommitIndex { get; init; }

    /// <summary>snapshotIndex.</summary>
    public int SnapshotIndex { get; init; }

    /// <summary>Len(log).</summary>
    public int LogLength { get; init; }

    /// <summary>The number of writes in flight.</summary>
    public int Writes { get; init; }
}

/// <summary>A message of the specification.</summary>
/// <param name="Fields">Its fields.</param>
/// <param name="Entries">Its entries, or those of its snapshot: the term and the value of each.</param>
internal sealed record ModelRecord(ModelMessage Fields, IReadOnlyList<(int Term, int Value)> Entries);
