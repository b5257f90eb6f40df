using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 3, Log Matching: if two logs contain an entry with the same index and term, then the logs are identical in all entries up through
/// the given index (§5.3).
/// </summary>
/// <remarks>
/// It suffices to compare each entry that is added to a log, with the term of its predecessor, to the first entry of that index and term in
/// any log. By induction all earlier entries are equal too.
/// </remarks>
[PropertyMeaning(
    "If two logs contain an entry with the same index and term, then the logs are identical in all entries up through the given index.",
    "Figure 3, Log Matching; §5.3")]
public sealed class LogMatching : SpecificationMonitor
{
    private readonly Dictionary<(LogIndex Index, Term Term), (LogEntry Entry, Term PreviousTerm, ServerId Server)> _seen = [];

    /// <inheritdoc/>
    public override string Property => nameof(LogMatching);

    /// <inheritdoc/>
    public override void OnStarted(ServerState server) => Check(server, server.Core!);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        Check(server, core);

        // A snapshot from the leader changes the predecessor of the entries that remain.
        if (input is MessageReceived { Message: InstallSnapshot } && server.LogChangedFrom is null
            && core.Log.FirstIndex <= core.Log.LastIndex)
        {
            Check(server, core, core.Log.FirstIndex);
        }
    }

    private void Check(ServerState server, RaftCore core)
    {
        if (server.LogChangedFrom is not { } index)
        {
            return;
        }

        for (; index <= core.Log.LastIndex; index = index.Next)
        {
            Check(server, core, index);
        }
    }

    private void Check(ServerState server, RaftCore core, LogIndex index)
    {
        var entry = core.Log[index];
        var previousTerm = core.Log.TermAt(index.Previous)!.Value;
        if (!_seen.TryGetValue((index, entry.Term), out var seen))
        {
            _seen.Add((index, entry.Term), (entry, previousTerm, server.Id));
        }
        else if (seen.Entry != entry)
        {
            Violate($"{server.Id} holds {entry} at index {index}, but {seen.Server} held {seen.Entry} there, of the same term.");
        }
        else if (seen.PreviousTerm != previousTerm)
        {
            Violate(
                $"{server.Id} holds {entry} at index {index} after an entry of term {previousTerm}, but {seen.Server} held it there after "
                    + $"one of term {seen.PreviousTerm}.");
        }
    }
}
