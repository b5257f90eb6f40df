namespace DeterministicSimulation;

/// <summary>Makes the choices of a schedule that ran before, so that it runs again; where they run out, the usual ones: the oldest first, no fault.</summary>
/// <param name="choices">What was chosen then, in order.</param>
/// <param name="lenient">Whether a choice that does not fit gives way to the usual one too.</param>
public sealed class Replay(IReadOnlyList<int> choices, bool lenient = false) : IStrategy
{
    private int _next;

    /// <summary>The first choice that did not fit; null: all did. Code under test may swallow the exception.</summary>
    public ReplayDivergedException? Misfit { get; private set; }

    /// <inheritdoc/>
    public void Begin(ulong seed) => _next = 0;

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled) => Next(enabled.Count, "an operation", DefaultChoice.Operation);

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => Next(2, $"whether {kind} strikes", usual: 0) == 1;

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => Next(bound, "a number", DefaultChoice.Number(_next, bound));

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int usual, int most) => Next(most, "a latency", DefaultChoice.Number(_next, usual));

    private int Next(int bound, string what, int usual)
    {
        var choice = _next < choices.Count ? choices[_next] : usual;
        _next++;
        if (choice >= 0 && choice < bound)
        {
            return choice;
        }

        if (lenient)
        {
            return usual;
        }

        Misfit ??= new ReplayDivergedException(
            $"Choice {_next} is {choice}, but only 0 to {bound - 1} can be chosen ({what}). The code is not the one that made it.");
        throw Misfit;
    }
}

/// <summary>A schedule that is run again asks for something else than it did before: the code, or the scenario, has changed.</summary>
/// <param name="message">What differs.</param>
public sealed class ReplayDivergedException(string message) : Exception(message);
