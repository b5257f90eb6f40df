using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Model.Spec;

namespace Raft.Verification.Conformance;

// A step from any state of the server, without the steps before it.
internal sealed partial class FollowedServer
{
    /// <summary>Follows the server from a state on.</summary>
    /// <param name="before">The state (<see cref="StateOf"/>).</param>
    /// <param name="held">The messages that wait for a write, as in that state.</param>
    public void Begin(ModelServer before, IReadOnlyList<OutgoingMessage> held)
    {
        _logs.Clear();
        var waiting = _model.Begin(before);
        _unsent.Clear();
        for (var i = 0; i < held.Count; i++)
        {
            _unsent.Add((held[i], waiting[i]));
        }

        (_due, _known, _stored, _lastWrite) = (0, 0, 0, before.Older.Count);
        _hasStarted = true;
    }

    /// <summary>The server crashes and starts again.</summary>
    /// <param name="core">The server, after it started.</param>
    /// <param name="stored">How many of its writes are on its disk.</param>
    /// <returns>The first difference, or null.</returns>
    public string? Restart(RaftCore core, long stored)
    {
        _stored = stored;
        return Start(core);
    }

    /// <summary>
    /// The server discards a message that it has not sent. The specification loses it once its write is complete; until then no server can
    /// tell the difference.
    /// </summary>
    public void Discard(Message message)
    {
        var at = _unsent.FindIndex(one => ReferenceEquals(one.Output.Message, message));
        if (at >= 0)
        {
            _model.Use();
            Remove(at);
        }
    }

    /// <summary>A state with the variables of the extensions of Figure 2, as they are in the model.</summary>
    public ModelServer WithProtocol(ModelServer state) => _model.WithProtocol(state);

    /// <summary>Says how a state differs from that of the model; null if it does not.</summary>
    public string? DifferenceFrom(ModelServer after) => _model.DifferenceFrom(after);

    /// <summary>
    /// The state of the server as the specification has it. Writes must be numbered from the last durable one (<see
    /// cref="RaftCore.Canonical"/>).
    /// </summary>
    /// <param name="core">The server.</param>
    /// <param name="images">What its disk holds, and what it holds after each write in flight but the last.</param>
    /// <param name="held">The messages that wait for a write.</param>
    /// <param name="covered">The entries that a snapshot covers; null: those of the log before it, or any.</param>
    public ModelServer StateOf(
        RaftCore core,
        IReadOnlyList<DurableState> images,
        IReadOnlyList<OutgoingMessage> held,
        Func<Snapshot, LogEntry[]>? covered = null)
    {
        LogEntry[] log = [];
        ModelDurable Next(Term term, ServerId? votedFor, Snapshot snapshot, IReadOnlyCollection<LogEntry> entries)
        {
            log = [.. covered?.Invoke(snapshot) ?? Covered(snapshot, log), .. entries];
            return DurableOf(term, votedFor, snapshot, log);
        }

        return new()
        {
            Older = [.. images.Select(image => Next(image.Term, image.VotedFor, image.Snapshot, image.Entries))],
            Durable = Next(core.CurrentTerm, core.VotedFor, core.Log.Snapshot, core.Log.Entries),
            Role = (int)core.Role,
            CommitIndex = Of(core.CommitIndex),
            VotesGranted = core.Role is Role.Candidate or Role.PreCandidate
                ? _members.Select((member, i) => i == _self || core.HasVoteOf(member) ? 1 << i : 0).Sum()
                : 0,
            Progress = core.Role == Role.Leader
                ? [.. _members.Select(core.ProgressOf).Select(one => (Of(one.NextIndex), Of(one.MatchIndex)))]
                : [],
            Received = core.Arriving is var (index, term, bytes) ? (Of(index), Of(term), checked((int)bytes)) : default,
            Waiting = [.. held.Select(one => (Of(one.Message), checked((int)one.After)))],
        };
    }

    /// <summary>The abstract state of the model, after a step.</summary>
    public AbstractServer Abstract()
    {
        // The core has it at hand, and the model has just been found to be equal.
        var (term, length, role) = (Of(_core.CurrentTerm), Of(_core.Log.LastIndex), (int)_core.Role);
        var vote = _core.VotedFor is not { } voted ? 0 : voted == _members[_self] ? 1 : 2;
        var others = 1UL
            | ((ulong)role << 1)
            | ((ulong)vote << 3)
            | ((ulong)(ushort)(term - Of(_core.Log.LastTerm)) << 8)
            | ((ulong)(ushort)(_lastWrite - _known) << 24)
            | ((ulong)(role is Candidate or PreCandidate ? _model.Votes : 0) << 40);
        for (var j = 0; j < _members.Length && role == Leader; j++)
        {
            if (j != _self)
            {
                var progress = _core.ProgressOf(_members[j]);
                var match = progress.MatchIndex.Value;
                others += SplitMix64.Mix(
                    ((ulong)(uint)(_core.Log.LastIndex.Value - match) << 32) | (uint)(progress.NextIndex.Value - match));
            }
        }

        return new AbstractServer(
            term, Of(_core.CommitIndex), length, Of(_core.Log.Snapshot.LastIndex), SplitMix64.Mix(others));
    }

    /// <summary>A message as the specification has it, without its entries.</summary>
    public ModelMessage MessageOf(Message message) => Of(message);

    /// <summary>The value of a command in the model.</summary>
    public static int ValueOf(Command command) => Of(command);

    // What a snapshot covers is in the log before it, unless it replaces that. Otherwise, any entries will do.
    private LogEntry[] Covered(Snapshot snapshot, LogEntry[] before)
    {
        var last = Of(snapshot.LastIndex);
        if (last > 0 && last <= before.Length && before[last - 1].Term == snapshot.LastTerm)
        {
            return before[..last];
        }

        var entries = new LogEntry[last];
        Array.Fill(entries, new LogEntry(snapshot.LastTerm, default));
        return entries;
    }

    private ModelDurable DurableOf(Term term, ServerId? votedFor, Snapshot snapshot, IEnumerable<LogEntry> log) => new(
        Of(term), NumberOf(votedFor), Of(snapshot.LastIndex), [.. log.Select(entry => (Of(entry.Term), Of(entry)))]);
}
