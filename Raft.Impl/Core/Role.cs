namespace Raft.Impl.Core;

/// <summary>What a server is at a time (§5.1).</summary>
public enum Role
{
    /// <summary>It answers requests of leaders and candidates.</summary>
    Follower,

    /// <summary>It asks for votes, to become leader.</summary>
    Candidate,

    /// <summary>It takes proposals and replicates its log.</summary>
    Leader,

    /// <summary>
    /// It asks whether the others would vote for it, before it becomes a candidate (dissertation §9.6; <see
    /// cref="ProtocolOptions.PreVote"/>).
    /// </summary>
    PreCandidate,
}
