using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Figure 3, Leader Append-Only: a leader never overwrites or deletes entries in its log; it only appends new entries (§5.3).
/// </summary>
[PropertyMeaning(
    "A leader never overwrites or deletes entries in its log; it only appends new entries.",
    "Figure 3, Leader Append-Only; §5.3")]
public sealed class LeaderAppendOnly : SpecificationMonitor
{
    /// <inheritdoc/>
    public override string Property => nameof(LeaderAppendOnly);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (core.Role == Role.Leader && server.LogChangedFrom is { } first && first <= server.PreviousLastIndex)
        {
            Violate(
                $"{server.Id}, leader of term {core.CurrentTerm}, changed its log from index {first} on, though it reached to "
                    + $"{server.PreviousLastIndex}.");
        }
    }
}
