using System.Collections.Immutable;
using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>What monitors know of the whole cluster.</summary>
/// <param name="servers">The servers, in the order of their ids.</param>
public sealed class ClusterState(ImmutableArray<ServerState> servers)
{
    private readonly List<CommittedEntry> _committed = [];

    /// <summary>The servers, in the order of their ids.</summary>
    public ImmutableArray<ServerState> Servers => servers;

    /// <summary>The leader of the latest term that has a leader, or null.</summary>
    public RaftCore? Leader
    {
        get
        {
            RaftCore? leader = null;
            foreach (var server in servers)
            {
                if (server.Core is { Role: Role.Leader } core && (leader is null || core.CurrentTerm > leader.CurrentTerm))
                {
                    leader = core;
                }
            }

            return leader;
        }
    }

    /// <summary>The number of servers in a majority.</summary>
    public int Quorum => (servers.Length / 2) + 1;

    /// <summary>Every entry that any server ever considered committed, from index 1. The list never shrinks.</summary>
    public IReadOnlyList<CommittedEntry> Committed => _committed;

    /// <summary>The messages that reached a server although no server sent them, compared by reference.</summary>
    public ISet<Message> Strays { get; } = new HashSet<Message>(ReferenceEqualityComparer.Instance);

    /// <summary>A server, by its id.</summary>
    public ServerState this[ServerId id]
    {
        get
        {
            foreach (var server in servers)
            {
                if (server.Id == id)
                {
                    return server;
                }
            }

            throw new ArgumentOutOfRangeException(nameof(id), id, "There is no such server.");
        }
    }

    /// <summary>The true time in ticks, or null where there is no clock.</summary>
    public long? Now => Clock?.Invoke();

    /// <summary>
    /// Whether each link is first in, first out, with a delay that does not depend on size. Then the cost of a message is exact.
    /// </summary>
    public bool IsOrderly { get; internal set; }

    internal Func<long>? Clock { get; set; }

    internal void Commit(CommittedEntry entry) => _committed.Add(entry);
}

/// <summary>An entry that is committed.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Term">The term of the first server that considered it committed.</param>
/// <param name="Server">That server.</param>
public sealed record CommittedEntry(LogEntry Entry, Term Term, ServerId Server);
