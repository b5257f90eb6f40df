using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Exploration;

namespace Raft.Verification.Cluster;

/// <summary>What happened in a schedule.</summary>
public sealed class EventLog
{
    private readonly Queue<TraceEvent> _events = new();
    private Scheduler? _scheduler;

    /// <summary>The events so far.</summary>
    public IReadOnlyList<TraceEvent> Events => [.. _events];

    /// <summary>How many events are kept, of the last ones: each tells the whole log of a server, which may be long.</summary>
    public int Keep { get; init; } = int.MaxValue;

    /// <summary>How many events are not kept.</summary>
    public long Dropped { get; private set; }

    /// <summary>Called for each event; null: nobody listens.</summary>
    public Action<TraceEvent>? Noted { get; init; }

    /// <summary>Called before each step, with its number; null: nobody listens.</summary>
    public Action<long>? BeforeStep { get; init; }

    internal void Watch(Scheduler scheduler, SimulatedCluster cluster)
    {
        _scheduler = scheduler;
        scheduler.Running = operation =>
        {
            BeforeStep?.Invoke(scheduler.Steps);
            if (operation.Kind is OperationKind.Timer or OperationKind.Fault)
            {
                Note(TraceEventKind.Operation, operation.ToString()!, timerOf: operation is { Kind: OperationKind.Timer, Server: > 0 and var id } ? id : null);
            }
        };
        cluster.Traced = (kind, what, groups) =>
            Note(kind, what, groups is [[var server]] ? cluster.Simulated[server - 1] : null, groups: groups is [[_]] ? null : groups);
        cluster.Network.Traced = (kind, what, message, id, copyOf) => Note(kind, $"  {message} {what}", message: Describe(message, id, copyOf));
        foreach (var server in cluster.Simulated)
        {
            server.Disk.Begun = write => Note(TraceEventKind.WriteBegun, $"  {server.Id} begins {write}", server);
            server.Disk.Durable += write => Note(TraceEventKind.WriteDurable, $"{server.Id}: write {write.Sequence} is durable", server);
            server.Stepped += (state, input, _) => Note(
                TraceEventKind.Stepped,
                $"{server.Id} {Describe(input)}: {state.Core!.Role} in term {state.Core.CurrentTerm}, voted for {state.Core.VotedFor?.ToString() ?? "nobody"}, "
                + $"{Describe(state.Core.Log)}, commit index {state.Core.CommitIndex}",
                server,
                input: input.GetType().Name);
        }
    }

    private void Note(
        TraceEventKind kind,
        string text,
        SimulatedServer? server = null,
        TraceMessage? message = null,
        IReadOnlyList<IReadOnlyList<int>>? groups = null,
        string? input = null,
        int? timerOf = null)
    {
        var happened = new TraceEvent
        {
            Step = _scheduler!.Steps,
            Seconds = (double)_scheduler.Now / TimeSpan.TicksPerSecond,
            Kind = kind,
            Text = text,
            Server = server?.Id.Value ?? timerOf,
            Input = input,
            Message = message,
            State = server is null ? null : Describe(server),
            Groups = groups,
        };
        if (_events.Count == Keep)
        {
            _events.Dequeue();
            Dropped++;
        }

        _events.Enqueue(happened);
        Noted?.Invoke(happened);
    }

    private static TraceState? Describe(SimulatedServer server)
    {
        if (server.State.Core is not { } core)
        {
            return null;
        }

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
            Log = [.. log.Entries.ToArray().Select(entry => new TraceEntry(entry.Term.Value, entry.Command.ToString()))],
            DurableIndex = durable.Value,
            CommitIndex = core.CommitIndex.Value,
            Applied = server.Applied.Value,
            DurableTerm = disk.Term.Value,
            DurableVote = disk.VotedFor?.Value,
        };
    }

    /// <summary>A message, as traces tell it.</summary>
    internal static TraceMessage Describe(Message message, long id, long? copyOf) => new()
    {
        Id = id,
        CopyOf = copyOf,
        Type = message.GetType().Name,
        From = message.From.Value,
        To = message.To.Value,
        Term = message.Term.Value,
        Fields = message switch
        {
            RequestVote request => Fields(("lastLogIndex", request.LastLogIndex), ("lastLogTerm", request.LastLogTerm)),
            RequestVoteReply reply => Fields(("voteGranted", reply.VoteGranted)),
            AppendEntries request => Fields(
                ("prevLogIndex", request.PrevLogIndex), ("prevLogTerm", request.PrevLogTerm), ("entries", request.Entries), ("leaderCommit", request.LeaderCommit)),
            AppendEntriesReply { Success: true } reply => Fields(("success", true), ("lastIndex", reply.LastIndex)),
            AppendEntriesReply reply => Fields(
                ("success", false), ("lastIndex", reply.LastIndex), ("conflictIndex", reply.ConflictIndex), ("conflictTerm", (object?)reply.ConflictTerm ?? "none")),
            InstallSnapshot request => Fields(
                ("lastIncludedIndex", request.LastIndex),
                ("lastIncludedTerm", request.LastTerm),
                ("offset", request.Offset),
                ("bytes", request.Data.Length),
                ("done", request.Done)),
            InstallSnapshotReply reply => Fields(("lastIndex", reply.LastIndex), ("missing", (object?)reply.Missing ?? "none")),
            _ => Fields(),
        },
    };

    private static Dictionary<string, string> Fields(params (string Name, object Value)[] fields) =>
        fields.ToDictionary(field => field.Name, field => field.Value.ToString()!);

    private static string Describe(Input input) => input switch
    {
        MessageReceived received => $"takes {received.Message}",
        WriteDurable durable => $"learns that write {durable.Sequence} is durable",
        Propose propose => $"is asked to take {string.Join(", ", propose.Commands)}",
        Compact compact => $"compacts its log up to {compact.LastIndex}",
        _ => input.GetType().Name,
    };

    private static string Describe(RaftLog log) =>
        log.LastIndex >= log.FirstIndex ? $"log {log.FirstIndex} to {log.LastIndex}@{log.LastTerm}"
        : log.LastIndex == LogIndex.Zero ? "empty log"
        : $"log empty after a snapshot to {log.LastIndex}@{log.LastTerm}";
}
