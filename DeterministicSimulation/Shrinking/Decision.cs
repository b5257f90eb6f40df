namespace DeterministicSimulation;

/// <summary>
/// An operation that ran, and the choices that it made. The description identifies the operation in a smaller schedule too. The first
/// decision of a schedule is not an operation: it stands for what happens before the first operation.
/// </summary>
/// <param name="Operation">The shape of the operation.</param>
/// <param name="Rank">How many operations of the same shape were older.</param>
public sealed record Decision(OperationShape Operation, int Rank)
{
    /// <summary>The numbers that it drew, in order. Further numbers are the default ones.</summary>
    public IReadOnlyList<int> Numbers { get; init; } = [];

    /// <summary>The faults that struck the message.</summary>
    public IReadOnlyList<FaultKind> Faults { get; init; } = [];

    /// <summary>The steps that the workload took.</summary>
    public IReadOnlyList<ScriptStep> Steps { get; init; } = [];

    /// <summary>Whether it is a continuation of the workload, or its start.</summary>
    public bool IsOfWorkload => Operation is { Kind: OperationKind.Continuation, Server: 0 };

    /// <summary>Whether it comes from outside, not from earlier operations: a timeout, a fault, or a step of the workload.</summary>
    public bool IsStimulus => Operation.Kind == OperationKind.Fault
        || (Operation.Kind == OperationKind.Timer && Operation.Server > 0) || Steps.Count > 0;

    /// <summary>Whether it only continues earlier operations. A replay runs it anyway if a later decision depends on it.</summary>
    public bool IsImplied => Operation.Kind == OperationKind.DiskWrite || (Operation.Kind == OperationKind.Continuation && !IsOfWorkload);

    /// <summary>The decision that takes one step of a script.</summary>
    /// <param name="step">The step.</param>
    /// <param name="scriptCode">The code that follows the script (<see cref="IScriptable.ScriptCode"/>).</param>
    public static Decision Of(ScriptStep step, object scriptCode) =>
        new(new OperationShape(OperationKind.Continuation, 0, What: scriptCode), 0) { Steps = [step] };

    /// <summary>The decision that ends a fault of a server.</summary>
    /// <param name="server">The number of the server.</param>
    /// <param name="what">The name of the operation that ends the fault (<see cref="OperationShape.What"/>).</param>
    public static Decision Mend(int server, object what) => new(new OperationShape(OperationKind.Fault, server, What: what), 0);

    /// <summary>The same decision with other numbers for the servers.</summary>
    /// <param name="numbers">The new number of each server; 0 for a server that is removed.</param>
    /// <returns>Null if it is about a server that is removed.</returns>
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
                .Select(step => step with { Servers = Renumbered(step.Servers, numbers) })
                .Where(step => step.Servers is not { Count: 0 }),
        ];
        return steps.Length == 0 && Steps.Count > 0
            ? null
            : this with { Operation = Operation with { Server = server, From = from }, Steps = steps };
    }

    private static int[]? Renumbered(IReadOnlyList<int>? servers, IReadOnlyList<int> numbers) =>
        servers is null ? null : [.. servers.Select(server => numbers[server]).Where(number => number > 0)];
}
