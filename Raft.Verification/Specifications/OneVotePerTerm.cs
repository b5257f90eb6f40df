using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// §5.2: each server will vote for at most one candidate in a given term, also across crashes. A server that changes or forgets its vote
/// within a term is reported at once, before it sends a second vote. Other monitors check the consequences for timers, disks and leaders.
/// </summary>
[PropertyMeaning("Each server votes for at most one candidate in a given term, over crashes too.", "§5.2")]
public sealed class OneVotePerTerm : SpecificationMonitor
{
    private readonly Dictionary<(ServerId Voter, Term Term), ServerId> _votes = [];

    /// <inheritdoc/>
    public override string Property => nameof(OneVotePerTerm);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (server.PreviousVote is { } vote && core.VotedFor != vote && core.CurrentTerm == server.PreviousTerm)
        {
            if (core.VotedFor is { } other)
            {
                Violate($"{server.Id} votes for {other} in term {core.CurrentTerm}, in which it has voted for {vote}.");
            }
            else
            {
                Violate($"{server.Id} forgets in term {core.CurrentTerm} that it has voted for {vote}, and may vote again.");
            }
        }
    }

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message)
    {
        // A candidate votes for itself: its requests show this vote.
        var vote = message switch
        {
            RequestVoteReply { VoteGranted: true } reply => reply.To,
            RequestVote request => request.From,
            _ => (ServerId?)null,
        };
        if (vote is { } candidate && !_votes.TryAdd((server.Id, message.Term), candidate) && _votes[(server.Id, message.Term)] != candidate)
        {
            Violate(
                $"{server.Id} voted for {candidate} in term {message.Term}, in which it had voted for "
                    + $"{_votes[(server.Id, message.Term)]}.");
        }
    }

    /// <inheritdoc/>
    public override void OnStarted(ServerState server)
    {
        var core = server.Core!;
        if (_votes.TryGetValue((server.Id, core.CurrentTerm), out var vote) && core.VotedFor != vote)
        {
            Violate(
                $"{server.Id} started again in term {core.CurrentTerm} with a vote for {core.VotedFor?.ToString() ?? "no server"}, though "
                    + $"it had voted for {vote}.");
        }
    }
}
