using Raft.Impl.Core;
using Raft.Verification.Conformance;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>A core without a node, together with what a node would keep for it.</summary>
internal sealed class LoneCore
{
    private const string _property = "CoreValue";
    private readonly List<OutgoingMessage> _held = [];
    private readonly CoreOptions _limits;
    private readonly ProtocolOptions _protocol;
    private readonly ServerId[] _members;
    private readonly ServerId _id;
    private readonly ManualTimeProvider _clock = new();
    private readonly TimeSpan _latency;
    private readonly LoneStorage _storage;
    private readonly LoneModel _model;
    private long _durable;

    public LoneCore(
        ServerId id,
        ServerId[] members,
        CoreOptions limits,
        ProtocolOptions protocol,
        TimeSpan latency,
        DurableState stored,
        LoneModel model)
    {
        _model = model;
        (_id, _members, _limits, _protocol, _latency) = (id, members, limits, protocol, latency);
        _storage = new LoneStorage(_clock, latency, stored);
        Core = new RaftCore(id, members, _storage.Open(), limits, protocol);
        _model.Start(Core);
    }

    public RaftCore Core { get; private set; }

    /// <summary>The applied index of its service.</summary>
    public LogIndex Applied { get; private set; }

    /// <summary>Receives what the core sends, once it may be sent.</summary>
    public required Action<Message> Send { get; init; }

    /// <summary>Gives the core an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="isCompared">Whether to compare copies of the core with it.</param>
    public void Step(Input input, bool isCompared)
    {
        Take(input, isCompared ? ComparedStep(input) : Core.Step(input));

        // Completes at once the writes of a storage without latency.
        CompleteWrites();
    }

    /// <summary>
    /// Checks that the core handles a message only if a server can have sent it, and that a rejected message changes nothing.
    /// </summary>
    public void Try(Message message)
    {
        var copy = Core.Clone();
        var mayTake = MessageRules.CanTake(Core, message);
        var output = copy.Step(new MessageReceived(message));
        Unless(
            mayTake == output.Rejected is null,
            "SoundMessages",
            $"{_id}, {Core.Role} in term {Core.CurrentTerm}, its log up to {Core.Log.LastIndex}@{Core.Log.LastTerm}, "
                + $"{(mayTake ? "rejects" : "takes")} {message}, though {(mayTake ? "a" : "no")} server can have sent it: "
                + $"{output.Rejected} {Fields.TextOf(message)}");
        Unless(
            mayTake
                || (Fields.HashOf(copy) == Fields.HashOf(Core) && output.Write is null && output.Messages.Count == 0
                && output.ElectionTimer == TimerChange.None),
            "SoundMessages",
            $"{_id} rejects {message}, but it has an effect.");
        if (mayTake)
        {
            OutgoingMessage[] held = [.. _held.Select(one => one with { After = one.After - _durable })];
            _model.StepCopy(Core, new MessageReceived(message), _storage.Images, held);
        }
    }

    /// <summary>Advances the clock of its storage.</summary>
    public void PassTime(TimeSpan time)
    {
        _clock.Advance(time);
        CompleteWrites();
    }

    /// <summary>Crashes the core, or stops its node, which closes its storage, or makes its storage fail. Then restarts it.</summary>
    public async Task RestartAsync(int how)
    {
        switch (how)
        {
            case 0:
                _storage.Crash();
                break;
            case 1:
                _storage.BeginClose();
                _clock.Advance(_latency);
                _storage.Complete();
                await _storage.EndCloseAsync(isTakenAnew: false);
                break;
            case 2:
                // The machine crashes while the stopped node is closing its storage.
                _storage.BeginClose();
                _storage.Crash();
                break;
            default:
                _storage.Fail(Core);
                _storage.Crash();
                break;
        }

        var writes = _storage.LastDurable;
        Core = new RaftCore(_id, _members, _storage.Open(), _limits, _protocol);
        _model.Restart(Core, writes);
        _held.Clear();
        (Applied, _durable) = (LogIndex.Zero, 0);
        await _storage.EndCloseAsync(isTakenAnew: true);
    }

    // A core is a value: a copy shares nothing with it, equals it and behaves like it. Cores with different fields are not equal.
    private Output ComparedStep(Input input)
    {
        var copy = Core.Clone();
        var before = Fields.HashOf(Core);
        LookAtCopy(copy, before, "after it was copied");
        var output = Core.Step(input);
        var after = Fields.HashOf(Core);
        Unless(Fields.HashOf(copy) == before, _property, $"A copy of {_id} changes with it, at {input}.");
        Unless(
            copy.Equals(Core) == (before == after),
            _property,
            $"{_id} before and after {input}: they are {(before == after ? "the same" : "not the same")}, but "
                + $"{(before == after ? "not equal" : "equal")}: {Fields.Difference(copy, Core)}.");
        var again = copy.Step(input);
        Unless(
            Fields.HashOf(output) == Fields.HashOf(again),
            _property,
            $"A copy of {_id} makes something else of {input}: {Fields.Difference(again, output)}.");
        Unless(Fields.HashOf(Core) == after, _property, $"{_id} changes with its copy, at {input}.");
        LookAtCopy(copy, after, $"after {input}");
        return output;
    }

    private void LookAtCopy(RaftCore copy, ulong core, string when)
    {
        Unless(Fields.HashOf(copy) == core, _property, $"A copy of {_id} is not what it is, {when}: {Fields.Difference(copy, Core)}.");
        Unless(copy.Equals(Core) && copy.Equals((object)Core), _property, $"A copy of {_id} is the same, but not equal, {when}.");
        Unless(copy.GetHashCode() == Core.GetHashCode(), _property, $"A copy of {_id} is equal, but its hash is another one, {when}.");
    }

    private void Take(Input input, Output output)
    {
        _model.Step(Core, input, output);
        if (output.Write is { } write)
        {
            _storage.Write(write, Core);
        }

        foreach (var message in output.Apply)
        {
            Applied = message.Index;
        }

        _held.AddRange(output.Messages);
        var released = _held.FindAll(message => message.After <= _durable);
        _held.RemoveAll(message => message.After <= _durable);
        foreach (var (message, _) in released)
        {
            if (!Core.IsStale(message))
            {
                Send(message);
            }
        }
    }

    private void CompleteWrites()
    {
        // A step may begin another write.
        for (var last = _storage.Complete(); last > 0; last = _storage.Complete())
        {
            _durable = last;
            var input = new WriteDurable(last);
            Take(input, Core.Step(input));
        }
    }
}
