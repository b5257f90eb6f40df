namespace ModelChecking.Linearizability;

/// <summary>A history of operations on registers.</summary>
/// <param name="Operations">The operations, in the order of their calls.</param>
/// <param name="HasKeys">Whether the operations name keys: each key is a register of its own.</param>
/// <param name="Initial">The value of each register before the first operation; null: none.</param>
public sealed record History(IReadOnlyList<Operation<RegisterAction>> Operations, bool HasKeys, string? Initial)
{
    /// <summary>The object that each operation acts on alone.</summary>
    public Register Model => new(Initial);

    /// <summary>The history of each key, in the order of their first operations; one part if there are no keys.</summary>
    public IReadOnlyList<(string Key, IReadOnlyList<Operation<RegisterAction>> Operations)> Parts() =>
        HasKeys
            ? [.. Operations.GroupBy(one => one.Action.Key).Select(part => (part.Key, (IReadOnlyList<Operation<RegisterAction>>)[.. part]))]
            : [(string.Empty, Operations)];
}
