using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 2, State: persistent state is updated on stable storage before responding to RPCs. Nothing leaves a server that depends on what its disk does
/// not hold yet.
/// </summary>
public sealed class DurableBeforeSend : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(DurableBeforeSend);

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message)
    {
        var disk = server.Durable;
        if (message.Term > disk.Term)
        {
            Violate($"{server.Id} sent {message}, but its disk holds term {disk.Term}.");
            return;
        }

        // What the disk holds of a later term says nothing about what it held in the message's.
        if (disk.Term > message.Term)
        {
            return;
        }

        var log = disk.Log;
        switch (message)
        {
            case RequestVoteReply { VoteGranted: true } when disk.VotedFor != message.To:
            case RequestVote when disk.VotedFor != message.From:
                Violate($"{server.Id} sent {message}, but its disk holds a vote for {disk.VotedFor?.ToString() ?? "nobody"} in that term.");
                break;
            case RequestVote request when log.LastIndex < request.LastLogIndex:
                Violate($"{server.Id} sent {message}, but its disk holds the log only up to {log.LastIndex}.");
                break;
            case AppendEntriesReply { Success: true } reply when log.LastIndex < reply.LastIndex:
                Violate($"{server.Id} sent {message}, but its disk holds the log only up to {log.LastIndex}.");
                break;
            case AppendEntriesReply { Success: true } reply when !HoldsAsInMemory(server, reply.LastIndex):
                Violate($"{server.Id} sent {message}, but at that index its disk holds another entry than its memory.");
                break;
            case InstallSnapshotReply reply when log.LastIndex < reply.LastIndex:
                Violate($"{server.Id} sent {message}, but its disk holds the log only up to {log.LastIndex}.");
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
