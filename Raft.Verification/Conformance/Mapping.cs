using System.Runtime.InteropServices;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Model.Spec;

namespace Raft.Verification.Conformance;

// The mapping from the code to the specification, action by action and field by field. Model and code share nothing but what is here.
//
// Not mapped, because the specification does not have it: the leader that a server knows, lastApplied and the service, timers, and what a
// leader believes to be in flight to a follower. The specification leaves these choices open.
internal sealed partial class FollowedServer
{
    // Receive. The specification drops a message that changes nothing; the code calls one that no server can have sent rejected.
    private void Receive(Message message, IReadOnlyList<OutgoingMessage> output)
    {
        var received = Of(message);
        switch (message)
        {
            case AppendEntries request:
                _logs.BeginIncoming();
                foreach (var entry in request.Entries.Span)
                {
                    _logs.AddIncoming(Of(entry.Term), Of(entry));
                }

                break;

            // A snapshot stands for the committed entries up to its last index.
            case InstallSnapshot request when !IsCommitted(request.LastIndex, request.LastTerm):
                Differ($"the snapshot that it receives, up to {request.LastIndex}@{request.LastTerm}, is not of committed entries");
                return;

            // The reads that share the request are answered with the index of the reply.
            case ReadIndexReply:
                _answersAt = received.Index;
                break;

            // The specification leaves open where a leader resumes after a refusal. What it sends next shows that.
            case AppendEntriesReply { Success: false }:
                _refusedBy = received.Source;
                _resumesAt = output.Select(sent => sent.Message).FirstOrDefault(
                    sent => sent.To == message.From && sent is AppendEntries { Entries.Count: > 0 } or InstallSnapshot) switch
                {
                    AppendEntries resumed => Of(resumed.PrevLogIndex.Next),
                    null => NextIndexOf(received.Source),
                    _ => null,
                };
                break;
        }

        // A copy for the observer: the model forgets the entries.
        var copy = _observer is null ? null : new ModelRecord(
            received, message is AppendEntries ? _logs.Incoming : message is InstallSnapshot ? _logs.FirstCommitted(received.Entries) : []);
        Fire("Receive", _model.Receive(received, _isOutcome), received: copy);
        switch (message)
        {
            // Each request has one reply, unless it is ignored.
            case (RequestVote or PreVote) when _model.LastAction == RaftAction.IgnoreVoteRequest:
                Send(output);
                break;
            case RequestVote or PreVote or AppendEntries or InstallSnapshot:
                Compare(output);
                break;

            // A candidate that has a quorum becomes leader at once, and sends heartbeats.
            case RequestVoteReply:
                BecomeLeader();
                Send(output);
                break;

            // A server that has a quorum of pre-votes begins its election at once.
            case PreVoteReply:
                BeginElection();
                Send(output);
                break;

            // A leader refuses a read at once, or answers it when its round is confirmed.
            case ReadIndexRequest when _model.Sent != 0:
                Compare(output);
                break;

            // A leader commits what a quorum holds at once. Then it sends what the follower lacks, or tells it what is committed.
            case AppendEntriesReply { Success: true } or InstallSnapshotReply:
                AdvanceCommitIndex();
                Send(output);
                break;
            default:
                Send(output);
                break;
        }
    }

    // Timeout, and RequestVote to each other server; with pre-vote, BeginPreVote before that, and RequestPreVote. The code begins no
    // election while the vote of the last one is not durable: the specification lets it wait. A leader ends a transfer, and checks its
    // quorum.
    private void OnElectionTimeout(IReadOnlyList<OutgoingMessage> output)
    {
        if (_model.Role == Leader)
        {
            EndTransfer();
            if (_core.Protocol.CheckQuorum)
            {
                Fire(nameof(RaftAction.CheckQuorum), _model.CheckQuorum());
            }
        }
        else
        {
            ForgetLeader();
            var isTermLater = Of(_core.CurrentTerm) > _model.CurrentTerm;
            if (_core.Protocol.PreVote && (isTermLater || output.Any(sent => sent.Message is PreVote)))
            {
                Fire(nameof(RaftAction.BeginPreVote), _model.BeginPreVote());
                BeginElection();
            }
            else if (isTermLater)
            {
                Fire(nameof(RaftAction.Timeout), _model.Timeout());
            }
        }

        Send(output);
    }

