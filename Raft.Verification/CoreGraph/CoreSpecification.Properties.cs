using ModelChecking;
using Raft.Impl.Core;
using Raft.Verification.Conformance;

namespace Raft.Verification.CoreGraph;

// The properties of Figure 3, on real cores, and that each step is one of the model.
internal sealed partial class CoreSpecification
{
    /// <inheritdoc/>
    public override IReadOnlyList<Invariant> Invariants =>
    [
        new(nameof(ElectionSafety), ElectionSafety),
        new(nameof(LogMatching), LogMatching),
        new(nameof(StateMachineSafety), StateMachineSafety),
        new(nameof(LeaderCompleteness), LeaderCompleteness),
        new(ConformanceMonitor.Name, state => _difference[state] == 0),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<ActionProperty> ActionProperties =>
    [
        new(nameof(LeaderAppendOnly), LeaderAppendOnly),
        new(nameof(CommitIndexNeverDecreases), CommitIndexNeverDecreases),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Sometimes> Reachable =>
    [
        new("ALeaderIsElected", state => HasServer(state, server => server.Core.Role == Role.Leader)),
        .. Bounds.Raft.MaxLog > 0 && Bounds.Raft.MaxClientRequests != 0
            ? [new Sometimes("AnEntryIsCommitted", state => HasServer(state, server => server.Commit > 0))]
            : (Sometimes[])[],
    ];

    // Two leaders of one term are one server.
    private bool ElectionSafety(State state)
    {
        for (var i = 0; i < Servers; i++)
        {
            var one = ServerIn(state, i).Core;
            for (var j = i + 1; j < Servers && one.Role == Role.Leader; j++)
            {
                var other = ServerIn(state, j).Core;
                if (other.Role == Role.Leader && other.CurrentTerm == one.CurrentTerm)
                {
                    return false;
                }
            }
        }

        return true;
    }

    // If two logs have an entry with the same index and term, they are identical up to it.
    private bool LogMatching(State state)
    {
        for (var i = 0; i < Servers; i++)
        {
            var one = ServerIn(state, i).Log.Span;
            for (var j = i + 1; j < Servers; j++)
            {
                var other = ServerIn(state, j).Log.Span;
                var length = Math.Min(one.Length, other.Length);
                while (length > 0 && !GhostEntries.HaveOneTerm(one[length - 1], other[length - 1]))
                {
                    length--;
                }

                if (!one[..length].SequenceEqual(other[..length]))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // What any two servers have committed agrees.
    private bool StateMachineSafety(State state)
    {
        for (var i = 0; i < Servers; i++)
        {
            var one = ServerIn(state, i);
            for (var j = i + 1; j < Servers; j++)
            {
                var other = ServerIn(state, j);
                if (!HoldsPrefix(other, one, Math.Min(one.Commit, other.Commit)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // A leader whose term is at least that of a server holds all that the server has committed.
    private bool LeaderCompleteness(State state)
    {
        for (var i = 0; i < Servers; i++)
        {
            var leader = ServerIn(state, i);
            for (var j = 0; j < Servers && leader.Core.Role == Role.Leader; j++)
            {
                var server = ServerIn(state, j);
                if (leader.Core.CurrentTerm >= server.Core.CurrentTerm && !HoldsPrefix(leader, server, server.Commit))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool LeaderAppendOnly(State before, int action, State after)
    {
        for (var i = 0; i < Servers; i++)
        {
            if (_server[before, i] != _server[after, i]
                && ServerIn(before, i) is { Core.Role: Role.Leader } one
                && ServerIn(after, i) is { Core.Role: Role.Leader } other
                && !HoldsPrefix(other, one, one.Log.Length))
            {
                return false;
            }
        }

        return true;
    }

    private bool CommitIndexNeverDecreases(State before, int action, State after)
    {
        for (var i = 0; i < Servers && action != (int)CoreAction.Restart; i++)
        {
            if (_server[before, i] != _server[after, i]
                && ServerIn(after, i).Core.CommitIndex < ServerIn(before, i).Core.CommitIndex)
            {
                return false;
            }
        }

        return true;
    }

    private bool HasServer(State state, Predicate<CoreServer> predicate)
    {
        for (var i = 0; i < Servers; i++)
        {
            if (predicate(ServerIn(state, i)))
            {
                return true;
            }
        }

        return false;
    }

    // Whether a server holds the first entries of another's log.
    private static bool HoldsPrefix(CoreServer server, CoreServer other, int length) =>
        server.Log.Length >= length && server.Log.Span[..length].SequenceEqual(other.Log.Span[..length]);
}
