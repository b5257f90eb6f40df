using Raft.Verification.Simulation;

namespace Raft.Verification.Exploration;

/// <summary>Resolves all nondeterminism of a schedule: who goes next, what breaks, which number is drawn.</summary>
public interface IStrategy
{
    /// <summary>Prepares for a new schedule.</summary>
    /// <param name="seed">Equal seeds give equal choices, wherever the same is asked.</param>
    void Begin(ulong seed);

    /// <summary>Picks the operation that happens next.</summary>
    /// <param name="enabled">What can happen; work or timers are among it.</param>
    /// <returns>The number of the operation in <paramref name="enabled"/>.</returns>
    int ChooseOperation(EnabledOperations enabled);

    /// <summary>Is told of the operation that happens next where there is no other, so that nothing is asked.</summary>
    void OnlyOperation(Operation operation)
    {
    }

    /// <summary>Says whether a fault of this kind strikes, at a point where it could.</summary>
    bool ChooseFault(FaultKind kind);

    /// <summary>Draws a number from 0 up to, but not including, <paramref name="bound"/>.</summary>
    int ChooseInteger(int bound);
}
