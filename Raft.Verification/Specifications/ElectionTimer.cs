using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 2, Followers and Candidates: the leader's messages, a vote that is given and an election of its own put a server's election off, and nothing else
/// does; who ceases to lead begins to wait for one.
/// </summary>
public sealed class ElectionTimer : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(ElectionTimer);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        var isPutOff = output.ElectionTimer == TimerChange.Restart;
        if (isPutOff != MustBePutOff(server, core, input, output))
        {
            Violate($"{server.Id}, {core.Role} in term {core.CurrentTerm}, {(isPutOff ? "puts its election off" : "does not put its election off")} after {input}.");
        }
    }

    private static bool MustBePutOff(ServerState server, RaftCore core, Input input, Output output) => input switch
    {
        _ when core.Role == Role.Leader => false,
        _ when server.PreviousRole == Role.Leader => true,
        ElectionTimeout => true,
        MessageReceived { Message: (AppendEntries or InstallSnapshot) and var message } => message.Term == core.CurrentTerm,
        MessageReceived { Message: RequestVote } => output.Messages.Any(sent => sent.Message is RequestVoteReply { VoteGranted: true }),
        _ => false,
    };
}
