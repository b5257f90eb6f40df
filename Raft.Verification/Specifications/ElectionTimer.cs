using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 2, Followers and Candidates: only messages from the leader, granting a vote and starting an election restart a server's election
/// timer. A leader that steps down starts the timer. An election restarts it twice: when it begins, and when the server's own vote is
/// durable and its requests leave. With a check of the quorum, or during a transfer of its leadership, a leader has a timer too. A timeout
/// that was already queued when the timer was restarted does not start an election.
/// </summary>
[PropertyMeaning(
    "The leader's messages, a vote that is given and an election of its own put a server's election off, and nothing else does.",
    "Figure 2, Followers and Candidates; §5.2")]
public sealed class ElectionTimer : SpecificationMonitor
{
    // The write in flight that holds a server's vote for itself.
    private readonly Dictionary<ServerId, (int Life, Term Term, long Sequence)> _votes = [];

    // When each server's election timer was last restarted.
    private readonly Dictionary<ServerId, (int Life, long Since)> _putOff = [];
    private static readonly TimeSpan _shortest = Timing.MinElectionTimeout / FastestClock;

    /// <inheritdoc/>
    public override string Property => nameof(ElectionTimer);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (output.Write is { } write && write.VotedFor == server.Id && write.Term > server.PreviousTerm)
        {
            _votes[server.Id] = (server.Life, write.Term, write.Sequence);
        }

        var isPutOff = output.ElectionTimer == TimerChange.Restart;
        if (Cluster.Now is { } now)
        {
            CheckElapsed(server, input, isPutOff, now);
        }

        if (isPutOff != MustBePutOff(server, core, input, output))
        {
            Violate(
                $"{server.Id}, {core.Role} in term {core.CurrentTerm}, "
                    + $"{(isPutOff ? "puts its election off" : "does not put its election off")} after {input}.");
        }
    }

    // A timeout that was queued before the timer was restarted is ignored.
    private void CheckElapsed(ServerState server, Input input, bool isPutOff, long now)
    {
        if (input is ElectionTimeout && _putOff.TryGetValue(server.Id, out var last) && last.Life == server.Life
            && now - last.Since < _shortest.Ticks)
        {
            Violate($"{server.Id} took an election timeout {Milliseconds(now - last.Since)} ms after its election was put off.");
        }

        if (isPutOff)
        {
            _putOff[server.Id] = (server.Life, now);
        }
    }

    private bool MustBePutOff(ServerState server, RaftCore core, Input input, Output output) => input switch
    {
        _ when output.Rejected is not null => false,
        _ when core.Role == Role.Leader => IsTimed(server, core, input, output),
        _ when server.PreviousRole == Role.Leader => true,
        ElectionTimeout => true,
        _ when core.Role == Role.Candidate && core.CurrentTerm > server.PreviousTerm => true,
        MessageReceived { Message: (AppendEntries or InstallSnapshot) and var message } => message.Term == core.CurrentTerm,
        MessageReceived { Message: RequestVote } => output.Messages.Any(sent => sent.Message is RequestVoteReply { VoteGranted: true }),
        WriteDurable durable => LearnsOfOwnVote(server, core, durable.Sequence) && core.Role == Role.Candidate,
        _ => false,
    };

    // A leader measures an election timeout for its check of the quorum, and for a transfer of its leadership.
    private static bool IsTimed(ServerState server, RaftCore core, Input input, Output output) =>
        (core.Protocol.CheckQuorum && (server.PreviousRole != Role.Leader || input is ElectionTimeout))
        || output.Transfer == TransferRefusal.None;

    private bool LearnsOfOwnVote(ServerState server, RaftCore core, long sequence)
    {
        if (!_votes.TryGetValue(server.Id, out var vote) || vote.Sequence > sequence)
        {
            return false;
        }

        _votes.Remove(server.Id);
        return vote.Life == server.Life && vote.Term == core.CurrentTerm;
    }
}
