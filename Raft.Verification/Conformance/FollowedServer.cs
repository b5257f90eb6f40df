using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Model.Spec;

namespace Raft.Verification.Conformance;

/// <summary>
/// A server of a cluster, with the model of it. Each thing that the server does is mapped to an action of the specification, or to a few in
/// a fixed order (<c>Mapping.cs</c>). The model takes these actions. Then its state and its messages must be those of the server.
/// </summary>
internal sealed partial class FollowedServer
{
    private const int Candidate = (int)Role.Candidate;
    private const int Leader = (int)Role.Leader;
    private const int PreCandidate = (int)Role.PreCandidate;

    private readonly ServerId[] _members;
    private readonly int _self;
    private readonly ModelLogs _logs;
    private readonly RuleCoverage? _coverage;
    private ServerModel _model;
    private readonly Func<ServerModel, bool> _isOutcome;
    private readonly IModelObserver? _observer;
    private readonly ProtocolOptions _protocol;
    private readonly int _low;

    // The messages that the server has not sent yet, each with the model's; and how many of them wait for no write.
    private readonly List<(OutgoingMessage Output, ulong Model)> _unsent = [];
    private readonly List<int> _values = [];
    private int _due;

    // Of this life: the last write that the core knows to be durable, and how many writes are.
    private long _known;
    private long _stored;
    private long _lastWrite;
    private bool _hasStarted;

    // Of this step: the core, the follower whose refusal is handled, nextIndex after that (null: in the
    // snapshot), and the first difference.
    private RaftCore _core = null!;
    private int _refusedBy;
    private int? _resumesAt;
    private string? _difference;

    // The index at which the reads of this step are answered.
    private int _answersAt;

    /// <summary>Follows a server.</summary>
    /// <param name="id">The server.</param>
    /// <param name="members">All servers of its cluster, in the order of their ids.</param>
    /// <param name="logs">The logs of the models of the cluster.</param>
    /// <param name="protocol">The extensions of Figure 2.</param>
    /// <param name="observer">Follows what the model does, if not null.</param>
    /// <param name="coverage">Counts the rules that the model reaches, if not null.</param>
    /// <param name="low">
    /// Terms and indexes go from 0 to this number; or they are so many from the maximum. A snapshot near the maximum stands for twice as
    /// many entries.
    /// </param>
    public FollowedServer(
        ServerId id,
        ReadOnlySpan<ServerId> members,
        ModelLogs logs,
        ProtocolOptions protocol,
        IModelObserver? observer = null,
        RuleCoverage? coverage = null,
        int low = int.MaxValue / 2)
    {
        _low = low;
        _members = members.ToArray();
        _self = members.IndexOf(id);
        _logs = logs;
        _protocol = protocol;
        _observer = observer;
        _coverage = coverage;
        _model = new ServerModel(members.Length, _self, logs, coverage, OptionsOf(protocol));
        _isOutcome = model => _resumesAt is { } next
            ? model.NextIndex(_refusedBy) == next
            : model.NextIndex(_refusedBy) <= model.SnapshotIndex;
    }

    private static RaftOptions OptionsOf(ProtocolOptions protocol) => RaftOptions.Conforming with
    {
        NoOp = protocol.NoOp,
        PreVote = protocol.PreVote,
        LeaderStickiness = protocol.LeaderStickiness,
        CheckQuorum = protocol.CheckQuorum,
        LeadershipTransfer = protocol.LeadershipTransfer,
        ReadIndex = protocol.ReadIndex,
        LeaseReads = protocol.LeaseReads,
    };

    /// <summary>The server starts: for the first time, or after the end of a life.</summary>
    /// <returns>The first difference, or null.</returns>
    public string? Start(RaftCore core)
    {
        BeginEvent(core);
        _model.BeginStep(_unsent.Count, sent: 0);
        if (!_hasStarted)
        {
            _hasStarted = true;
            Begin();
        }
        else
        {
            // The disk may have completed writes that the core never heard of.
            for (; _known < _stored && _difference is null; _known++)
            {
                Fire(nameof(RaftAction.CompleteWrite), _model.CompleteWrite());
            }

            Fire(nameof(RaftAction.Restart), _model.Restart());
        }

        (_known, _stored, _lastWrite) = (0, 0, 0);
        _unsent.Clear();
        _due = 0;
        CompareState(LogIndex.Zero);
        return _difference;
    }

