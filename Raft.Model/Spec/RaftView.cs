namespace Raft.Model.Spec;

/// <summary>A state of the specification, unpacked, for programs that draw or compare it.</summary>
/// <param name="Servers">Each server.</param>
/// <param name="Messages">The messages in flight.</param>
public sealed record RaftView(IReadOnlyList<ServerView> Servers, IReadOnlyList<MessageView> Messages);

/// <summary>A server.</summary>
/// <param name="Role">Follower, Candidate or Leader.</param>
/// <param name="Term">currentTerm.</param>
/// <param name="VotedFor">votedFor, the number of a server from 1, or null.</param>
/// <param name="Log">The log, including the entries that a snapshot has replaced: the term and value of each.</param>
/// <param name="SnapshotIndex">The last index that the snapshot covers, or 0.</param>
/// <param name="CommitIndex">commitIndex.</param>
/// <param name="Durable">The durable state, or null if no write is in flight.</param>
public sealed record ServerView(
    string Role, int Term, int? VotedFor, IReadOnlyList<(int Term, string Value)> Log, int SnapshotIndex, int CommitIndex,
    ServerView? Durable);

/// <summary>A message.</summary>
/// <param name="Identity">Equal if and only if the messages are equal.</param>
/// <param name="Type">Its mtype.</param>
/// <param name="From">msource, from 1.</param>
/// <param name="To">mdest, from 1.</param>
/// <param name="Term">mterm.</param>
/// <param name="Fields">Its other fields, by name.</param>
/// <param name="Copies">The number of copies.</param>
/// <param name="IsHeld">Whether it waits for a write of its sender and is not in flight yet.</param>
public sealed record MessageView(
    ulong Identity, string Type, int From, int To, int Term, IReadOnlyDictionary<string, string> Fields, int Copies, bool IsHeld);
