using System.Globalization;
using System.Runtime.CompilerServices;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>Records what happens to a cluster in the log of its schedule.</summary>
internal sealed class ClusterEvents
{
    private readonly EventLog _log;

    // The numbers of the copies of a message that arrived: each becomes an input some steps later. They live as long as the message.
    private readonly ConditionalWeakTable<Message, Queue<long>> _arrived = [];

    private ClusterEvents(EventLog log) => _log = log;

    /// <summary>Records the events of a cluster from now on.</summary>
    public static void Record(SimulatedCluster cluster, EventLog log)
    {
        var events = new ClusterEvents(log);
        cluster.Traced = (happened, server) =>
            log.Add(server is null ? happened : happened with { Server = server.Id.Value, State = StateOf(server) });
        cluster.Network.Watch(events.Record);
        foreach (var server in cluster.Simulated)
        {
            server.Disk.Begun = write => events.Record(TraceEventKind.WriteBegun, server, write, ContentOf(write));
            server.Disk.Durable += write => events.Record(TraceEventKind.WriteDurable, server, write, content: null);
            server.Stepped += (_, input, _) => log.Add(new TraceEvent
            {
                Kind = TraceEventKind.Stepped,
                Server = server.Id.Value,
                Input = events.Describe(input),
                State = StateOf(server),
            });
        }
    }

    /// <summary>The event of a message, with its fields by their names in the paper.</summary>
    public static TraceEvent EventOf(NetworkEvent<Message> happened) => happened.ToTraceEvent(FieldsOf(happened.Message));

    private void Record(NetworkEvent<Message> happened)
    {
        if (happened.Kind == TraceEventKind.Arrived)
        {
            _arrived.GetOrCreateValue(happened.Message).Enqueue(happened.Number);
        }

        _log.Add(EventOf(happened));
    }

    private void Record(TraceEventKind kind, SimulatedServer server, RaftWrite write, string? content) => _log.Add(new TraceEvent
    {
        Kind = kind,
        Server = server.Id.Value,
        Write = new TraceWrite(write.Sequence, content),
        State = StateOf(server),
    });

    private static string ContentOf(RaftWrite write)
    {
        object?[] parts = [$"term {write.Term}", $"vote {write.VotedFor?.ToString() ?? "none"}", write.Snapshot, write.Log];
        return string.Join(", ", parts.Where(part => part is not null));
    }

    private TraceInput Describe(Input input) => new()
    {
        Type = input.GetType().Name,
        Received = input is MessageReceived { Message: var message }
            ? new TraceReceived(message.GetType().Name, message.From.Value, FieldsOf(message)) { Id = NumberOf(message) }
            : null,
        Write = (input as WriteDurable)?.Sequence,
        Commands = input is Propose propose ? [.. propose.Commands.Select(command => command.ToString())] : null,
        LastIndex = (input as Compact)?.LastIndex.Value,
    };

    // The number of a message that arrived; null for a stray, which no server sent.
    private long? NumberOf(Message message) =>
        _arrived.TryGetValue(message, out var numbers) && numbers.TryDequeue(out var first) ? first : null;

    private static TraceState? StateOf(SimulatedServer server)
    {
        if (server.State.Core is not { } core)
        {
            return null;
        }

        using var observed = StoredBytes.BeginObserving();
        var log = core.Log;
        var disk = server.State.Durable.Read();
        var durable = disk.Snapshot.LastIndex;
        while (durable < log.LastIndex && durable - disk.Snapshot.LastIndex < disk.Entries.Count
            && log.TermAt(durable.Next) == disk.Entries[(int)(durable - disk.Snapshot.LastIndex)].Term)
        {
            durable = durable.Next;
        }

        return new TraceState
        {
            Role = core.Role.ToString(),
            Term = core.CurrentTerm.Value,
            VotedFor = core.VotedFor?.Value,
            SnapshotIndex = log.Snapshot.LastIndex.Value,
            Log = [.. log.Entries.ToList().Select(TraceEntry.Of)],
            DurableIndex = durable.Value,
            CommitIndex = core.CommitIndex.Value,
            Applied = server.Applied.Value,
            DurableTerm = disk.Term.Value,
            DurableVote = disk.VotedFor?.Value,
        };
    }

    private static Dictionary<string, string> FieldsOf(Message message)
    {
        var fields = ContentOf(message);
        if (RoundOf(message) is > 0 and var round)
        {
            fields.Add("round", round.ToString(CultureInfo.InvariantCulture));
        }

        return fields;
    }

    private static long RoundOf(Message message) => message switch
    {
        AppendEntries request => request.Round,
        AppendEntriesReply reply => reply.Round,
        InstallSnapshot request => request.Round,
        InstallSnapshotReply reply => reply.Round,
        _ => 0,
    };

    private static Dictionary<string, string> ContentOf(Message message) => message switch
    {
        RequestVote { IsTransfer: true } request => Fields(
            message, ("lastLogIndex", request.LastLogIndex), ("lastLogTerm", request.LastLogTerm), ("transfer", true)),
        RequestVote request => Fields(message, ("lastLogIndex", request.LastLogIndex), ("lastLogTerm", request.LastLogTerm)),
        PreVote request => Fields(message, ("lastLogIndex", request.LastLogIndex), ("lastLogTerm", request.LastLogTerm)),
        PreVoteReply reply => Fields(message, ("voteGranted", reply.VoteGranted)),
        ReadIndexRequest request => Fields(message, ("read", request.Id)),
        ReadIndexReply reply => Fields(message, ("read", reply.Id), ("readIndex", reply.ReadIndex)),
        RequestVoteReply reply => Fields(message, ("voteGranted", reply.VoteGranted)),
        AppendEntries request => Fields(
            message,
            ("prevLogIndex", request.PrevLogIndex),
            ("prevLogTerm", request.PrevLogTerm),
            ("entries", request.Entries),
            ("leaderCommit", request.LeaderCommit)),
        AppendEntriesReply { Success: true } reply => Fields(message, ("success", true), ("lastIndex", reply.LastIndex)),
        AppendEntriesReply reply => Fields(
            message,
            ("success", false),
            ("lastIndex", reply.LastIndex),
            ("conflictIndex", reply.ConflictIndex),
            ("conflictTerm", (object?)reply.ConflictTerm ?? "none")),
        InstallSnapshot request => Fields(
            message,
            ("lastIncludedIndex", request.LastIndex),
            ("lastIncludedTerm", request.LastTerm),
            ("offset", request.Offset),
            ("bytes", request.Data.Length),
            ("done", request.Done)),
        InstallSnapshotReply reply => Fields(message, ("lastIndex", reply.LastIndex), ("missing", (object?)reply.Missing ?? "none")),
        _ => Fields(message),
    };

    private static Dictionary<string, string> Fields(Message message, params ReadOnlySpan<(string Name, object Value)> others)
    {
        var fields = new Dictionary<string, string> { ["term"] = message.Term.ToString() };
        foreach (var (name, value) in others)
        {
            fields.Add(name, value.ToString()!);
        }

        return fields;
    }
}
