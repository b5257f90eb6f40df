using Raft.Model.Spec;

namespace Raft.Verification.Conformance;

/// <summary>
/// The actions and guards of the model that explorations do not reach, with the reasons. All others are reached: a test explores all
/// scenarios and compares.
/// </summary>
internal static class UnreachedRules
{
    private const string _part = "a server handles a message in one step here; a guard of that step counts it";
    private const string _network = "the network's: beside the code, each server is followed alone";

    /// <summary>The reasons.</summary>
    public static IReadOnlyDictionary<ModelRule, string> Reasons { get; } = new Dictionary<ModelRule, string>
    {
        [new(RaftAction.UpdateTerm, null)] = _part,
        [new(RaftAction.ReturnToFollowerState, null)] = _part,
        [new(RaftAction.ConflictAppendEntriesRequest, null)] = _part,
        [new(RaftAction.NoConflictAppendEntriesRequest, null)] = _part,
        [new(RaftAction.DuplicateMessage, null)] = _network,
        [new(RaftAction.DropMessage, null)] = _network,
    };
}
