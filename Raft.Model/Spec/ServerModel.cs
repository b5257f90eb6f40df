using System.Numerics;
using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// One server of the specification, fired action by action: it follows a server of a running cluster. It needs no other server, because
/// each action reads and writes only one server and the messages. The rules are those that the checker explores, on a wide layout. Terms
/// and indexes are those of the running server; a server that never ran is in term 0. Not thread-safe.
/// </summary>
public sealed partial class ServerModel
{
    /// <summary>Option NoOp: the value of an entry without a command. A command's value is not negative.</summary>
    public const int NoOpValue = -1;

    private const int _fewWrites = 4;
    private const int _fewMessages = 15;
    private const int _fewSteps = 3;

    // Specifications are immutable, and the models of a thread share them. The records and logs of a model are passed in before each use.
    [ThreadStatic]
    private static Dictionary<(int Servers, int Writes, int Messages, int Protocol), RaftSpec>? _specifications;

    private readonly int _servers;
    private readonly int _self;
    private readonly ModelLogs _logs;
    private readonly RaftOptions _options;
    private readonly int _protocol;
    private readonly RuleCoverage? _coverage;
    private readonly Records _records = new();
    private int _writes = _fewWrites;
    private int _messages = _fewMessages;

    // The state is a step of the one; the next action adds its steps to the other.
    private Successors _steps;
    private Successors _next;
    private int _step;

    /// <summary>Makes the model of a server that starts.</summary>
    /// <param name="servers">The number of servers.</param>
    /// <param name="self">The server, from 0.</param>
    /// <param name="logs">The logs of the cluster's models.</param>
    /// <param name="coverage">Counts the actions that it takes, if not null.</param>
    /// <param name="options">
    /// <see cref="RaftOptions.Conforming"/>, with any of the options from <see cref="RaftOptions.NoOp"/> to <see
    /// cref="RaftOptions.LeaseReads"/>; null: with none.
    /// </param>
    public ServerModel(int servers, int self, ModelLogs logs, RuleCoverage? coverage = null, RaftOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(logs);
        (_servers, _self, _logs, _coverage, _options) = (servers, self, logs, coverage, options ?? RaftOptions.Conforming);
        _protocol = _options.ProtocolKey;
        logs.Add(this);
        (_steps, _next) = NewSteps(Use());
        Spec.VotedFor[State, 0] = Spec.Nil;
        Spec.Contact[State, 0] = Spec.Options.LeaseReads ? 1 : 0;
        Spec.ResetProgress(State, 0);
    }

    /// <summary>currentTerm.</summary>
    public int CurrentTerm => Spec.CurrentTerm[State, 0];

    /// <summary>votedFor, from 0; null: none.</summary>
    public int? VotedFor => Spec.VotedFor[State, 0] is var vote && vote == Spec.Nil ? null : vote;

    /// <summary>state: 0 Follower, 1 Candidate, 2 Leader, 3 PreCandidate.</summary>
    public int Role => Spec.Role[State, 0];

    /// <summary>The number of servers in votesGranted.</summary>
    public int Votes => BitOperations.PopCount((uint)Spec.VotesGranted[State, 0]);

    /// <summary>commitIndex.</summary>
    public int CommitIndex => Spec.CommitIndex[State, 0];

    /// <summary>snapshotIndex.</summary>
    public int SnapshotIndex => Spec.Durable.SnapshotIndex[State, 0];

    /// <summary>Len(log).</summary>
    public int LogLength => Spec.LogLength[State, 0];

    /// <summary>contact: whether the server has heard from a leader within the minimum election timeout.</summary>
    public bool Contact => Spec.Contact[State, 0] != 0;

    /// <summary>The server to which this leader transfers its leadership, from 0; null: none.</summary>
    public int? Transferee => Spec.Transferee[State, 0] is not 0 and var set ? BitOperations.TrailingZeroCount(set) : null;

    /// <summary>The number of the last round of heartbeats of this leader; 0 on others.</summary>
    public int Round => Spec.Round[State, 0];

    /// <summary>Whether that round is in flight.</summary>
    public bool RoundInFlight => Spec.RoundInFlight[State, 0] != 0;

    /// <summary>commitIndex when the round in flight began; 0 if none is in flight.</summary>
    public int ReadIndex => Spec.ReadIndex[State, 0];

