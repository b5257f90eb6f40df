using System.Diagnostics.CodeAnalysis;
using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Conformance;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>
/// Checks the messages that a leader has in flight to one follower, counted outside the core: as many as allowed, no more, and none resent
/// too early.
/// </summary>
internal sealed class CoreFlow
{
    // The number of messages that are sent one at a time after one has overtaken another.
    private const int _probes = 32;

    private static readonly ServerId _leader = new(1);
    private static readonly ServerId _follower = new(2);
    private readonly Numbers _numbers;
    private readonly CoreOptions _limits;
    private readonly List<AppendEntries> _inFlight = [];
    private readonly ConformanceMonitor? _conformance;
    private RaftCore _core;
    private LoneModel _model;
    private int _allowed = 1;
    private LogIndex _sent;
    private LogIndex _match;

    public CoreFlow(Numbers numbers, ConformanceMonitor? conformance)
    {
        _conformance = conformance;
        _numbers = numbers;
        _limits = new CoreOptions
        {
            MaxEntriesPerMessage = 1 + numbers.Next(2),
            MaxMessageBytes = 100,
            MaxInflightMessages = 1 + numbers.Next(5),
            MaxInflightBytes = numbers.OneOf(60, 200, 1 << 20),
        };
        Start(DurableState.Initial);
    }

    /// <summary>Runs one of several checks.</summary>
    public void Go()
    {
        switch (_numbers.Next(3))
        {
            case 0:
                FillWindow();
                break;
            case 1:
                LoseEntries();
                break;
            default:
                LoseChunk();
                break;
        }
    }

    // Dissertation §10.2.1: one message at first, and one more with each answer. After one has overtaken another, one at a time for a
    // while.
    private void FillWindow()
    {
        Lead();
        Answer(LogIndex.Zero);
        for (var step = 0; step < 60; step++)
        {
            if (_inFlight.Count == 0 || _numbers.OneIn(2))
            {
                Step(new Propose(_numbers.Command(_numbers.OneOf(0, 1, 30))));
            }
            else if (_inFlight.Count > 1 && _numbers.OneIn(12))
            {
                Overtake(_inFlight[1 + _numbers.Next(_inFlight.Count - 1)]);
            }
            else
            {
                AnswerOldest(1 + _numbers.Next(_inFlight.Count));
            }

            LookAtWindow();
        }
    }

    // A message is lost. It is resent when the follower has since answered two heartbeats but not that message. A heartbeat that is
    // answered twice counts once.
    private void LoseEntries()
    {
        Lead();
        Answer(LogIndex.Zero);
        Step(new Propose(_numbers.Command(1)));
        Unless(
            _inFlight.Count == 1,
            "FlowControl",
            $"A leader has an entry for a follower that has nothing in flight, but sends {_inFlight.Count} messages.");
        _inFlight.Clear();
        for (var beat = 1; beat <= 2; beat++)
        {
            Step(HeartbeatTimeout.Instance);
            Unless(_inFlight.Count == 0, "Cost", $"A leader sends entries again with heartbeat {beat}, before that is answered.");
            for (var answers = beat == 1 ? 1 + _numbers.Next(3) : 1; answers > 0; answers--)
            {
                Answer(LogIndex.Zero);
                Unless(
                    _inFlight.Count == beat - 1,
                    "Cost",
                    $"A follower has answered {beat} heartbeats, but not the entries sent before: they go again {_inFlight.Count} times.");
            }
        }

        AnswerOldest(1);
        Unless(
            _core.ProgressOf(_follower).MatchIndex == _core.Log.LastIndex,
            "LeaderProgress",
            $"A follower holds all up to {_core.Log.LastIndex}, but counts as one that holds all up to "
                + $"{_core.ProgressOf(_follower).MatchIndex}.");
    }

    // A chunk of a snapshot is lost. It is resent when the follower still lacks it after two heartbeats. The answer to a chunk triggers the
    // next.
    private void LoseChunk()
    {
        var snapshot = new Snapshot(new LogIndex(3), new Term(1), _numbers.SnapshotData(250));
        Start(new DurableState(new Term(1), null, snapshot, EntryList.Empty));
        Lead();
        var chunk = Single<InstallSnapshot>(Take(new AppendEntriesReply(
            _follower,
            _leader,
            _core.CurrentTerm,
            Success: false,
            new LogIndex(3),
            ConflictIndex: new LogIndex(1))), "a follower lacks what is in the snapshot");
        while (true)
        {
            Unless(
                chunk.Data.Length == Math.Min(100, 250 - chunk.Offset) && chunk.Done == (chunk.Offset == 200),
                "FlowControl",
                $"A snapshot of 250 bytes is sent as {chunk}.");
            if (_numbers.OneIn(2))
            {
                // The chunk is lost.
                for (var beat = 1; beat <= 2; beat++)
                {
                    var ask = Single<InstallSnapshot>(
                        Take(HeartbeatTimeout.Instance).FindAll(message => message.To == _follower),
                        "a heartbeat");
                    Unless(ask.Data.Length == 0 && !ask.Done, "Cost", $"A chunk goes again with a heartbeat: {ask}.");
                    var lacks = Take(new InstallSnapshotReply(_follower, _leader, _core.CurrentTerm, chunk.LastIndex, chunk.Offset));
                    Unless(
                        lacks.Count == beat - 1,
                        "Cost",
                        $"A follower has lacked a chunk after {beat} heartbeats, and the leader sends {lacks.Count} messages.");
                    var twice = beat == 2 ? [] : Take(
                        new InstallSnapshotReply(_follower, _leader, _core.CurrentTerm, chunk.LastIndex, chunk.Offset));
                    Unless(
                        twice.Count == 0,
                        "Cost",
                        $"A follower has answered one heartbeat twice, and the leader sends {twice.Count} messages.");
                    chunk = beat == 1 ? chunk : Single<InstallSnapshot>(lacks, "a chunk is lost");
                }
            }

            if (chunk.Done)
            {
                break;
            }

            chunk = Single<InstallSnapshot>(
                Take(new InstallSnapshotReply(_follower, _leader, _core.CurrentTerm, chunk.LastIndex, chunk.Offset + chunk.Data.Length)),
                "a chunk has arrived");
        }

        Take(new InstallSnapshotReply(_follower, _leader, _core.CurrentTerm, chunk.LastIndex));
        Unless(
            _core.ProgressOf(_follower).MatchIndex == chunk.LastIndex,
            "LeaderProgress",
            $"A follower has the snapshot, but counts as one that holds all up to {_core.ProgressOf(_follower).MatchIndex}.");
    }

