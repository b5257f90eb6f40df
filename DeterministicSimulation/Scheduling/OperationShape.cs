namespace DeterministicSimulation;

/// <summary>
/// The kind of operation, ignoring which instance it is: a message of a type from one server to another, or a timer of a server. A shape
/// means the same in every schedule of a process, and nothing in another process.
/// </summary>
/// <param name="Kind">The kind.</param>
/// <param name="Server">The number of the server where it happens; 0 if it does not happen at a server.</param>
/// <param name="From">The number of the server that sent the message; 0 if it is not a message.</param>
/// <param name="What">
/// The type of the message, the code of the workload, the callback of the timer, or the fault; null if there is only one kind.
/// </param>
public readonly record struct OperationShape(OperationKind Kind, int Server, int From = 0, object? What = null);