    /// <summary>Whether this leader has a lease.</summary>
    public bool HasLease => Spec.Lease[State, 0] != 0;

    /// <summary>The id of the read that the server has asked a leader for; null: none.</summary>
    public int? PendingRead => Spec.PendingRead[State, 0] is not 0 and var id ? id : null;

    /// <summary>The number of writes in flight.</summary>
    public int Writes => Spec.Writes[State, 0];

    /// <summary>
    /// Which sequence of entries the log is a beginning of. While it is the same, entries are only added at the end or removed there.
    /// </summary>
    public int LogSequence => Spec.Durable.Log.SequenceOf(State, 0);

    /// <summary>The last action that was enabled.</summary>
    public RaftAction LastAction => (RaftAction)_steps.ActionOf(_step);

    /// <summary>Why the last action was not enabled: its guard, as the specification has it.</summary>
    public string? FailedGuard { get; private set; }

    /// <summary>The message that the last action sent; 0 if it sent none.</summary>
    public ulong Sent => _records.Last;

    private RaftSpec Spec { get; set; } = null!;

    private State State => _steps[_step];

    /// <summary>nextIndex of a follower, from 0.</summary>
    public int NextIndex(int follower) => Spec.NextIndex[State, 0, follower];

    /// <summary>matchIndex of a follower, from 0.</summary>
    public int MatchIndex(int follower) => Spec.MatchIndex[State, 0, follower];

    /// <summary>The last round that a server, from 0, has answered to this leader; 0 on others.</summary>
    public int Acked(int server) => Spec.Acked[State, 0, server];

    /// <summary>Whether a server, from 0, has answered this leader since its last check of the quorum.</summary>
    public bool Heard(int server) => (Spec.Heard[State, 0] >> server & 1) != 0;

    /// <summary>The term of the entry at an index; of index 0, it is 0.</summary>
    public int TermAt(int index) => index == 0 ? 0 : Spec.Durable.Log.TermAt(State, 0, index);

    /// <summary>The value of the entry at an index.</summary>
    public int ValueAt(int index) => Spec.Durable.Log.ValueAt(State, 0, index);

    /// <summary>Whether the newest write in flight leaves the first entries of the log as they were.</summary>
    /// <param name="length">How many entries.</param>
    public bool LastWriteKeeps(int length) =>
        DurableVariables.SamePrefix(State, Spec.Older[Writes - 1], State, Spec.Durable, 0, length);

    /// <summary>What is on stable storage once some of the writes in flight are complete.</summary>
    /// <param name="completed">How many.</param>
    public (int Term, int? VotedFor, int LogLength, int SnapshotIndex) StoredAfter(int completed)
    {
        var stored = completed < Writes ? Spec.Older[completed] : Spec.Durable;
        var vote = stored.VotedFor[State, 0];
        return (stored.CurrentTerm[State, 0], vote == Spec.Nil ? null : vote, stored.LogLength[State, 0], stored.SnapshotIndex[State, 0]);
    }

    /// <summary>Begins with what a stable storage holds: the server starts for the first time here.</summary>
    public void Begin(ModelDurable stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        Use();
        Spec.SetDurable(State, _self, Spec.Durable, stored);
        Spec.CommitIndex[State, 0] = stored.SnapshotIndex;
    }

    /// <summary>Makes room for a step.</summary>
    /// <param name="held">The number of messages that the server has not sent yet.</param>
    /// <param name="sent">The most messages that the step adds.</param>
    public void BeginStep(int held, int sent)
    {
        Use();

        // The step may also receive a message, and begin a write.
        var messages = held + sent + 1;
        var writes = Writes + 1;
        if (messages > _messages || writes > _writes || messages + _fewMessages < _messages / 4 || writes + _fewWrites < _writes / 4)
        {
            Resize(messages, writes);
        }
    }

    /// <summary>The server receives a message. Several outcomes are possible if the specification leaves a choice.</summary>
    /// <param name="message">The message. Its entries are those that were added to <see cref="ModelLogs"/>.</param>
    /// <param name="isOutcome">Chooses the outcome: called with the model after each possible one, until it returns true.</param>
    /// <returns>Whether there is an outcome. If none is chosen, the first is taken.</returns>
    public bool Receive(in ModelMessage message, Func<ServerModel, bool>? isOutcome = null)
    {
        var m = Add(message);
        Begin();
        for (var slot = 0; ; slot++)
        {
            if (Spec.Messages[State, slot] == m)
            {
                Spec.Receive(State, m, slot, _next);
                break;
            }
        }

        var isReceived = Take(isOutcome);
        if (!isReceived)
        {
            Spec.Messages.Remove(State, m);
        }

        _records.Forget(m);
        return isReceived;
    }

