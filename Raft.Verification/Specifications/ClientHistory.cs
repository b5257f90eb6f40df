using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// §8, as clients see it: services apply what clients proposed. Each applied command was proposed, and is applied at most once for each
/// proposal. A refused command is never applied. What a server answered about a command is true. The monitor sees only the clients' calls,
/// what services apply, and which server led which term.
/// </summary>
[PropertyMeaning("What the services apply was proposed, once for each proposal at most, and what clients are told of it is true.", "§8")]
public sealed class ClientHistory : SpecificationMonitor
{
    private readonly Dictionary<Command, Calls> _calls = [];
    private readonly Dictionary<LogIndex, (Term Term, Command Command)> _applied = [];
    private readonly Dictionary<(LogIndex Index, Term Term), Command> _promised = [];
    private readonly HashSet<(ServerId Server, Term Term)> _led = [];

    /// <inheritdoc/>
    public override string Property => nameof(ClientHistory);

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (core.Role == Role.Leader && server.PreviousRole != Role.Leader)
        {
            _led.Add((server.Id, core.CurrentTerm));
        }
    }

    /// <inheritdoc/>
    public override void OnProposed(ServerState server, Command command) => CallsOf(command).Proposed++;

    /// <inheritdoc/>
    public override void OnAnswered(ServerState server, Command command, Proposal proposal)
    {
        if (!proposal.IsTaken)
        {
            var calls = CallsOf(command);
            calls.Refused++;
            CheckCount(command, calls);
            return;
        }

        var (index, term) = (proposal.Index, proposal.Term);
        if (!_led.Contains((server.Id, term)))
        {
            Violate($"{server.Id} told a client that it took {command} in term {term}, which it never led.");
        }
        else if (!_promised.TryAdd((index, term), command))
        {
            Violate(
                $"{server.Id} told a client that {command} is entry {index} of term {term}, but another client that "
                    + $"{_promised[(index, term)]} is.");
        }
        else if (_applied.TryGetValue(index, out var applied) && applied.Term == term && applied.Command != command)
        {
            Violate($"{server.Id} told a client that {command} is entry {index} of term {term}, but {applied.Command} was applied there.");
        }
    }

    /// <inheritdoc/>
    public override void OnApplied(ServerState server, ApplyMessage message, ulong state)
    {
        // StateMachineSafety checks that services apply the same entry at an index.
        var (index, term, command) = (message.Index, message.Term, message.Command);
        if (message.Snapshot is not null || !_applied.TryAdd(index, (term, command)))
        {
            return;
        }

        if (!_calls.TryGetValue(command, out var calls))
        {
            Violate($"The service of {server.Id} applied {command} as entry {index}, but no client proposed it.");
            return;
        }

        calls.Applied++;
        CheckCount(command, calls);
        if (_promised.TryGetValue((index, term), out var promised) && promised != command)
        {
            Violate(
                $"A client was told that {promised} is entry {index} of term {term}, but the service of {server.Id} applied {command} "
                    + $"there.");
        }
    }

    private void CheckCount(Command command, Calls calls)
    {
        if (calls.Applied > calls.Proposed - calls.Refused)
        {
            Violate(
                $"{command} was applied at {calls.Applied} indexes; clients proposed it {calls.Proposed} times, of which {calls.Refused} "
                    + $"were refused.");
        }
    }

    private Calls CallsOf(Command command)
    {
        if (!_calls.TryGetValue(command, out var calls))
        {
            calls = new Calls();
            _calls.Add(command, calls);
        }

        return calls;
    }

    private sealed class Calls
    {
        public int Proposed { get; set; }

        public int Refused { get; set; }

        public int Applied { get; set; }
    }
}