    /// <summary>The server has lost what its disk held. It starts next with what the disk holds then, as if for the first time.</summary>
    public void Lose()
    {
        _model = new ServerModel(_members.Length, _self, _logs, _coverage, OptionsOf(_protocol));
        _hasStarted = false;
    }

    /// <summary>The core took a step.</summary>
    /// <param name="core">The core, after the step.</param>
    /// <param name="input">What it handled.</param>
    /// <param name="output">What it must do.</param>
    /// <param name="logChangedFrom">The first index at which its log changed, other than by compaction; null if it did not.</param>
    /// <returns>The first difference, or null.</returns>
    public string? Step(RaftCore core, Input input, Output output, LogIndex? logChangedFrom)
    {
        BeginEvent(core);
        _model.Use();
        DropUnsent();
        _model.BeginStep(_unsent.Count, output.Messages.Count);
        var (sequence, length, snapshot) = (_model.LogSequence, _model.LogLength, _model.SnapshotIndex);
        switch (input)
        {
            case MessageReceived { Message: var message } when output.Rejected is null:
                Receive(message, output.Messages);
                break;
            case ElectionTimeout:
                OnElectionTimeout(output.Messages);
                break;
            case Propose propose:
                OnProposals(propose, output);
                break;
            case WriteDurable durable:
                OnWriteDurable(durable, output.Messages);
                break;
            case Compact compact:
                OnCompact(compact);
                break;
            case Read read:
                OnRead(read, output);
                break;
            case TransferLeadership:
                OnTransfer(output);
                break;
            case LeaderIsSilent:
                ForgetLeader();
                break;
            case LeaseExpired:
                ExpireLease();
                break;
            default:
                // A heartbeat timeout, or what the specification does not have. A rejected message sends nothing.
                Send(output.Messages);
                break;
        }

        AdvanceReads(output);
        if (_difference is null)
        {
            var isSame = _model.LogSequence == sequence && _model.LogLength == length;
            var changed = isSame ? _core.Log.LastIndex.Next
                : _model.LogSequence == sequence ? new LogIndex(Math.Min(length, _model.LogLength) + 1)
                : LogIndex.Zero;
            CompareState(LogIndex.Min(changed, logChangedFrom ?? changed));
            CompareWrite(output.Write, snapshot);
        }

        return _difference;
    }

    /// <summary>A message leaves the server.</summary>
    /// <returns>What is wrong with that, or null.</returns>
    public string? Send(Message message)
    {
        for (var i = 0; i < _unsent.Count; i++)
        {
            if (IsSentAs(_unsent[i].Output.Message, message))
            {
                _model.Use();
                var held = _model.HeldFor(_unsent[i].Model);
                if (held > 0)
                {
                    return $"the message waits for {held} of its writes";
                }

                Remove(i);
                DropReplaced(message, i);
                return null;
            }
        }

        return "that is not among the messages that it has to send";
    }

    /// <summary>A write became durable.</summary>
    /// <returns>The first difference, or null.</returns>
    public string? Store(StorageImage disk)
    {
        _difference = null;
        _model.Use();
        _stored++;
        var stored = _model.StoredAfter((int)(_stored - _known));
        Compare("the stored currentTerm", Of(disk.Term), stored.Term);
        Compare("the stored votedFor", NumberOf(disk.VotedFor) ?? -1, stored.VotedFor ?? -1);
        Compare("the stored snapshotIndex", Of(disk.Log.Snapshot.LastIndex), stored.SnapshotIndex);
        Compare("the stored Len(log)", Of(disk.Log.LastIndex), stored.LogLength);
        return _difference;
    }

    /// <summary>An entry is committed in the cluster: snapshots stand for such entries.</summary>
    public void Commit(LogEntry entry) => _logs.AddCommitted(Of(entry.Term), Of(entry));

    /// <summary>The index of the first entry that is not committed.</summary>
    public LogIndex NextCommitted => IndexOf(_logs.Committed + 1);

    // The server did not send these at the end of the last step: they are obsolete, or its transport failed. In the model they are lost.
    private void DropUnsent()
    {
        for (var i = _unsent.Count - 1; i >= 0 && _due > 0; i--)
        {
            if (_model.HeldFor(_unsent[i].Model) == 0 && !MayBeSentLater(_unsent[i].Output))
            {
                Remove(i);
            }
        }
    }

