using DeterministicSimulation;
using Microsoft.Coyote.Random;

namespace Raft.Verification.Coyote;

/// <summary>
/// Has Coyote make the choices: each is one of Coyote's own nondeterministic choices, recorded in its trace. Who goes next is not among them, since Coyote's
/// scheduler decides that itself.
/// </summary>
internal sealed class CoyoteStrategy : IStrategy
{
    private const int _digits = 64;
    private readonly Generator _generator = Generator.Create();
    private SplitMix64 _fair;
    private bool _settled;
    private int _messageFaultEvery;

    /// <summary>How many steps pass from one timer to the next on average, while there is other work to do.</summary>
    public int StepsPerTimer { get; private set; }

    /// <summary>How many steps pass from one fault to the next on average.</summary>
    public int StepsPerFault { get; private set; }

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        // Each schedule draws its own rates, those of the random walk of the embedded engine: calm schedules and wild ones are both tried.
        StepsPerTimer = 128 >> _generator.NextInteger(5);
        StepsPerFault = 512 >> _generator.NextInteger(6);
        _messageFaultEvery = 128 >> _generator.NextInteger(6);
        _settled = false;
        _fair = new SplitMix64((ulong)ChooseInteger(int.MaxValue));
    }

    /// <summary>
    /// Faults have ended, and numbers are drawn at random from now on. §5.2: elections come to an end because timeouts are random, and a strategy of
    /// Coyote's may draw equal ones for ever, as q-learning does.
    /// </summary>
    public void FaultsEnded() => _settled = true;

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled) => throw new NotSupportedException("Coyote's scheduler decides who goes next.");

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => _generator.NextInteger(_messageFaultEvery) == 0;

    /// <inheritdoc/>
    public int ChooseInteger(int bound)
    {
        if (_settled)
        {
            return _fair.Next(bound);
        }

        // Q-learning keeps a value for each number that could be drawn: a large one is drawn digit by digit.
        var drawn = 0L;
        var drawnOf = 1L;
        while (drawnOf < bound)
        {
            var digits = Math.Min(_digits, bound);
            drawn = (drawn * digits) + _generator.NextInteger(digits);
            drawnOf *= digits;
        }

        return (int)(drawn * bound / drawnOf);
    }
}