    /// <summary>The server restarts. What it has not sent is lost.</summary>
    public bool Restart()
    {
        Begin();
        Spec.Restart(State, _self, _next);
        var restarted = Take();

        // The messages that waited for a write are gone already.
        while (Spec.Messages[State, 0] is not 0 and var m)
        {
            Spec.Messages.Remove(State, m);
        }

        _records.Clear();
        return restarted;
    }

    /// <summary>The server begins an election.</summary>
    public bool Timeout()
    {
        Begin();
        Spec.Timeout(State, _self, _next);
        return Take();
    }

    /// <summary>The candidate asks a server for its vote.</summary>
    public bool RequestVote(int server)
    {
        Begin();
        Spec.RequestVote(State, _self, server, _next);
        return Take();
    }

    /// <summary>The candidate becomes leader.</summary>
    public bool BecomeLeader()
    {
        Begin();
        Spec.BecomeLeader(State, _self, _next);
        return Take();
    }

    /// <summary>The leader appends entries.</summary>
    public bool ClientRequest(ReadOnlySpan<int> values)
    {
        Begin();
        Spec.ClientRequest(State, _self, values, _next);
        return Take();
    }

    /// <summary>The leader advances commitIndex.</summary>
    public bool AdvanceCommitIndex()
    {
        Begin();
        Spec.AdvanceCommitIndex(State, _self, _next);
        return Take();
    }

    /// <summary>The leader sends entries.</summary>
    /// <param name="follower">To whom, from 0.</param>
    /// <param name="prevLogIndex">The index before the entries.</param>
    /// <param name="count">How many.</param>
    /// <param name="movesNext">Whether nextIndex moves on.</param>
    public bool AppendEntries(int follower, int prevLogIndex, int count, bool movesNext)
    {
        Begin();
        Spec.AppendEntries(State, _self, follower, prevLogIndex, count, movesNext, _next);
        return Take();
    }

    /// <summary>The leader sends a chunk of a snapshot.</summary>
    /// <param name="chunk">The chunk: <see cref="ModelMessage.Dest"/> and what it holds.</param>
    /// <param name="movesNext">Whether nextIndex moves to the entry after the leader's snapshot.</param>
    public bool InstallSnapshot(in ModelMessage chunk, bool movesNext)
    {
        Begin();
        Spec.InstallSnapshot(
            State, _self, chunk.Dest, chunk.Entries, chunk.Offset, chunk.Length, chunk.Done ? 1 : 0, movesNext, _next);
        return Take();
    }

    /// <summary>The oldest write completes.</summary>
    public bool CompleteWrite()
    {
        Begin();
        Spec.CompleteWrite(State, _self, _next);
        return Take();
    }

    /// <summary>The server takes a snapshot.</summary>
    public bool TakeSnapshot(int index)
    {
        Begin();
        Spec.Compact(State, _self, index, _next);
        return Take();
    }

    /// <summary>The server asks the others whether they would vote for it, from now on.</summary>
    public bool BeginPreVote()
    {
        Begin();
        Spec.BeginPreVote(State, _self, _next);
        return Take();
    }

    /// <summary>The pre-candidate asks a server.</summary>
    public bool RequestPreVote(int server)
    {
        Begin();
        Spec.RequestPreVote(State, _self, server, _next);
        return Take();
    }

    /// <summary>The server has not heard from a leader for the minimum election timeout.</summary>
    public bool ForgetLeader()
    {
        Begin();
        Spec.ForgetLeader(State, _self, _next);
        return Take();
    }

    /// <summary>The leader checks whether a quorum has answered it.</summary>
    public bool CheckQuorum()
    {
        Begin();
        Spec.CheckQuorum(State, _self, _next);
        return Take();
    }

    /// <summary>The leader begins to transfer its leadership to a server.</summary>
    public bool BeginTransfer(int server)
    {
        Begin();
        Spec.BeginTransfer(State, _self, server, _next);
        return Take();
    }

