using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Verification.Specifications;

namespace Raft.Tests.Specifications;

/// <summary>
/// A history of a cluster that a test builds and reports to one monitor. The cores are real; the test chooses what their disks hold and
/// which messages they receive and send. Writes wait until <see cref="Persist"/>, and only <see cref="Send"/> sends messages.
/// </summary>
internal sealed class History
{
    public static readonly ServerId S1 = new(1);
    public static readonly ServerId S2 = new(2);
    public static readonly ServerId S3 = new(3);

    private static readonly ServerId[] _members = [S1, S2, S3];
    private readonly List<(string Property, string Message)> _violations = [];
    private readonly Dictionary<ServerId, Queue<RaftWrite>> _writes = [];
    private readonly Specification _specification;

    private readonly CoreOptions _limits;

    public History(SpecificationMonitor monitor, CoreOptions? limits = null)
    {
        _limits = limits ?? CoreOptions.Default;
        var servers = _members.Select(id => new ServerState(id, new StorageImage())).ToArray();
        _specification = new Specification([.. servers], [monitor], (property, message) => _violations.Add((property, message.ToString())));
    }

    /// <summary>The true time, or null if there is no clock.</summary>
    public TimeSpan? Now
    {
        get;
        set
        {
            field = value;
            Cluster.Clock = value is { Ticks: var ticks } ? () => ticks : null;
        }
    }

    private ClusterState Cluster => _specification.Cluster;

    /// <summary>An entry in the form that it prints as: <c>a@1</c> is the command a of term 1.</summary>
    public static LogEntry Entry(string text)
    {
        var parts = text.Split('@');
        return new LogEntry(new Term(long.Parse(parts[1])), Command.FromText(parts[0]));
    }

    public static EntryList Entries(params string[] entries) => EntryList.Of([.. entries.Select(Entry)]);

    public static Snapshot SnapshotAt(long lastIndex, long lastTerm) =>
        new(new LogIndex(lastIndex), new Term(lastTerm), SnapshotData.FromText($"state at {lastIndex}"));

    public static DurableState Disk(long term, params string[] log) => new(new Term(term), null, Snapshot.None, Entries(log));

    public static Propose Proposal(string command) => new(Command.FromText(command));

    public static MessageReceived Vote(ServerId from, ServerId to, long term) =>
        new(new RequestVoteReply(from, to, new Term(term), VoteGranted: true));

    public static MessageReceived VoteRequest(ServerId from, ServerId to, long term, long lastIndex = 0, long lastTerm = 0) =>
        new(new RequestVote(from, to, new Term(term), new LogIndex(lastIndex), new Term(lastTerm)));

    public static MessageReceived Append(
        ServerId from, ServerId to, long term, EntryList? entries = null, long prev = 0, long prevTerm = 0, long commit = 0) =>
        new(new AppendEntries(
            from, to, new Term(term), new LogIndex(prev), new Term(prevTerm), entries ?? EntryList.Empty, new LogIndex(commit)));

    public static MessageReceived Agreement(ServerId from, ServerId to, long term, long upTo) =>
        new(new AppendEntriesReply(from, to, new Term(term), Success: true, new LogIndex(upTo)));

    public static MessageReceived Install(ServerId from, ServerId to, long term, Snapshot snapshot) =>
        new(new InstallSnapshot(from, to, new Term(term), snapshot));

    /// <summary>A server that took these inputs without the monitor.</summary>
    public static RaftCore Unseen(ServerId id, DurableState disk, params Input[] inputs)
    {
        var core = new RaftCore(id, _members, disk);
        foreach (var input in inputs)
        {
            core.Step(input);
        }

        return core;
    }

    /// <summary>The inputs that make a server that just started a leader of its next term.</summary>
    public static Input[] Election(ServerId id, long term) =>
        [ElectionTimeout.Instance, new WriteDurable(long.MaxValue), Vote(_members.First(voter => voter != id), id, term)];

    public RaftCore Core(ServerId id) => Cluster[id].Core!;

    /// <summary>Sets the content of a disk.</summary>
    public void Store(ServerId id, DurableState state)
    {
        var snapshot = state.Snapshot == Snapshot.None ? null : state.Snapshot;
        Cluster[id].Durable.Apply(
            new RaftWrite(0, state.Term, state.VotedFor, snapshot, new LogSuffix(state.Snapshot.LastIndex.Next, state.Entries)));
        _specification.Durable(Cluster[id]);
    }

