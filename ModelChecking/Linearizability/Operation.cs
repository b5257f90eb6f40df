namespace ModelChecking.Linearizability;

/// <summary>An operation that a client called on a shared object.</summary>
/// <typeparam name="TAction">What it does, with its result if the client received one.</typeparam>
/// <param name="Client">The client. It may have several operations open at a time.</param>
/// <param name="Call">When the client called it, in any unit.</param>
/// <param name="Return">
/// When the client received its result, in the same unit; null: never. Such an operation may take effect at any time after its call, or
/// never.
/// </param>
/// <param name="Action">What it does.</param>
public sealed record Operation<TAction>(int Client, long Call, long? Return, TAction Action);
