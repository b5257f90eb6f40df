using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Dissertation §6.4: a linearizable read sees every entry that was committed, at any server, before the read began. It is answered once.
/// </summary>
[PropertyMeaning("A read sees every entry that was committed, at any server, before it began.", "dissertation §6.4")]
public sealed class ReadsAreCurrent : SpecificationMonitor
{
    // What was committed when each read began, by the life of its server.
    private readonly Dictionary<(ServerId Server, int Life, long Id), LogIndex> _open = [];

    /// <inheritdoc/>
    public override string Property => nameof(ReadsAreCurrent);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (input is Read read)
        {
            // What this step itself commits was not committed before.
            _open[(server.Id, server.Life, read.Id)] = new LogIndex(Cluster.Committed.Count);
        }

        for (var i = 0; i < output.Reads.Count; i++)
        {
            var (id, index, refusal) = output.Reads[i];
            if (!_open.Remove((server.Id, server.Life, id), out var committed))
            {
                Violate($"{server.Id} answers read {id}, which does not wait for an answer.");
            }
            else if (refusal == ReadRefusal.None && index < committed)
            {
                Violate(
                    $"{server.Id}, {core.Role} in term {core.CurrentTerm}, lets its service answer a read once it has applied its log up "
                    + $"to {index}, but entries up to {committed} were committed before the read began.");
            }
        }
    }
}
