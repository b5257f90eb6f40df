namespace DeterministicSimulation;

/// <summary>
/// Repeats the recorded choices of a schedule. After the last one it makes the default choices (<see cref="DefaultChoice"/>).
/// </summary>
/// <param name="choices">The recorded choices, in order.</param>
/// <param name="lenient">Whether the default choice also replaces a recorded choice that does not fit.</param>
public sealed class Replay(IReadOnlyList<int> choices, bool lenient = false) : IStrategy
{
    private int _next;

    /// <summary>The first choice that did not fit; null if all did. It is kept because code under test may swallow the exception.</summary>
    public ReplayDivergedException? Misfit { get; private set; }

    /// <inheritdoc/>
    public void Begin(ulong seed) => _next = 0;

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled) => Next(enabled.Count, "an operation", DefaultChoice.Operation);

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => Next(2, $"whether {kind} strikes", defaultChoice: 0) == 1;

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => Next(bound, "a number", DefaultChoice.Number(_next, bound));

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int typical, int max) =>
        Next(max, "a latency", DefaultChoice.Number(_next, typical));

    private int Next(int bound, string what, int defaultChoice)
    {
        var choice = _next < choices.Count ? choices[_next] : defaultChoice;
        _next++;
        if (choice >= 0 && choice < bound)
        {
            return choice;
        }

        if (lenient)
        {
            return defaultChoice;
        }

        Misfit ??= new ReplayDivergedException(
            $"Choice {_next} is {choice}, but only 0 to {bound - 1} can be chosen ({what}). The code is not the code that made it.");
        throw Misfit;
    }
}

/// <summary>A replay differs from its recording: the code or the workload has changed.</summary>
/// <param name="message">What differs.</param>
public sealed class ReplayDivergedException(string message) : Exception(message);