    private void BeginElection()
    {
        var begins = _model.Role == PreCandidate && _model.Timeout();
        if (begins || (_model.Role == PreCandidate && _core.Role == Role.Candidate))
        {
            Fire(nameof(RaftAction.Timeout), begins);
        }
    }

    // The minimum election timeout has passed since the server heard from a leader.
    private void ForgetLeader()
    {
        if (_model.Contact)
        {
            Fire(nameof(RaftAction.ForgetLeader), _model.ForgetLeader());
        }
    }

    private void EndTransfer()
    {
        if (_model.Transferee is not null)
        {
            Fire(nameof(RaftAction.EndTransfer), _model.EndTransfer());
        }
    }

    private void OnTransfer(Output output)
    {
        if (output.Transfer == TransferRefusal.None)
        {
            Fire(nameof(RaftAction.BeginTransfer), _model.BeginTransfer(_members.IndexOf(_core.Transferee!.Value)));
        }

        Send(output.Messages);
    }

    // A leader with a lease answers at once; otherwise the read waits for a round, or the follower asks its leader.
    private void OnRead(Read read, Output output)
    {
        var isAnswered = output.Reads.Any(answer => answer.Id == read.Id);
        if (isAnswered && _model.HasLease && output.RoundBegun == 0)
        {
            Fire(nameof(RaftAction.LeaseRead), _model.LeaseRead());
            _answersAt = _model.CommitIndex;
        }

        Send(output.Messages);
    }

    private void ExpireLease()
    {
        if (_model.HasLease)
        {
            Fire(nameof(RaftAction.ExpireLease), _model.ExpireLease());
        }
    }

    // BeginRound before the first message that carries the round, and ConfirmRound before the first answer. Of a round without messages or
    // remote readers, nothing else shows.
    private void BeginRound()
    {
        ConfirmRound();
        Fire(nameof(RaftAction.BeginRound), _model.BeginRound());
    }

    private void ConfirmRound()
    {
        if (_model.RoundInFlight)
        {
            _answersAt = _model.ReadIndex;
            Fire(nameof(RaftAction.ConfirmRound), _model.ConfirmRound());
        }
    }

    private void AdvanceReads(Output output)
    {
        if (output.RoundConfirmed > 0 && output.RoundConfirmed == _model.Round)
        {
            ConfirmRound();
        }

        if (output.RoundBegun > _model.Round)
        {
            BeginRound();
        }

        if (output.RoundConfirmed > 0 && output.RoundConfirmed == _model.Round)
        {
            ConfirmRound();
        }

        for (var i = 0; i < output.Reads.Count; i++)
        {
            if (output.Reads[i] is { Refusal: ReadRefusal.None, Index: var index })
            {
                Compare("the read index of the answer", Of(index), _answersAt);
            }
        }
    }

    // ClientRequest, with all commands that are taken: they are appended together, in one write. Then the leader sends them.
    private void OnProposals(Propose propose, Output output)
    {
        _values.Clear();
        for (var i = 0; i < propose.Commands.Count; i++)
        {
            if (output.Proposals[i].IsTaken)
            {
                _values.Add(Of(propose.Commands[i]));
            }
        }

        if (_values.Count > 0)
        {
            Fire(nameof(RaftAction.ClientRequest), _model.ClientRequest(CollectionsMarshal.AsSpan(_values)));
        }

        Send(output.Messages);
    }

