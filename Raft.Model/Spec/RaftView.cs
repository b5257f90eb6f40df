namespace Raft.Model.Spec;

/// <summary>A state of the specification, unpacked: for programs that draw it, or hold it against something else.</summary>
/// <param name="Servers">Each server.</param>
/// <param name="Messages">The messages in flight.</param>
public sealed record RaftView(IReadOnlyList<ServerView> Servers, IReadOnlyList<MessageView> Messages);

/// <summary>A server.</summary>
/// <param name="Role">Follower, Candidate or Leader.</param>
/// <param name="Term">currentTerm.</param>
/// <param name="VotedFor">votedFor, the number of a server from 1; null: nobody.</param>
/// <param name="Log">The log, with what a snapshot has replaced: the term and the value of each entry.</param>
/// <param name="SnapshotIndex">The last index that a snapshot has replaced; 0: none.</param>
/// <param name="CommitIndex">commitIndex.</param>
/// <param name="Durable">The same as it is on disk; null: no different, as no write is in flight.</param>
public sealed record ServerView(
    string Role, int Term, int? VotedFor, IReadOnlyList<(int Term, string Value)> Log, int SnapshotIndex, int CommitIndex,
    ServerView? Durable);

/// <summary>A message.</summary>
/// <param name="Identity">Equal for equal messages, and only for them.</param>
/// <param name="Type">Its mtype.</param>
/// <param name="From">msource, from 1.</param>
/// <param name="To">mdest, from 1.</param>
/// <param name="Term">mterm.</param>
/// <param name="Fields">What else it says, by name.</param>
/// <param name="Copies">How many copies there are.</param>
/// <param name="IsHeld">Whether it waits for a write of its sender, and so is not in flight yet.</param>
public sealed record MessageView(
    ulong Identity, string Type, int From, int To, int Term, IReadOnlyDictionary<string, string> Fields, int Copies, bool IsHeld);
