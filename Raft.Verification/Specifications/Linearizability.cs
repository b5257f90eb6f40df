using ModelChecking.Linearizability;

namespace Raft.Verification.Specifications;

/// <summary>
/// §8 and the dissertation's §6.3: the operations of clients on a register take effect one at a time, each between its call and its
/// return. The monitor sees only the calls and what they returned.
/// </summary>
[PropertyMeaning(
    "The clients' operations can be put into one order in which each takes effect between its call and its return, with its result.",
    "§8; dissertation §6.3; Herlihy and Wing")]
public sealed class Linearizability : SpecificationMonitor
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private readonly List<Operation<RegisterAction>> _operations = [];
    private readonly Register _model = new(null);
    private long _now;

    /// <inheritdoc/>
    public override string Property => nameof(Linearizability);

    /// <inheritdoc/>
    public override void OnCalled(int client, RegisterAction action) =>
        _operations.Add(new Operation<RegisterAction>(client, ++_now, Return: null, action));

    /// <inheritdoc/>
    public override void OnReturned(int call, RegisterAction action)
    {
        _operations[call] = _operations[call] with { Return = ++_now, Action = action };
        Operation<RegisterAction>[] history = [.. _operations.Where(one => one.Action.Key == action.Key)];
        if (!LinearizabilityChecker.Check(_model, history).IsLinearizable)
        {
            var conflict = LinearizabilityChecker.Conflict(_model, history, _patience);
            Violate($"These operations cannot be ordered: {string.Join("; ", conflict.Operations.Select(i => Text(history[i])))}.");
        }
    }

    private static string Text(Operation<RegisterAction> operation) =>
        $"{operation.Action} of client {operation.Client} from {operation.Call} to {operation.Return?.ToString() ?? "the end"}";
}