    // CompleteWrite for each write that is durable now. A candidate's own vote, and a leader's own entries, count from then on.
    private void OnWriteDurable(WriteDurable durable, IReadOnlyList<OutgoingMessage> output)
    {
        for (; _known < durable.Sequence && _difference is null; _known++)
        {
            Fire(nameof(RaftAction.CompleteWrite), _model.CompleteWrite());
        }

        _due = _unsent.Count(one => _model.HeldFor(one.Model) == 0);
        BecomeLeader();
        AdvanceCommitIndex();
        Send(output);
    }

    // TakeSnapshot. A snapshot that is not newer than the one there is changes nothing.
    private void OnCompact(Compact compact)
    {
        if (Of(compact.LastIndex) > _model.SnapshotIndex)
        {
            Fire(nameof(RaftAction.TakeSnapshot), _model.TakeSnapshot(Of(compact.LastIndex)));
        }
    }

    private void BecomeLeader()
    {
        var becomes = _model.Role == Candidate && _model.BecomeLeader();
        if (becomes || (_model.Role == Candidate && _core.Role == Role.Leader))
        {
            Fire(nameof(RaftAction.BecomeLeader), becomes);
        }
    }

    private void AdvanceCommitIndex()
    {
        if (_model.Role == Leader)
        {
            Fire(nameof(RaftAction.AdvanceCommitIndex), _model.AdvanceCommitIndex());
        }
    }

    // What a server sends of itself: RequestVote, AppendEntries and InstallSnapshot, in the order in which the code sends them.
    private void Send(IReadOnlyList<OutgoingMessage> output)
    {
        for (var i = 0; i < output.Count && _difference is null; i++)
        {
            var sent = Of(output[i].Message);
            if (sent.Round > _model.Round && _model.Role == Leader)
            {
                BeginRound();
            }

            switch (sent.Type)
            {
                case ModelMessageType.PreVoteRequest:
                    Fire(nameof(RaftAction.RequestPreVote), _model.RequestPreVote(sent.Dest), output[i].Message);
                    break;
                case ModelMessageType.TimeoutNowRequest:
                    Fire(nameof(RaftAction.SendTimeoutNow), _model.SendTimeoutNow(), output[i].Message);
                    break;
                case ModelMessageType.ReadIndexRequest:
                    Fire(nameof(RaftAction.AskRead), _model.AskRead(sent.Dest, sent.Id), output[i].Message);
                    break;
                case ModelMessageType.ReadIndexResponse:
                    ConfirmRound();
                    Fire(nameof(RaftAction.AnswerRead), _model.AnswerRead(sent.Dest), output[i].Message);
                    break;
                case ModelMessageType.RequestVoteRequest:
                    Fire(nameof(RaftAction.RequestVote), _model.RequestVote(sent.Dest), output[i].Message);
                    break;

                // nextIndex moves on with what was sent, or stays until it is answered (§10.2.1 of the dissertation). The code has chosen.
                case ModelMessageType.AppendEntriesRequest:
                    var movesNext = sent.Entries > 0 && NextIndexOf(sent.Dest) > sent.Index + sent.Entries;
                    var appends = _model.AppendEntries(sent.Dest, sent.Index, sent.Entries, movesNext);
                    Fire(nameof(RaftAction.AppendEntries), appends, output[i].Message, movesNext);
                    break;
                case ModelMessageType.InstallSnapshotRequest:
                    var begins = _model.NextIndex(sent.Dest) <= _model.SnapshotIndex && NextIndexOf(sent.Dest) > _model.SnapshotIndex;
                    Fire(nameof(RaftAction.InstallSnapshot), _model.InstallSnapshot(sent, begins), output[i].Message, begins);
                    break;
                default:
                    Differ($"it sends {output[i].Message}, which answers nothing");
                    break;
            }

            Compare(output[i], sent);
        }
    }

