using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 2, volatile state on leaders: matchIndex is the highest entry known to be replicated on a server, and increases monotonically;
/// nextIndex is the next entry to send to it, so it is greater than matchIndex.
/// </summary>
[PropertyMeaning(
    "matchIndex increases monotonically and is true of the follower's disk, and nextIndex lies behind it.",
    "Figure 2, volatile state on leaders")]
public sealed class LeaderProgress : SpecificationMonitor
{
    // The matchIndex of each server, as each leader knew it after its last step.
    private readonly Dictionary<ServerId, LogIndex[]> _known = [];

    /// <inheritdoc/>
    public override string Property => nameof(LeaderProgress);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (core.Role != Role.Leader)
        {
            return;
        }

        if (!_known.TryGetValue(server.Id, out var known))
        {
            known = new LogIndex[Cluster.Servers.Length];
            _known.Add(server.Id, known);
        }

        if (server.PreviousRole != Role.Leader || server.PreviousTerm != core.CurrentTerm)
        {
            Array.Clear(known);
        }

        for (var i = 0; i < known.Length; i++)
        {
            var follower = Cluster.Servers[i];
            if (follower != server)
            {
                var progress = core.ProgressOf(follower.Id);
                Check(core, follower, progress, known[i]);
                known[i] = progress.MatchIndex;
            }
        }
    }

    private void Check(RaftCore leader, ServerState follower, Progress progress, LogIndex known)
    {
        var match = progress.MatchIndex;
        if (match < known)
        {
            Violate(
                $"{leader.Id}, leader of term {leader.CurrentTerm}, knew that {follower.Id} holds its log up to {known}; now it knows only "
                    + $"up to {match}.");
        }
        else if (progress.NextIndex <= match)
        {
            Violate(
                $"{leader.Id}, leader of term {leader.CurrentTerm}, would send entry {progress.NextIndex} next to {follower.Id}, which is "
                    + $"known to hold up to {match}.");
        }
        else if (match > LogIndex.Zero && !Holds(follower, leader, match))
        {
            var held = follower.Durable.Log.TermAt(match) is { } term
                ? $"an entry of term {term} at that index"
                : $"up to {follower.Durable.Log.LastIndex}";
            Violate(
                $"{leader.Id}, leader of term {leader.CurrentTerm}, takes it that {follower.Id} holds its log up to {match}, "
                + $"but the disk there holds {held}, in term {follower.Durable.Term}.");
        }
    }

    // A follower in a later term may have accepted entries of another leader since.
    private static bool Holds(ServerState follower, RaftCore leader, LogIndex index)
    {
        var disk = follower.Durable;
        return disk.Term > leader.CurrentTerm
            || (disk.Term == leader.CurrentTerm
                && index <= leader.Log.LastIndex
                && index <= disk.Log.LastIndex
                && (leader.Log.TermAt(index) is not { } here || disk.Log.TermAt(index) is not { } there || here == there));
    }
}
