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

    /// <summary>state: 0 Follower, 1 Candidate, 2 Leader, 3 PreCandidate.</summary>
    public required int Role { get; init; }

    /// <summary>commitIndex.</summary>
    public required int CommitIndex { get; init; }

    /// <summary>votesGranted of a candidate or a pre-candidate, as a bit mask; 0 of others.</summary>
    public required int VotesGranted { get; init; }

    /// <summary>nextIndex and matchIndex of a leader, for each server but itself; empty for others.</summary>
    public required IReadOnlyList<(int Next, int Match)> Progress { get; init; }

    /// <summary>The last index and term of the snapshot that is arriving, and how much of it has arrived; zeros if none is.</summary>
    public required (int Index, int Term, int Length) Received { get; init; }

    /// <summary>contact.</summary>
    public bool HasContact { get; init; }

    /// <summary>heard of a leader, as a bit mask.</summary>
    public int Heard { get; init; }

    /// <summary>The server to which a leader transfers its leadership, from 0; null: none.</summary>
    public int? Transferee { get; init; }

    /// <summary>Whether that server was asked to stand for election.</summary>
    public bool IsAskedToStand { get; init; }

    /// <summary>Whether a leader with option LeaseReads asked any server to stand for election in its term.</summary>
    public bool TimeoutNowSent { get; init; }

    /// <summary>The last round of a leader; 0 of others.</summary>
    public int Round { get; init; }

    /// <summary>Whether that round is in flight.</summary>
    public bool RoundInFlight { get; init; }

    /// <summary>readIndex of the round in flight; 0 if none is.</summary>
    public int ReadIndex { get; init; }

    /// <summary>Whether it has a lease.</summary>
    public bool HasLease { get; init; }

    /// <summary>
    /// Of a leader, for each server but itself: the last round that it answered, and the ids of its reads that wait for the next round and
    /// that are part of the round in flight; 0: none. Empty for others.
    /// </summary>
    public IReadOnlyList<(int Acked, int Waiting, int InRound)> Reads { get; init; } = [];

    /// <summary>The id of the read that it has asked its leader for; null: none.</summary>
    public int? PendingRead { get; init; }

    /// <summary>The messages that wait, each with the number of writes that must complete. They have no entries.</summary>
    public required IReadOnlyList<(ModelMessage Message, int Held)> Waiting { get; init; }
}

/// <summary>What a server of the specification keeps across a restart.</summary>
/// <param name="Term">currentTerm.</param>
/// <param name="VotedFor">votedFor, from 0; null: none.</param>
/// <param name="SnapshotIndex">snapshotIndex.</param>
/// <param name="Log">The log, with the entries that the snapshot covers.</param>
public sealed record ModelDurable(int Term, int? VotedFor, int SnapshotIndex, IReadOnlyList<(int Term, int Value)> Log);