    // The state of a server.
    private void CompareState(LogIndex? logChangedFrom)
    {
        var snapshot = _core.Log.Snapshot;
        Compare("currentTerm", Of(_core.CurrentTerm), _model.CurrentTerm);
        Compare("state", (int)_core.Role, _model.Role);
        Compare("votedFor", NumberOf(_core.VotedFor) ?? -1, _model.VotedFor ?? -1);
        Compare("commitIndex", Of(_core.CommitIndex), _model.CommitIndex);
        Compare("snapshotIndex", Of(snapshot.LastIndex), _model.SnapshotIndex);
        Compare("Len(log)", Of(_core.Log.LastIndex), _model.LogLength);

        Compare("contact", _core.HasContact ? 1 : 0, _model.Contact ? 1 : 0);
        Compare("the pending read", _core.AskedLeader is { } asked ? Of(asked) : -1, _model.PendingRead ?? -1);
        CompareLeader();

        // nextIndex and matchIndex have a meaning on leaders only. In the code, a leader's own matchIndex is its durable index.
        for (var j = 0; j < _members.Length && _core.Role == Role.Leader; j++)
        {
            if (j != _self)
            {
                var progress = _core.ProgressOf(_members[j]);
                Compare("nextIndex", Of(progress.NextIndex), _model.NextIndex(j));
                Compare("matchIndex", Of(progress.MatchIndex), _model.MatchIndex(j));
            }
        }

        // The code has only the last term of what its snapshot covers.
        if (_difference is null && snapshot.LastIndex > LogIndex.Zero)
        {
            Compare("the term of the snapshot", Of(snapshot.LastTerm), _model.TermAt(Of(snapshot.LastIndex)));
        }

        for (var index = LogIndex.Max(logChangedFrom ?? _core.Log.LastIndex.Next, _core.Log.FirstIndex);
            index <= _core.Log.LastIndex && _difference is null;
            index = index.Next)
        {
            CompareEntry("log", index, _core.Log[index], (_model.TermAt(Of(index)), _model.ValueAt(Of(index))));
        }
    }

    // What only leaders have, beyond Figure 2.
    private void CompareLeader()
    {
        Compare("transferee", NumberOf(_core.Transferee) ?? -1, _model.Transferee ?? -1);
        Compare("the lease", _core.HasLease ? 1 : 0, _model.HasLease ? 1 : 0);
        if (_core.Role != Role.Leader)
        {
            return;
        }

        Compare("round", OfRound(_core.Round), _model.Round);
        Compare("readIndex", _core.ReadIndex is { } index ? Of(index) : -1, _model.RoundInFlight ? _model.ReadIndex : -1);
        for (var j = 0; j < _members.Length; j++)
        {
            if (j != _self)
            {
                Compare("acked", OfRound(_core.AnsweredRoundOf(_members[j])), _model.Acked(j));
                Compare("heard", _core.HasHeardFrom(_members[j]) ? 1 : 0, _model.Heard(j) ? 1 : 0);
            }
        }
    }