    /// <summary>The leader asks that server to stand for election.</summary>
    public bool SendTimeoutNow()
    {
        Begin();
        Spec.SendTimeoutNow(State, _self, _next);
        return Take();
    }

    /// <summary>The leader gives up the transfer.</summary>
    public bool EndTransfer()
    {
        Begin();
        Spec.EndTransfer(State, _self, _next);
        return Take();
    }

    /// <summary>The leader begins a round of heartbeats.</summary>
    public bool BeginRound()
    {
        Begin();
        Spec.BeginRound(State, _self, _next);
        return Take();
    }

    /// <summary>A quorum has answered the leader's round.</summary>
    public bool ConfirmRound()
    {
        Begin();
        Spec.ConfirmRound(State, _self, _next);
        return Take();
    }

    /// <summary>The server asks a leader for a read index, for the first time or again.</summary>
    /// <param name="leader">The leader, from 0.</param>
    /// <param name="id">The read, from 1.</param>
    public bool AskRead(int leader, int id)
    {
        Begin();
        Spec.AskRead(State, _self, leader, id, _next);
        return Take();
    }

    /// <summary>The leader answers the read of a server that its last round confirmed.</summary>
    public bool AnswerRead(int server)
    {
        Begin();
        Spec.AnswerRead(State, _self, server, _next);
        return Take();
    }

    /// <summary>The leader answers a read of its own within its lease.</summary>
    public bool LeaseRead()
    {
        Begin();
        Spec.LeaseRead(State, _self, _next);
        return Take();
    }

    /// <summary>The leader's lease ends.</summary>
    public bool ExpireLease()
    {
        Begin();
        Spec.ExpireLease(State, _self, _next);
        return Take();
    }

    /// <summary>A message that this server sent, unpacked.</summary>
    public ModelMessage View(ulong message)
    {
        var spec = Spec;
        var m = message;
        var common = new ModelMessage
        {
            Type = (ModelMessageType)spec.MType[m],
            Term = spec.MTerm[m],
            Source = spec.MSource[m],
            Dest = spec.MDest[m],
            Round = spec.MRound[m],
        };
        return common.Type switch
        {
            ModelMessageType.RequestVoteRequest => common with
            {
                Index = spec.MLastLogIndex[m],
                IndexTerm = spec.MLastLogTerm[m],
                Transfer = spec.MTransfer[m] != 0,
            },
            ModelMessageType.RequestVoteResponse => common with { Success = spec.MVoteGranted[m] != 0 },
            ModelMessageType.AppendEntriesRequest => common with
            {
                Index = spec.MPrevLogIndex[m],
                IndexTerm = spec.MPrevLogTerm[m],
                Entries = spec.MEntries.Count(m),
                CommitIndex = spec.MCommitIndex[m],
            },
            ModelMessageType.AppendEntriesResponse => common with
            {
                Success = spec.MSuccess[m] != 0,
                Index = spec.MMatchIndex[m],
                RefusedIndex = spec.MRefusedIndex[m],
                ConflictIndex = spec.MConflictIndex[m],
                ConflictTerm = spec.MConflictTerm[m],
                Missing = spec.MMissing[m],
            },
            ModelMessageType.PreVoteRequest => common with { Index = spec.MPreVoteLogIndex[m], IndexTerm = spec.MPreVoteLogTerm[m] },
            ModelMessageType.PreVoteResponse => common with { Success = spec.MPreVoteGranted[m] != 0 },
            ModelMessageType.TimeoutNowRequest => common,
            ModelMessageType.ReadIndexRequest => common with { Id = spec.MAskedRead[m] },
            ModelMessageType.ReadIndexResponse => common with { Id = spec.MAnsweredRead[m], Index = spec.MReadIndex[m] },
            _ => common with
            {
                Entries = spec.MSnapshot.Count(m),
                IndexTerm = spec.MSnapshot.Term(m, spec.MSnapshot.Count(m) - 1),
                Offset = spec.MOffset[m],
                Length = spec.MLength[m],
                Done = spec.MDone[m] != 0,
            },
        };
    }

    /// <summary>An entry that an AppendEntries request carries, from 0.</summary>
    public (int Term, int Value) Entry(ulong message, int position) =>
        (Spec.MEntries.Term(message, position), Spec.MEntries.Value(message, position));