    // The bytes of a stored snapshot are read before they are sent. What only tells a follower what is committed waits while there is more
    // to do.
    private bool MayBeSentLater(OutgoingMessage output) =>
        (output.OnlyTellsCommit || IsOfStoredSnapshot(output.Message))
        && output.Message.Term == _core.CurrentTerm
        && _core.Role == Role.Leader;

    private static bool IsOfStoredSnapshot(Message message) => message is InstallSnapshot { Data.IsStored: true };

    private static bool IsSentAs(Message unsent, Message message) =>
        ReferenceEquals(unsent, message)
        || (unsent is InstallSnapshot { Data: { IsStored: true } data } stored && message is InstallSnapshot sent
            && data.Length == sent.Data.Length && stored.Equals(sent with { Data = data }));

    // A chunk that the server had to send later replaces those that were still to be read for the same follower, and an AppendEntries
    // replaces what only tells that follower as much as it does.
    private void DropReplaced(Message sent, int before)
    {
        for (var i = before - 1; i >= 0 && sent is AppendEntries or InstallSnapshot { Data.Length: > 0 }; i--)
        {
            var output = _unsent[i].Output;
            var isReplaced = sent is AppendEntries append ? IsToldBy(append, output) : IsOfStoredSnapshot(output.Message);
            if (isReplaced && output.Message.To == sent.To)
            {
                Remove(i);
            }
        }
    }

    private static bool IsToldBy(AppendEntries sent, OutgoingMessage earlier) =>
        earlier is { OnlyTellsCommit: true, Message: AppendEntries notice }
        && notice.LeaderCommit <= sent.LeaderCommit
        && notice.LastIndex <= sent.LastIndex;

    private void Remove(int unsent)
    {
        var message = _unsent[unsent].Model;
        _due -= _model.HeldFor(message) == 0 ? 1 : 0;
        _model.Leave(message);
        _unsent.RemoveAt(unsent);
    }

    private void BeginEvent(RaftCore core)
    {
        _core = core;
        _difference = null;
    }

    // The first life begins with what the disk holds. What a snapshot covers is not there: any entries will do.
    private void Begin()
    {
        var (log, snapshot) = (_core.Log, _core.Log.Snapshot);
        var stored = DurableOf(_core.CurrentTerm, _core.VotedFor, snapshot, [.. Covered(snapshot, []), .. log.Entries]);
        foreach (var (term, value) in stored.Log.Take(stored.SnapshotIndex).Skip(_logs.Committed))
        {
            _logs.AddCommitted(term, value);
        }

        _model.Begin(stored);
        _observer?.Started(_self, _protocol, stored);
    }

    private int NextIndexOf(int follower) => Of(_core.ProgressOf(_members[follower]).NextIndex);

    private bool IsCommitted(LogIndex index, Term term) =>
        Of(index) <= _logs.Committed && _logs.CommittedTerm(Of(index)) == Of(term);

    private void Differ(string difference) => _difference ??= difference;

    private void Fire(
        string action, bool isEnabled, Message? message = null, bool movesNext = false, ModelRecord? received = null)
    {
        if (isEnabled)
        {
            Report(movesNext, received);
        }
        else
        {
            Differ(
                $"{(message is null ? string.Empty : $"it sends {message}: ")}{action} is not enabled in the model, because this does not "
                + $"hold: {_model.FailedGuard}");
        }
    }

    // Reports the action that the model has just taken.
    private void Report(bool movesNext = false, ModelRecord? received = null)
    {
        if (_observer is null)
        {
            return;
        }

        // A write that completes changes messages that wait for it, but sends none.
        var action = _model.LastAction;
        var sent = action is RaftAction.CompleteWrite ? 0 : _model.Sent;
        _observer.Took(new ModelStep(action, _self)
        {
            Received = received,
            Sent = sent == 0 ? null : new ModelRecord(_model.View(sent), _model.EntriesOf(sent)),
            Held = sent == 0 ? 0 : _model.HeldFor(sent),
            Values = action == RaftAction.ClientRequest ? [.. _values] : [],
            MovesNext = movesNext,
            NextIndex = received is null ? 0 : _model.NextIndex(received.Fields.Source),
            CurrentTerm = _model.CurrentTerm,
            Role = _model.Role,
            CommitIndex = _model.CommitIndex,
            SnapshotIndex = _model.SnapshotIndex,
            LogLength = _model.LogLength,
            Writes = _model.Writes,
        });
    }

