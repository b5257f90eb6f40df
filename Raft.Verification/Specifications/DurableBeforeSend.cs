using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 2, State: persistent state is updated on stable storage before responding to RPCs. A server sends nothing that depends on state
/// that is not yet durable.
/// </summary>
[PropertyMeaning("Persistent state is on stable storage before anything is sent that depends on it.", "Figure 2, State")]
public sealed class DurableBeforeSend : SpecificationMonitor
{
    // The last index that each disk's log reached during the term that the disk holds.
    private readonly Dictionary<ServerId, (Term Term, LogIndex LastIndex)> _reached = [];

    /// <inheritdoc/>
    public override string Property => nameof(DurableBeforeSend);

    /// <inheritdoc/>
    public override void OnStarted(ServerState server) => OnDurable(server);

    /// <inheritdoc/>
    public override void OnLost(ServerState server) => _reached.Remove(server.Id);

    /// <inheritdoc/>
    public override void OnDurable(ServerState server)
    {
        var disk = server.Durable;
        var reached = _reached.TryGetValue(server.Id, out var before) && before.Term == disk.Term ? before.LastIndex : LogIndex.Zero;
        _reached[server.Id] = (disk.Term, LogIndex.Max(reached, disk.Log.LastIndex));
    }

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message)
    {
        var disk = server.Durable;
        if (message.Term > disk.Term)
        {
            Violate($"{server.Id} sent {message}, but its disk holds term {disk.Term}.");
            return;
        }

        // A disk that holds a later term does not show what it held in the message's term.
        if (disk.Term > message.Term)
        {
            return;
        }

        var log = disk.Log;
        switch (message)
        {
            case RequestVoteReply { VoteGranted: true } when disk.VotedFor != message.To:
            case RequestVote when disk.VotedFor != message.From:
                Violate(
                    $"{server.Id} sent {message}, but its disk holds a vote for {disk.VotedFor?.ToString() ?? "no server"} in that term.");
                break;
            // The log of a candidate that lost its election may have been truncated while the request waited.
            case RequestVote request when _reached[server.Id].LastIndex < request.LastLogIndex:
                Violate($"{server.Id} sent {message}, but its disk holds the log only up to {log.LastIndex}.");
                break;
            case AppendEntriesReply { Success: true } reply when log.LastIndex < reply.LastIndex:
            case InstallSnapshotReply { Missing: null } snapshot when log.LastIndex < snapshot.LastIndex:
                Violate($"{server.Id} sent {message}, but its disk holds the log only up to {log.LastIndex}.");
                break;
            case AppendEntriesReply { Success: true } reply when !HoldsAsInMemory(server, reply.LastIndex):
            case InstallSnapshotReply { Missing: null } snapshot when !HoldsAsInMemory(server, snapshot.LastIndex):
                Violate($"{server.Id} sent {message}, but at that index its disk holds another entry than its memory.");
                break;
            default:
                break;
        }
    }

    private static bool HoldsAsInMemory(ServerState server, LogIndex index) =>
        server.Core is not { } core
        || core.CurrentTerm != server.Durable.Term
        || core.Log.TermAt(index) is not { } inMemory
        || server.Durable.Log.TermAt(index) is not { } onDisk
        || inMemory == onDisk;
}