    /// <summary>The entries of an AppendEntries request, or those that the snapshot of an InstallSnapshot request covers.</summary>
    public IReadOnlyList<(int Term, int Value)> EntriesOf(ulong message)
    {
        var entries = Spec.MType[message] switch
        {
            RaftVariables.AppendEntriesRequest => Spec.MEntries,
            RaftVariables.InstallSnapshotRequest => Spec.MSnapshot,
            _ => null,
        };
        return entries is null
            ? []
            : [.. Enumerable.Range(0, entries.Count(message)).Select(k => (entries.Term(message, k), entries.Value(message, k)))];
    }

    /// <summary>How many of the server's writes a message waits for.</summary>
    public int HeldFor(ulong message) => Spec.MHeld[message];

    /// <summary>A message leaves the server, or is lost.</summary>
    public void Leave(ulong message)
    {
        Spec.Messages.Remove(State, message);
        _records.Forget(message);
    }

    /// <summary>Prepares for reading or firing after another model was used.</summary>
    public RaftSpec Use()
    {
        _specifications ??= [];
        var key = (_servers, _writes, _messages, _protocol);
        if (!_specifications.TryGetValue(key, out var spec))
        {
            spec = new RaftSpec(RaftBounds.Unbounded(_servers, _messages), _options with { MaxWrites = _writes });
            _specifications.Add(key, spec);
        }

        Spec = spec;
        Spec.MessageLayout.Records = _records;
        Spec.LogSource.Logs = _logs.Shared;
        return Spec;
    }

    internal void Renumber(Func<int, int> number)
    {
        Use();
        Spec.Durable.Log.SetSequence(State, 0, number(LogSequence));
        for (var k = 0; k < Writes; k++)
        {
            Spec.Older[k].Log.SetSequence(State, 0, number(Spec.Older[k].Log.SequenceOf(State, 0)));
        }

        // Only responses and vote requests are held, and they have no entries. Others leave before the next step.
    }

    private void Begin()
    {
        _records.Last = 0;
        _next.Clear();
    }

    // Takes a step that the action has added.
    private bool Take(Func<ServerModel, bool>? isOutcome = null)
    {
        if (_next.Count == 0)
        {
            FailedGuard = _next.FailedGuard;
            if (_next.FailedGuardNumber is >= 0 and var guard)
            {
                _coverage?.CountFailed(guard);
            }

            return false;
        }

        (_steps, _next) = (_next, _steps);
        _step = 0;
        while (_steps.Count > 1 && isOutcome?.Invoke(this) == false)
        {
            _step++;
            if (_step == _steps.Count)
            {
                _step = 0;
                break;
            }
        }

        _coverage?.Count(LastAction, _steps.GuardsOf(_step));
        return true;
    }

    // Its entries are those of the message that comes from outside, or the committed ones.
    private ulong Add(in ModelMessage message, int held = 0)
    {
        var entries = message.Type switch
        {
            ModelMessageType.AppendEntriesRequest => Spec.MEntries.Pack(SharedLogs.Incoming, 0, message.Entries),
            ModelMessageType.InstallSnapshotRequest => Spec.MSnapshot.Pack(SharedLogs.Committed, 0, message.Entries),
            _ => 0UL,
        };
        Spec.Messages.Add(State, Spec.Pack(message, entries, held));
        return _records.Last;
    }

    private void Resize(int messages, int writes)
    {
        var before = State;
        var oldMessages = _messages;
        (_messages, _writes) = (_fewMessages, _fewWrites);
        while (_messages < messages)
        {
            _messages = (2 * _messages) + 1;
        }

        while (_writes < writes)
        {
            _writes *= 2;
        }

        // The words of the writes come last but for the messages.
        (_steps, _next) = NewSteps(Use());
        _step = 0;
        var bag = before.Words[^(oldMessages + 1)..];
        var variables = before.Words[..^(oldMessages + 1)];
        variables[..Math.Min(variables.Length, State.Words.Length - (_messages + 1))].CopyTo(State.Words);
        bag[..Math.Min(bag.Length, _messages + 1)].CopyTo(State.Words[^(_messages + 1)..]);
    }

    private static (Successors, Successors) NewSteps(RaftSpec spec)
    {
        var steps = new Successors(spec.Layout, _fewSteps) { RecordsGuards = true };
        steps.Initial();
        return (steps, new Successors(spec.Layout, _fewSteps) { RecordsGuards = true });
    }
}
