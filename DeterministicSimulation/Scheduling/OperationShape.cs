namespace DeterministicSimulation;

/// <summary>
/// What an operation is, whichever of its like: a message of this type from this server to that one, this timer of this server. It means the same in every
/// schedule of a process, and nothing outside of it.
/// </summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Server">The server where it happens; 0: at none of them.</param>
/// <param name="From">Of a message: the server that sent it.</param>
/// <param name="What">The type of the message, the code of the scenario, what the timer calls, what breaks; null: there is only one.</param>
public readonly record struct OperationShape(OperationKind Kind, int Server, int From = 0, object? What = null);