    [MemberNotNull(nameof(_core), nameof(_model))]
    private void Start(DurableState stored)
    {
        _core = new RaftCore(_leader, [_leader, _follower, new ServerId(3)], stored, _limits);
        _model = new LoneModel(_conformance, new ModelLogs());
        _model.Start(_core);
    }

    private void Lead()
    {
        Step(ElectionTimeout.Instance);
        Step(new MessageReceived(new RequestVoteReply(_follower, _leader, _core.CurrentTerm, VoteGranted: true)));
        Unless(_core.Role == Role.Leader, "Liveness", $"A candidate with two votes of three is {_core.Role}.");
        (_sent, _match) = (_core.Log.LastIndex, LogIndex.Zero);
    }

    private void LookAtWindow()
    {
        var last = _core.Log.LastIndex;
        var bytes = _inFlight.Sum(message => message.Entries.Size);
        var most = Math.Max(_allowed, 1);
        Unless(
            _sent == last || _inFlight.Count >= most || bytes >= _limits.MaxInflightBytes,
            "FlowControl",
            $"A leader has entries up to {last}, has sent those up to {_sent}, and may have {most} messages on their way; it has "
                + $"{_inFlight.Count}, of {bytes} bytes.");
    }

    private void AnswerOldest(int messages)
    {
        var last = _inFlight[messages - 1].LastIndex;
        _inFlight.RemoveRange(0, messages);
        _allowed = Math.Min(_allowed + messages, _limits.MaxInflightMessages);
        Answer(last);
    }

    private void Answer(LogIndex last)
    {
        _match = last;
        Step(new MessageReceived(new AppendEntriesReply(_follower, _leader, _core.CurrentTerm, Success: true, last)));
    }

    // The message has arrived before its predecessor.
    private void Overtake(AppendEntries message)
    {
        _inFlight.RemoveAll(one => one.LastIndex > message.PrevLogIndex);
        _sent = message.PrevLogIndex;
        _allowed = 2 - _probes;
        Step(new MessageReceived(new AppendEntriesReply(
            _follower, _leader, _core.CurrentTerm, Success: false, message.PrevLogIndex, ConflictIndex: _match.Next)));
    }

    private static T Single<T>(List<Message> messages, string when)
        where T : Message
    {
        Unless(messages is [T], "Cost", $"As {when}, a leader sends {messages.Count} messages: {string.Join(", ", messages)}.");
        return (T)messages[0];
    }

    private List<Message> Take(Message message) => Take(new MessageReceived(message));

    // The disk has no latency.
    private List<Message> Take(Input input)
    {
        var sent = new List<Message>();
        Add(input);
        return sent;

        void Add(Input input)
        {
            var output = _core.Step(input);
            _model.Step(_core, input, output);
            sent.AddRange(output.Messages.Select(message => message.Message));
            if (output.Write is { } write)
            {
                Add(new WriteDurable(write.Sequence));
            }
        }
    }

    private void Step(Input input)
    {
        foreach (var message in Take(input).OfType<AppendEntries>().Where(message => message.To == _follower && message.Entries.Count > 0))
        {
            Unless(
                message.PrevLogIndex == _sent || _inFlight.Count == 0,
                "Cost",
                $"A leader has sent all up to {_sent}, and sends {message}.");
            var bytes = _inFlight.Sum(one => one.Entries.Size);
            Unless(
                _inFlight.Count < Math.Max(_allowed, 1) && bytes < _limits.MaxInflightBytes,
                "FlowControl",
                $"A leader may have {Math.Max(_allowed, 1)} messages and {_limits.MaxInflightBytes} bytes on their way to a follower; it "
                    + $"has {_inFlight.Count} of {bytes} bytes, and sends {message}.");
            _inFlight.Add(message);
            _sent = message.LastIndex;
        }
    }
}
