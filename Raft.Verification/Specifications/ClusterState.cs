using System.Collections.Immutable;
using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>What monitors know of the whole cluster.</summary>
/// <param name="servers">Its servers, in the order of their names.</param>
public sealed class ClusterState(ImmutableArray<ServerState> servers)
{
    private readonly List<CommittedEntry> _committed = [];

    /// <summary>The servers, in the order of their names.</summary>
    public ImmutableArray<ServerState> Servers => servers;

    /// <summary>The server that leads the latest term that has a leader; null: none leads.</summary>
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

    /// <summary>How many servers are a majority.</summary>
    public int Quorum => (servers.Length / 2) + 1;

    /// <summary>
    /// All that any server ever held to be committed, in the order of the log; the entry of index 1 first. It never shrinks: what is
    /// committed is committed for good.
    /// </summary>
    public IReadOnlyList<CommittedEntry> Committed => _committed;

    /// <summary>The messages that reached a server though no server sent them: these objects, not others like them.</summary>
    public ISet<Message> Strays { get; } = new HashSet<Message>(ReferenceEqualityComparer.Instance);

    /// <summary>A server, by its name.</summary>
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

    /// <summary>The true time, in ticks; null where there is no clock.</summary>
    public long? Now => Clock?.Invoke();

    /// <summary>Whether each way is first in, first out, and takes no time by bytes; so is what a message costs exact.</summary>
    public bool IsOrderly { get; internal set; }

    internal Func<long>? Clock { get; set; }

    internal void Commit(CommittedEntry entry) => _committed.Add(entry);
}

/// <summary>An entry that is committed.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Term">The term of the server that was the first to hold it committed.</param>
/// <param name="Server">That server.</param>
public sealed record CommittedEntry(LogEntry Entry, Term Term, ServerId Server);
