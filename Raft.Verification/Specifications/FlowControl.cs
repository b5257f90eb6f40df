using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Every message, and everything that is in flight or waits, has a bound (<see cref="CoreOptions"/>): the entries and bytes of a message,
/// the messages that a follower has not answered, the bytes that were sent to it and not acknowledged, and the bytes that a leader accepts
/// before its service has applied them.
/// </summary>
[PropertyMeaning("Every message, and everything that is in flight or waits, has a bound.", "dissertation §10.2.1")]
public sealed class FlowControl : SpecificationMonitor
{
    // How many messages with entries a leader of a term has sent to a follower since it last heard from it.
    private readonly Dictionary<int, (Term Term, int Messages)> _unanswered = [];

    /// <inheritdoc/>
    public override string Property => nameof(FlowControl);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        var limits = core.Options;
        if (input is MessageReceived { Message: (AppendEntriesReply or InstallSnapshotReply) and var reply })
        {
            _unanswered.Remove(LinkKey(server.Id, reply.From));
        }

        for (var i = 0; i < output.Messages.Count; i++)
        {
            switch (output.Messages[i].Message)
            {
                case AppendEntries { Entries.Count: > 0 } request:
                    CheckEntries(core, request, limits);
                    break;
                case InstallSnapshot chunk when chunk.Data.Length > limits.MaxMessageBytes:
                    Violate(
                        $"{server.Id} sends {chunk.Data.Length} bytes of a snapshot to {chunk.To} in one message, which carries "
                            + $"{limits.MaxMessageBytes} at most.");
                    break;
            }
        }

        if (input is Propose { Commands: var commands } && output.Proposals.Count(proposal => proposal.IsTaken) is > 0 and var taken)
        {
            CheckBacklog(core, taken, limits);
            for (var i = 0; i < commands.Count; i++)
            {
                if (output.Proposals[i].IsTaken && commands[i].Length > limits.MaxMessageBytes)
                {
                    Violate(
                        $"{server.Id} took a command of {commands[i].Length} bytes, though a message carries {limits.MaxMessageBytes} at "
                            + $"most.");
                }
            }
        }
    }

    private void CheckEntries(RaftCore leader, AppendEntries request, CoreOptions limits)
    {
        if (request.Entries.Count > limits.MaxEntriesPerMessage)
        {
            Violate(
                $"{leader.Id} sends {request.Entries.Count} entries to {request.To} in one message, which carries "
                    + $"{limits.MaxEntriesPerMessage} at most.");
        }

        if (request.Entries.Count > 1 && request.Entries.Size > limits.MaxMessageBytes)
        {
            Violate(
                $"{leader.Id} sends {request.Entries.Size} bytes of entries to {request.To} in one message, which carries "
                    + $"{limits.MaxMessageBytes} at most.");
        }

        var key = LinkKey(leader.Id, request.To);
        var sent = _unanswered.TryGetValue(key, out var known) && known.Term == leader.CurrentTerm ? known.Messages + 1 : 1;
        _unanswered[key] = (leader.CurrentTerm, sent);
        if (sent > limits.MaxInflightMessages)
        {
            Violate(
                $"{leader.Id} has sent {sent} messages with entries to {request.To} since it last heard from it; "
                    + $"{limits.MaxInflightMessages} may be in flight.");
        }

        // While nextIndex is a guess, the entries between matchIndex and nextIndex are not in flight.
        var progress = leader.ProgressOf(request.To);
        var before = Between(leader, progress.MatchIndex, request.PrevLogIndex.Next);
        if (!progress.Probing && before >= limits.MaxInflightBytes)
        {
            Violate(
                $"{leader.Id} sends entries to {request.To}, though {before} bytes are on their way, of which {limits.MaxInflightBytes} "
                    + $"are allowed: it holds up to {progress.MatchIndex}.");
        }
    }

    private static long Between(RaftCore leader, LogIndex match, LogIndex next)
    {
        var bytes = 0L;
        for (var index = LogIndex.Max(match.Next, leader.Log.FirstIndex); index < next && index <= leader.Log.LastIndex; index = index.Next)
        {
            bytes += leader.Log[index].Size;
        }

        return bytes;
    }

    // The first entry of a term is always accepted, because it commits those of earlier terms.
    private void CheckBacklog(RaftCore leader, int taken, CoreOptions limits)
    {
        var bytes = Between(leader, leader.LastApplied, leader.Log.LastIndex.Next);
        var isFirst = taken == 1
            && (leader.Log.LastIndex == leader.LastApplied.Next || leader.Log.TermAt(leader.Log.LastIndex.Previous) != leader.CurrentTerm);
        if (bytes > limits.MaxUncommittedBytes && !isFirst)
        {
            Violate($"{leader.Id} took {taken} commands, though {bytes} bytes wait to be applied, more than {limits.MaxUncommittedBytes}.");
        }
    }
}
