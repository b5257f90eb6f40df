using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Raft.Impl.Core;

/// <summary>
/// One server of Raft: Figure 2 of the extended paper ("In Search of an Understandable Consensus Algorithm"), with log compaction
/// (§7, Figure 13), as a deterministic state machine. One input goes in, one output comes out; there is no clock, no I/O and no
/// randomness in here. It is not thread-safe: one owner steps it.
/// </summary>
/// <remarks>
/// The files follow the boxes of Figure 2: this one holds the state; <c>RaftCore.AppendEntries.cs</c> and <c>RaftCore.RequestVote.cs</c>
/// are the receivers of the two RPCs; <c>RaftCore.AllServers.cs</c>, <c>.Followers.cs</c>, <c>.Candidates.cs</c> and <c>.Leaders.cs</c>
/// are the rules for servers. <c>RaftCore.InstallSnapshot.cs</c> is the receiver of Figure 13, <c>RaftCore.Compaction.cs</c> the rest of
/// §7, <c>RaftCore.Durability.cs</c> what waits for stable storage, <c>RaftCore.Objections.cs</c> which messages a server rejects, and
/// <c>RaftCore.Value.cs</c> what makes two servers equal. Beyond the figures (<see cref="ProtocolOptions"/>): <c>RaftCore.PreVote.cs</c>,
/// <c>RaftCore.Transfer.cs</c> and <c>RaftCore.Reads.cs</c>.
/// </remarks>
public sealed partial class RaftCore : IEquatable<RaftCore>
{
    private readonly ImmutableArray<ServerId> _members;
    private readonly int _self;
    private readonly CoreOptions _options;
    private readonly ProtocolOptions _protocol;

    // Persistent state on all servers (Fig. 2): updated on stable storage before responding to RPCs.
    private Term _currentTerm;
    private ServerId? _votedFor;
    private readonly RaftLog _log;

    // Volatile state on all servers (Fig. 2).
    private LogIndex _commitIndex;
    private LogIndex _lastApplied;

    // Not in the figure: the role, and the leader of this term, if the server knows it.
    private Role _role;
    private ServerId? _leader;
    private bool _serviceIsReady = true;

    // The bytes of the entries that the service has not received yet. A leader bounds them.
    private long _unappliedBytes;

    // Volatile state on candidates: who granted its vote, by position in the membership.
    private readonly bool[] _votes;

    // Volatile state on leaders (Fig. 2), by position in the membership; reinitialized after election. With them: what is in flight to each
    // follower.
    private readonly Progress[] _progress;
    private readonly ReplicationWindow[] _windows;
    private readonly SnapshotTransfer?[] _transfers;

    // Figure 13, on followers: the part of a snapshot that has arrived.
    private ReceivedSnapshot? _received;

    /// <summary>Starts a server: a follower with the state that its stable storage holds.</summary>
    /// <param name="id">The server's own name.</param>
    /// <param name="members">The names of all servers of the cluster, its own among them.</param>
    /// <param name="durable">The state that the stable storage holds.</param>
    /// <param name="options">The limits; null: the defaults.</param>
    /// <param name="protocol">The extensions of Figure 2; null: none.</param>
    /// <exception cref="ArgumentNullException">The members or the state are null.</exception>
    /// <exception cref="ArgumentException">
    /// The members are empty, repeat a name, or lack the server's own; or the extensions contradict each other.
    /// </exception>
    /// <exception cref="InvalidDataException">The stable storage contradicts itself.</exception>
    public RaftCore(
        ServerId id, IEnumerable<ServerId> members, DurableState durable, CoreOptions? options = null, ProtocolOptions? protocol = null)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(durable);
        _members = [.. members.Order()];
        if (_members.IsEmpty)
        {
            throw new ArgumentException("A cluster needs at least one server; the list of members is empty.", nameof(members));
        }

        for (var i = 1; i < _members.Length; i++)
        {
            if (_members[i] == _members[i - 1])
            {
                throw new ArgumentException($"The list of members names {_members[i]} more than once.", nameof(members));
            }
        }

        _self = _members.IndexOf(id);
        if (_self < 0)
        {
            throw new ArgumentException($"The list of members ({string.Join(", ", _members)}) lacks this server, {id}.", nameof(members));
        }

        if (durable.Contradiction() is { } contradiction)
        {
            throw new InvalidDataException($"The stable storage of {id} contradicts itself: {contradiction}.");
        }

        if (durable.VotedFor is { } vote && !_members.Contains(vote))
        {
            throw new InvalidDataException($"The stable storage of {id} holds a vote for {vote}, which is not a member.");
        }

        _options = options ?? CoreOptions.Default;
        _protocol = protocol ?? ProtocolOptions.Figure2;
        _protocol.Validate();
        _currentTerm = durable.Term;
        _votedFor = durable.VotedFor;
        _log = new RaftLog(durable);
        _votes = new bool[_members.Length];
        _progress = new Progress[_members.Length];
        _windows = new ReplicationWindow[_members.Length];
        _transfers = new SnapshotTransfer?[_members.Length];
        _heard = new bool[_members.Length];
        _answeredRounds = new long[_members.Length];
        Array.Fill(_progress, _initialProgress);
        ForgetInflight(LogIndex.Zero);

        // §6.4.1: a leader may hold a lease that relies on this server's contact before it restarted.
        _hasContact = _protocol.LeaseReads;
        _unappliedBytes = durable.Entries.Size + (durable.Stored?.Size ?? 0);