    private void Compare(string what, int code, int model)
    {
        if (code != model)
        {
            Differ($"{what} is {code}, but the model's is {model}{After}");
        }
    }

    private string After => $" after {_model.LastAction}";

    private void CompareEntry(string what, LogIndex index, LogEntry code, (int Term, int Value) model)
    {
        if (Of(code.Term) != model.Term || Of(code) != model.Value)
        {
            Differ(
                $"{what}[{index}] is {code}, but the model's has term {model.Term}"
                + $"{(Of(code.Term) == model.Term ? " and another command" : string.Empty)}{After}");
        }
    }

    // The reply that the model has just sent, and the one of the code. With it, a follower may ask its leader for a read index.
    private void Compare(IReadOnlyList<OutgoingMessage> output)
    {
        if (output.Count == 0 || (output.Count > 1 && output[1].Message is not ReadIndexRequest))
        {
            Differ($"it sends {output.Count} messages in reply to one");
        }
        else if (_difference is null)
        {
            Compare(output[0], Of(output[0].Message));
            Send([.. output.Skip(1)]);
        }
    }

    // The message that the model has just sent, and that of the code.
    private void Compare(OutgoingMessage output, in ModelMessage code)
    {
        if (_difference is not null)
        {
            return;
        }

        var sent = _model.Sent;
        if (sent == 0)
        {
            Differ($"it sends {output.Message}, and the model sends nothing{After}");
            return;
        }

        var model = _model.View(sent);
        if (model != code)
        {
            Differ($"in the message that it sends, {output.Message}, {code.DifferenceFrom(model, "the model's")}{After}");
            return;
        }

        // The specification counts the writes that a message waits for; the code names the last of them.
        var held = (int)Math.Max(0, output.After - _known);
        if (held != _model.HeldFor(sent))
        {
            Differ(
                $"it sends {output.Message} after {held} writes, but in the model the message waits for {_model.HeldFor(sent)}{After}");
        }

        if (output.Message is AppendEntries { Entries: var entries } request)
        {
            for (var k = 0; k < entries.Count && _difference is null; k++)
            {
                CompareEntry("the message's entry ", request.PrevLogIndex + k + 1, entries[k], _model.Entry(sent, k));
            }
        }

        _unsent.Add((output, sent));
        _due += held == 0 ? 1 : 0;
    }

    // A step writes if and only if it changes what is stored. The write holds the change.
    private void CompareWrite(RaftWrite? write, int previousSnapshot)
    {
        if (_difference is not null || write is null)
        {
            Compare("the last write", (int)_lastWrite, (int)_known + _model.Writes);
            return;
        }

        _lastWrite = write.Sequence;
        Compare("the last write", (int)_lastWrite, (int)_known + _model.Writes);
        Compare("the written currentTerm", Of(write.Term), _model.CurrentTerm);
        Compare("the written votedFor", NumberOf(write.VotedFor) ?? -1, _model.VotedFor ?? -1);
        Compare(
            "the written snapshotIndex", write.Snapshot is null ? previousSnapshot : Of(write.Snapshot.LastIndex), _model.SnapshotIndex);
        if (_difference is not null)
        {
            return;
        }

        // Entries that the written snapshot covers need not be written.
        var kept = write.Log is { } log ? Of(log.First) - 1 : _model.LogLength;
        if (!_model.LastWriteKeeps(kept) && (write.Snapshot is null || kept > _model.SnapshotIndex))
        {
            Differ($"{write} does not hold all changes of the log{After}");
        }

        var first = write.Log?.First ?? LogIndex.Zero;
        var entries = write.Log?.Entries ?? EntryList.Empty;
        Compare("the last written index", kept + entries.Count, _model.LogLength);
        for (var k = 0; k < entries.Count && _difference is null; k++)
        {
            CompareEntry("the written log", first + k, entries[k], (_model.TermAt(Of(first + k)), _model.ValueAt(Of(first + k))));
        }
    }
}
