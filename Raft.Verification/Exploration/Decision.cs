using DeterministicSimulation;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>
/// An operation that ran, told so that it is found again in a schedule where less happens, and what it was answered. The first one of a schedule is no
/// operation: it is what happens before there are any.
/// </summary>
/// <param name="Operation">What ran.</param>
/// <param name="Rank">How many like it were older.</param>
internal sealed record Decision(OperationShape Operation, int Rank)
{
    /// <summary>The numbers that it drew, in order; where they run out, the usual ones.</summary>
    public int[] Numbers { get; init; } = [];

    /// <summary>Which faults struck the message.</summary>
    public FaultKind[] Faults { get; init; } = [];

    /// <summary>What the scenario did.</summary>
    public ScriptStep[] Steps { get; init; } = [];

    /// <summary>Whether it is the scenario that went on, or began.</summary>
    public bool IsOfScenario => Operation is { Kind: OperationKind.Continuation, Server: 0 };

    /// <summary>Whether it comes from outside, and not from what happened before: a timeout, a fault, a step of the scenario.</summary>
    public bool IsStimulus => Operation.Kind == OperationKind.Fault || (Operation.Kind == OperationKind.Timer && Operation.Server > 0) || Steps.Length > 0;

    /// <summary>Whether it only goes on with what is under way: it happens anyway where something later waits for it.</summary>
    public bool IsImplied => Operation.Kind == OperationKind.DiskWrite || (Operation.Kind == OperationKind.Continuation && !IsOfScenario);

    /// <summary>The same, where the servers have other numbers.</summary>
    /// <param name="numbers">The new number of each server; 0: it is not there any more.</param>
    /// <returns>Null where it is about a server that is not there any more.</returns>
    public Decision? Renumbered(IReadOnlyList<int> numbers)
    {
        var (server, from) = (numbers[Operation.Server], numbers[Operation.From]);
        if ((server == 0 && Operation.Server > 0) || (from == 0 && Operation.From > 0))
        {
            return null;
        }

        var steps = Steps
            .Select(step => step with { Servers = step.Servers is null ? null : [.. step.Servers.Select(one => numbers[one]).Where(one => one > 0)] })
            .Where(step => step.Servers is not { Count: 0 })
            .ToArray();
        return steps.Length == 0 && Steps.Length > 0
            ? null
            : this with { Operation = Operation with { Server = server, From = from }, Steps = steps };
    }
}
