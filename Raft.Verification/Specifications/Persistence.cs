using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 2, persistent state: once all writes of a server are durable, its disk holds exactly the currentTerm, votedFor, log and (§7)
/// snapshot that its memory holds.
/// </summary>
[PropertyMeaning(
    "Once all its writes are durable, a server's disk holds currentTerm, votedFor and log as its memory does.",
    "Figure 2, persistent state")]
public sealed class Persistence : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(Persistence);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (input is WriteDurable durable && durable.Sequence == server.LastWrite && output.Write is null
            && Difference(server, core) is { } difference)
        {
            Violate($"All writes of {server.Id} are durable, but {difference}.");
        }
    }

    private static string? Difference(ServerState server, RaftCore core)
    {
        var disk = server.Durable;
        if (disk.Term != core.CurrentTerm || disk.VotedFor != core.VotedFor)
        {
            return $"its disk holds term {disk.Term} and a vote for {disk.VotedFor?.ToString() ?? "no server"}, "
                + $"its memory term {core.CurrentTerm} and one for {core.VotedFor?.ToString() ?? "no server"}";
        }

        if (!ReferenceEquals(disk.Log.Snapshot, core.Log.Snapshot) && disk.Log.Snapshot != core.Log.Snapshot)
        {
            return $"its disk holds a {disk.Log.Snapshot}, its memory another: a {core.Log.Snapshot}";
        }

        return server.HasEntriesOnDisk()
            ? null
            : $"its disk holds the log up to {disk.Log.LastIndex}@{disk.Log.LastTerm}, "
                + $"its memory another, up to {core.Log.LastIndex}@{core.Log.LastTerm}";
    }
}