        // §7: a snapshot holds only committed entries. The service starts empty, so it gets the snapshot first.
        _commitIndex = durable.Snapshot.LastIndex;
    }

    /// <summary>The server's own name.</summary>
    public ServerId Id => _members[_self];

    /// <summary>The limits.</summary>
    public CoreOptions Options => _options;

    /// <summary>The extensions of Figure 2.</summary>
    public ProtocolOptions Protocol => _protocol;

    /// <summary>All servers of the cluster, in order of their names.</summary>
    public ImmutableArray<ServerId> Members => _members;

    /// <summary>currentTerm: the latest term the server has seen.</summary>
    public Term CurrentTerm => _currentTerm;

    /// <summary>votedFor: the candidate that received the server's vote in the current term; null if none.</summary>
    public ServerId? VotedFor => _votedFor;

    /// <summary>The log.</summary>
    public RaftLog Log => _log;

    /// <summary>commitIndex: the highest entry known to be committed.</summary>
    public LogIndex CommitIndex => _commitIndex;

    /// <summary>lastApplied: the highest entry given to the service.</summary>
    public LogIndex LastApplied => _lastApplied;

    /// <summary>The bytes of the entries that the service has not received yet (<see cref="CoreOptions.MaxUncommittedBytes"/>).</summary>
    public long UnappliedBytes => _unappliedBytes;

    /// <summary>The server's role in its current term.</summary>
    public Role Role => _role;

    /// <summary>The leader of the current term; null if the server does not know it.</summary>
    public ServerId? Leader => _leader;

    /// <summary>nextIndex and matchIndex of a member; meaningful on a leader.</summary>
    /// <exception cref="IndexOutOfRangeException">It is not a member.</exception>
    public Progress ProgressOf(ServerId member) => _progress[_members.IndexOf(member)];

    /// <summary>
    /// The messages that were sent to a member and that it has not answered, and the bytes of their entries; meaningful on a leader.
    /// </summary>
    public (int Messages, long Bytes) InFlightTo(ServerId member)
    {
        var window = _windows[_members.IndexOf(member)];
        return (window.Messages, window.Bytes);
    }

    /// <summary>
    /// Whether the server counts the vote of a member for itself; meaningful on a candidate, and on one that asks before its election.
    /// </summary>
    /// <exception cref="IndexOutOfRangeException">It is not a member.</exception>
    public bool HasVoteOf(ServerId member) => _votes[_members.IndexOf(member)];

    /// <summary>The snapshot of which a part has arrived, and how many of its bytes; null if none is arriving.</summary>
    public (LogIndex LastIndex, Term LastTerm, long Bytes)? Arriving =>
        _received is { } part ? (part.LastIndex, part.LastTerm, part.Length) : null;

    /// <summary>Whether the service has taken all that was given to it.</summary>
    internal bool ServiceIsReady => _serviceIsReady;

    /// <summary>
    /// Whether a message that waited for a write is obsolete: the server is in a later term now, or is no longer a candidate. Sending it
    /// would only disturb the other servers.
    /// </summary>
    /// <exception cref="ArgumentNullException">The message is null.</exception>
    public bool IsStale(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Term < _currentTerm || (message is RequestVote && _role != Role.Candidate);
    }

    /// <summary>Takes one input, changes the state by the rules, and says what must be done.</summary>
    /// <exception cref="ArgumentNullException">The input is null.</exception>
    /// <exception cref="ArgumentException">
    /// The input cannot happen to this server: a snapshot of what it has not applied, say. Nothing has changed.
    /// </exception>
    /// <exception cref="IOException">
    /// An entry that only the storage holds cannot be read back (<see cref="StoredEntries"/>). The server must stop.
    /// </exception>
    /// <exception cref="UnreachableException">An invariant of Raft is broken. Only a defect can cause that.</exception>
    public Output Step(Input input) => StepInto(null, input);

    /// <summary>
    /// Takes one input, as <see cref="Step"/> does. It uses the output of an earlier step again; null: it makes a new one. A node takes
    /// many steps for a command: an output for each would be a fifth of what it allocates.
    /// </summary>
    /// <param name="last">The earlier output. The caller has done everything that it says.</param>
    /// <param name="input">The input.</param>
    internal Output StepInto(Output? last, Input input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var effects = ((Effects?)last ?? new Effects()).Begin(_currentTerm, _votedFor);
        switch (input)
        {
            case MessageReceived received:
                OnMessage(received.Message, effects);
                break;
            case Propose propose:
                OnProposals(propose.Commands, effects);
                break;
            case WriteDurable durable:
                OnWriteDurable(durable.Sequence, effects);
                break;
            case ReadyToApply:
                _serviceIsReady = true;
                break;
            case HeartbeatTimeout:
                OnHeartbeatTimeout(effects);
                break;
            case ElectionTimeout:
                OnElectionTimeout(effects);
                break;
            case Compact compact:
                OnCompact(compact.LastIndex, compact.Data, effects);
                break;
            case Read read:
                OnRead(read, effects);
                break;
            case TransferLeadership transfer:
                OnTransfer(transfer, effects);
                break;
            case LeaderIsSilent:
                _hasContact = false;
                break;
            case LeaseExpired:
                _hasLease = false;
                break;
            default:
                throw new ArgumentException($"There is no rule for {input.GetType().Name}.", nameof(input));
        }

        if (effects.Rejected is null)
        {
            AdvanceReads(effects);
            ApplyCommitted(effects);
            WriteChanges(effects);

            // What is committed is never deleted, so what is durable too can be read back.
            _log.Release(LogIndex.Min(_commitIndex, DurableIndex));
        }

        return effects;
    }

    private bool IsQuorum(int servers) => servers > _members.Length / 2;

    // The text is built only if the invariant is broken.
    private static void Invariant(
        [DoesNotReturnIf(false)] bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref InvariantText what)
    {
        if (!holds)
        {
            throw new UnreachableException($"An invariant of Raft is broken: {what.ToString()}.");
        }
    }
}
