namespace DeterministicSimulation;

/// <summary>
/// An operation that ran, described so that it is found again in a schedule where less happens, and what it was answered. The first one of a
/// schedule is not an operation: it stands for what happens before there are any.
/// </summary>
/// <param name="Operation">What ran.</param>
/// <param name="Rank">How many operations of the same shape were older.</param>
public sealed record Decision(OperationShape Operation, int Rank)
{
    /// <summary>The numbers that it drew, in order. Where they run out, the default ones follow.</summary>
    public IReadOnlyList<int> Numbers { get; init; } = [];

    /// <summary>The faults that struck the message.</summary>
    public IReadOnlyList<FaultKind> Faults { get; init; } = [];

    /// <summary>What the workload did.</summary>
    public IReadOnlyList<ScriptStep> Steps { get; init; } = [];

    /// <summary>Whether it is a continuation of the workload, or its start.</summary>
    public bool IsOfWorkload => Operation is { Kind: OperationKind.Continuation, Server: 0 };

    /// <summary>Whether it comes from outside, and not from what happened before: a timeout, a fault, a step of the workload.</summary>
    public bool IsStimulus => Operation.Kind == OperationKind.Fault
        || (Operation.Kind == OperationKind.Timer && Operation.Server > 0) || Steps.Count > 0;

    /// <summary>Whether it only continues what is under way: it happens anyway where something later waits for it.</summary>
    public bool IsImplied => Operation.Kind == OperationKind.DiskWrite || (Operation.Kind == OperationKind.Continuation && !IsOfWorkload);

    /// <summary>The decision that continues a script with one step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="scriptCode">The code that follows the script (<see cref="IScriptable.ScriptCode"/>).</param>
    public static Decision Of(ScriptStep step, object scriptCode) =>
        new(new OperationShape(OperationKind.Continuation, 0, What: scriptCode), 0) { Steps = [step] };

    /// <summary>The decision that ends a fault of a server.</summary>
    /// <param name="server">The number of the server.</param>
    /// <param name="what">What mends it (<see cref="OperationShape.What"/>).</param>
    public static Decision Mend(int server, object what) => new(new OperationShape(OperationKind.Fault, server, What: what), 0);

    /// <summary>The same decision, where the servers have other numbers.</summary>
    /// <param name="numbers">The new number of each server; 0 where it is not there any more.</param>
    /// <returns>Null where it is about a server that is not there any more.</returns>
    internal Decision? Renumbered(IReadOnlyList<int> numbers)
    {
        var (server, from) = (numbers[Operation.Server], numbers[Operation.From]);
        if ((server == 0 && Operation.Server > 0) || (from == 0 && Operation.From > 0))
        {
            return null;
        }

        ScriptStep[] steps =
        [
            .. Steps
                .Select(step => step with { Servers = step.Servers is null ? null : [.. step.Servers.Select(one => numbers[one]).Where(one => one > 0)] })
                .Where(step => step.Servers is not { Count: 0 }),
        ];
        return steps.Length == 0 && Steps.Count > 0
            ? null
            : this with { Operation = Operation with { Server = server, From = from }, Steps = steps };
    }
}
