using Raft.Verification.Simulation;

namespace Raft.Verification.Exploration;

/// <summary>Makes the choices of a schedule that ran before, so that it runs again.</summary>
/// <param name="choices">What was chosen then, in order.</param>
/// <param name="lenient">Whether a choice that does not fit, or is missing, is made by default: 0, which is the oldest, and no fault.</param>
public sealed class Replay(IReadOnlyList<int> choices, bool lenient = false) : IStrategy
{
    private int _next;

    /// <inheritdoc/>
    public void Begin(ulong seed) => _next = 0;

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled) => Next(enabled.Count, "an operation");

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => Next(2, $"whether {kind} strikes") == 1;

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => Next(bound, "a number");

    private int Next(int bound, string what)
    {
        if (lenient)
        {
            return _next < choices.Count && choices[_next++] is >= 0 and var fitting && fitting < bound ? fitting : 0;
        }

        if (_next == choices.Count)
        {
            throw new ReplayDivergedException($"The schedule goes on after its {choices.Count} choices: it asks for {what}. The code is not the one that made it.");
        }

        var choice = choices[_next++];
        return choice >= 0 && choice < bound
            ? choice
            : throw new ReplayDivergedException($"Choice {_next} is {choice}, but only 0 to {bound - 1} can be chosen ({what}). The code is not the one that made it.");
    }
}

/// <summary>A schedule that is run again asks for something else than it did before: the code, or the scenario, has changed.</summary>
/// <param name="message">What differs.</param>
public sealed class ReplayDivergedException(string message) : Exception(message);