    /// <summary>A server starts from its disk.</summary>
    public void Start(ServerId id)
    {
        _writes[id] = [];
        _specification.Started(Cluster[id], new RaftCore(id, _members, Cluster[id].Durable.Read(), _limits));
    }

    /// <summary>A server starts with this on its disk.</summary>
    public void Start(ServerId id, DurableState state)
    {
        Store(id, state);
        Start(id);
    }

    public void Crash(ServerId id) => _specification.Crashed(Cluster[id]);

    public Output Step(ServerId id, Input input)
    {
        var core = Core(id);
        var output = core.Step(input);
        if (output.Write is { } write)
        {
            _writes[id].Enqueue(write);
        }

        _specification.Stepped(Cluster[id], core, input, output);
        return output;
    }

    public Output Receive(MessageReceived received) => Step(received.Message.To, received);

    /// <summary>All writes of a server complete, and its core is informed.</summary>
    public void Persist(ServerId id)
    {
        while (_writes[id].TryDequeue(out var write))
        {
            Cluster[id].Durable.Apply(write);
            _specification.Durable(Cluster[id]);
            Step(id, new WriteDurable(write.Sequence));
        }
    }

    /// <summary>
    /// A server completes its writes, starts an election and wins it with the vote of another server, which need not have granted it.
    /// </summary>
    public void Elect(ServerId id)
    {
        Persist(id);
        Step(id, ElectionTimeout.Instance);
        Persist(id);
        Receive(Vote(_members.First(voter => voter != id), id, Core(id).CurrentTerm.Value));
        Assert.Equal(Role.Leader, Core(id).Role);
    }

    /// <summary>Changes a server as no step of a correct one could.</summary>
    public void Turn(ServerId id, RaftCore into, Input? by = null, Output? output = null) =>
        _specification.Stepped(Cluster[id], into, by ?? HeartbeatTimeout.Instance, output ?? new Output());

    /// <summary>A client proposes a command.</summary>
    public void Propose(ServerId id, string command) => _specification.Proposed(Cluster[id], Command.FromText(command));

    /// <summary>A server reports to its service that its snapshot is durable.</summary>
    public void Compacted(ServerId id, long lastIndex) => _specification.Compacted(Cluster[id], new LogIndex(lastIndex));

    /// <summary>The cluster is at rest from now on.</summary>
    public void Rest(TimeSpan now)
    {
        Now = now;
        _specification.Rest(now.Ticks);
    }

    /// <summary>Whether each link is first in, first out.</summary>
    public bool IsOrderly
    {
        get => Cluster.IsOrderly;
        set => Cluster.IsOrderly = value;
    }

    /// <summary>A client receives this answer to its proposal.</summary>
    public void Answer(ServerId id, string command, Proposal proposal) =>
        _specification.Answered(Cluster[id], Command.FromText(command), proposal);

    public void Send(Message message) => _specification.Sent(Cluster[message.From], message);

    /// <summary>A message that no server sent is about to reach a server.</summary>
    public void Stray(Message message) => _specification.Strayed(message);

    public void Send(Output output)
    {
        foreach (var outgoing in output.Messages)
        {
            Send(outgoing.Message);
        }
    }

    /// <summary>The service of a server applies an entry.</summary>
    public void Apply(ServerId id, long index, string entry, ulong state)
    {
        _specification.Applied(Cluster[id], new ApplyMessage(new LogIndex(index), Entry(entry)), state);
    }

    /// <summary>The service of a server replaces its state by a snapshot.</summary>
    public void Apply(ServerId id, Snapshot snapshot, ulong state) =>
        _specification.Applied(Cluster[id], new ApplyMessage(snapshot), state);

    public void FaultsEnded(TimeSpan now) => _specification.FaultsEnded(now.Ticks);

    public void FaultsResumed() => _specification.FaultsResumed();

    public void Time(TimeSpan now) => _specification.Time(now.Ticks);

    public void IsGood() => Assert.Empty(_violations);

    /// <summary>Asserts that one property was violated once, with a message that contains all these texts.</summary>
    public void Violates(string property, params string[] witnesses)
    {
        var (found, message) = Assert.Single(_violations);
        Assert.Equal(property, found);
        Assert.All(witnesses, witness => Assert.Contains(witness, message, StringComparison.Ordinal));
    }
}