    // A message, without its entries. The specification has one type of response to entries and to snapshots. Its mcommitIndex ends with
    // the entries of the message, because the receiver takes no notice of it beyond them (Figure 2, AppendEntries receiver 5).
    private ModelMessage Of(Message message)
    {
        var common = new ModelMessage
        {
            Term = Of(message.Term),
            Source = _members.IndexOf(message.From),
            Dest = _members.IndexOf(message.To),
        };
        return message switch
        {
            RequestVote request => common with
            {
                Type = ModelMessageType.RequestVoteRequest,
                Index = Of(request.LastLogIndex),
                IndexTerm = Of(request.LastLogTerm),
                Transfer = request.IsTransfer,
            },
            PreVote request => common with
            {
                Type = ModelMessageType.PreVoteRequest,
                Index = Of(request.LastLogIndex),
                IndexTerm = Of(request.LastLogTerm),
            },
            PreVoteReply reply => common with { Type = ModelMessageType.PreVoteResponse, Success = reply.VoteGranted },
            TimeoutNow => common with { Type = ModelMessageType.TimeoutNowRequest },
            ReadIndexRequest request => common with { Type = ModelMessageType.ReadIndexRequest, Id = Of(request.Id) },
            ReadIndexReply reply => common with
            {
                Type = ModelMessageType.ReadIndexResponse,
                Id = Of(reply.Id),
                Index = Of(reply.ReadIndex),
            },
            RequestVoteReply reply => common with { Type = ModelMessageType.RequestVoteResponse, Success = reply.VoteGranted },
            AppendEntries request => common with
            {
                Type = ModelMessageType.AppendEntriesRequest,
                Index = Of(request.PrevLogIndex),
                IndexTerm = Of(request.PrevLogTerm),
                Entries = request.Entries.Count,
                CommitIndex = Of(LogIndex.Min(request.LeaderCommit, request.LastIndex)),
                Round = OfRound(request.Round),
            },
            AppendEntriesReply { Success: true } reply => common with
            {
                Type = ModelMessageType.AppendEntriesResponse,
                Success = true,
                Index = Of(reply.LastIndex),
                Round = OfRound(reply.Round),
            },

            // A refusal because of the term names no conflict.
            AppendEntriesReply reply => common with
            {
                Type = ModelMessageType.AppendEntriesResponse,
                RefusedIndex = reply.ConflictIndex == LogIndex.Zero ? 0 : Of(reply.LastIndex),
                ConflictIndex = Of(reply.ConflictIndex),
                ConflictTerm = Of(reply.ConflictTerm ?? Term.Zero),
                Round = OfRound(reply.Round),
            },
            InstallSnapshot request => common with
            {
                Type = ModelMessageType.InstallSnapshotRequest,
                Entries = Of(request.LastIndex),
                IndexTerm = Of(request.LastTerm),

                // No server has received as many bytes, so a position far beyond them is as good as another.
                Offset = (int)Math.Min(request.Offset, Array.MaxLength - request.Data.Length),
                Length = checked((int)request.Data.Length),
                Done = request.Done,
                Round = OfRound(request.Round),
            },
            InstallSnapshotReply reply => common with
            {
                Type = ModelMessageType.AppendEntriesResponse,
                Success = reply.LastIndex > LogIndex.Zero && reply.Missing is null,
                Index = Of(reply.LastIndex),
                Missing = reply.Missing is { } missing ? (int)Math.Min(missing, int.MaxValue - 1) + 1 : 0,
                Round = OfRound(reply.Round),
            },
            _ => throw new ArgumentException($"The specification has no {message.GetType().Name}.", nameof(message)),
        };
    }

    // A server is a number, from 0.
    private int? NumberOf(ServerId? server) => server is { } member ? _members.IndexOf(member) : null;

    private int Of(Term term) => Of(term.Value, Term.MaxValue);

    private int Of(LogIndex index) => Of(index.Value, LogIndex.MaxValue);

    private int OfRound(long round) => Of(round, long.MaxValue);

    // Scenarios also try numbers near the maximum. The numbers between them and the low ones stand for nothing: the model does without.
    private int Of(long number, long maximum)
    {
        var mapped = number <= _low ? number : number - maximum + (2L * _low);
        return number <= _low || mapped > _low ? checked((int)mapped)
            : throw new OverflowException($"{number} is neither a low number nor near the maximum.");
    }

    private LogIndex IndexOf(int mapped) => new(mapped <= _low ? mapped : mapped - (2L * _low) + LogIndex.MaxValue);

    // The name of a read is a hash of it.
    private static int Of(long read) => (int)(SplitMix64.Mix((ulong)read) >> 33) | 1;

    private static int Of(LogEntry entry) => entry.IsNoOp ? ServerModel.NoOpValue : Of(entry.Command);

    // A command is a hash of its bytes. Monitors compare the bytes of logs.
    private static int Of(Command command) => command.GetHashCode() & int.MaxValue;
}
