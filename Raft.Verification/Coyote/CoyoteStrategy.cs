using DeterministicSimulation;
using Microsoft.Coyote.Random;

namespace Raft.Verification.Coyote;

/// <summary>
/// Gets the choices from Coyote: each is one of Coyote's own nondeterministic choices, which its trace records. Coyote's scheduler itself
/// decides which operation runs next.
/// </summary>
internal sealed class CoyoteStrategy : IStrategy
{
    private const int _digits = 64;
    private readonly Generator _generator = Generator.Create();
    private SplitMix64 _fair;
    private bool _faultsEnded;
    private int _messageFaultEvery;

    /// <summary>The average number of steps from one timer to the next while there is other work.</summary>
    public int StepsPerTimer { get; private set; }

    /// <summary>The average number of steps from one fault to the next.</summary>
    public int StepsPerFault { get; private set; }

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        // Each schedule draws its own rates, as in the embedded engine's random walk, so that some schedules have few faults and others
        // many.
        StepsPerTimer = 128 >> _generator.NextInteger(5);
        StepsPerFault = 512 >> _generator.NextInteger(6);
        _messageFaultEvery = 128 >> _generator.NextInteger(6);
        _faultsEnded = false;
        _fair = new SplitMix64((ulong)ChooseInteger(int.MaxValue));
    }

    /// <summary>
    /// Draws numbers at random from now on, since faults have ended. §5.2: elections end because timeouts are random, but some strategies
    /// of Coyote, such as q-learning, may draw equal timeouts for ever.
    /// </summary>
    public void FaultsEnded() => _faultsEnded = true;

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled) =>
        throw new NotSupportedException("Coyote's scheduler chooses the next operation.");

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => _generator.NextInteger(_messageFaultEvery) == 0;

    /// <inheritdoc/>
    public int ChooseInteger(int bound)
    {
        if (_faultsEnded)
        {
            return _fair.Next(bound);
        }

        // Q-learning keeps a value for each possible number, so a large number is drawn digit by digit.
        var drawn = 0L;
        var drawnOf = 1L;
        while (drawnOf < bound)
        {
            var digits = Math.Min(_digits, bound);
            drawn = (drawn * digits) + _generator.NextInteger(digits);
            drawnOf *= digits;
        }

        return (int)((Int128)drawn * bound / drawnOf);
    }
}
