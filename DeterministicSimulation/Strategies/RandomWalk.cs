namespace DeterministicSimulation;

/// <summary>
/// The uniform random walk: every enabled operation is as likely as the others, but for timers and faults, which come at rates that
/// each schedule draws anew, so that calm schedules and wild ones are both tried.
/// </summary>
public sealed class RandomWalk : IStrategy
{
    private SplitMix64 _random;
    private uint _timerRate;
    private uint _faultRate;
    private uint _messageFaultRate;

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        _random = new SplitMix64(seed);

        // Of 2^16 steps with other work to do: how many let a timer run out, or something break.
        _timerRate = 1u << (9 + _random.Next(5));
        _faultRate = 1u << (7 + _random.Next(6));
        _messageFaultRate = 1u << (9 + _random.Next(6));
    }

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled)
    {
        var draw = _random.Next();
        var work = enabled.Work.Length;
        var timers = enabled.Timers.Length;
        if (enabled.Faults.Length > 0 && (ushort)draw < _faultRate)
        {
            return work + timers + Pick(draw, enabled.Faults.Length);
        }

        return work == 0 || (timers > 0 && (ushort)(draw >> 16) < _timerRate)
            ? work + Pick(draw, timers)
            : Pick(draw, work);
    }

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => (ushort)_random.Next() < _messageFaultRate;

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => _random.Next(bound);

    private static int Pick(ulong draw, int count) => (int)(((draw >> 32) * (ulong)count) >> 32);
}
