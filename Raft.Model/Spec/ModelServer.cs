namespace Raft.Model.Spec;

/// <summary>
/// The state of one server of the specification as values, with the messages that wait for its writes. What no action reads in the server's
/// role is absent.
/// </summary>
public sealed record ModelServer
{
    /// <summary>What it keeps across a restart, once all its writes are complete.</summary>
    public required ModelDurable Durable { get; init; }

    /// <summary>The same before each of its writes in flight, the oldest first.</summary>
    public required IReadOnlyList<ModelDurable> Older { get; init; }

    /// <summary>state: 0 Follower, 1 Candidate, 2 Leader.</summary>
    public required int Role { get; init; }

    /// <summary>commitIndex.</summary>
    public required int CommitIndex { get; init; }

    /// <summary>votesGranted of a candidate, as a bit mask; 0 of others.</summary>
    public required int VotesGranted { get; init; }

    /// <summary>nextIndex and matchIndex of a leader, for each server but itself; empty for others.</summary>
    public required IReadOnlyList<(int Next, int Match)> Progress { get; init; }

    /// <summary>The last index and term of the snapshot that is arriving, and how much of it has arrived; zeros if none is.</summary>
    public required (int Index, int Term, int Length) Received { get; init; }

    /// <summary>The messages that wait, each with the number of writes that must complete. They have no entries.</summary>
    public required IReadOnlyList<(ModelMessage Message, int Held)> Waiting { get; init; }
}

/// <summary>What a server of the specification keeps across a restart.</summary>
/// <param name="Term">currentTerm.</param>
/// <param name="VotedFor">votedFor, from 0; null: none.</param>
/// <param name="SnapshotIndex">snapshotIndex.</param>
/// <param name="Log">The log, with the entries that the snapshot covers.</param>
public sealed record ModelDurable(int Term, int? VotedFor, int SnapshotIndex, IReadOnlyList<(int Term, int Value)> Log);
