namespace DeterministicSimulation;

/// <summary>
/// The uniform random walk: all enabled operations are equally likely, except for timers and faults. Each schedule draws the rates of
/// timers and faults, so that some schedules have few of them and others many.
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

        // Out of 2^16 steps that have work: the number in which a timer runs out, or a fault strikes.
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
