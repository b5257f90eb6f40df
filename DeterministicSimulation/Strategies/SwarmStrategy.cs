namespace DeterministicSimulation;

/// <summary>
/// A strategy that defines only the order of work. A mix that each schedule draws (<see cref="SwarmMix"/>) decides timers, faults, numbers,
/// and which work is late. If all work is late, a timer runs out first. Once faults have ended, the strategy is fair: a uniform choice
/// among all operations that are due.
/// </summary>
/// <remarks>
/// It is also fair after a number of choices that few schedules reach: an order that starves an operation for ever finds no more bugs.
/// Coyote's fair PCT ends its schedules in the same way.
/// </remarks>
public abstract class SwarmStrategy : IStrategy
{
    private const int _unfairChoices = 5_000;
    private const int _fairTimerRate = SwarmMix.Always / 32;
    private readonly SwarmMix _mix = new();

    // The work that is not delayed, and its numbers among all work.
    private readonly OperationList _prompt = new();
    private readonly List<int> _numbers = [];
    private SplitMix64 _random;
    private int _choices;
    private bool _isFair;

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        _random = new SplitMix64(seed);
        _choices = 0;
        _isFair = false;
        _mix.Draw(ref _random);
        BeginWork(ref _random);
    }

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled)
    {
        var draw = _random.Next();
        var work = enabled.Work.Length;
        var timers = enabled.Timers.Length;
        _isFair |= _choices++ == _unfairChoices;
        if (!_isFair && enabled.Faults.Length > 0 && (ushort)draw < _mix.FaultRate)
        {
            var fault = Pick(draw, enabled.Faults.Length);
            if ((ushort)_random.Next() < _mix.WeightOf(enabled.Faults[fault]))
            {
                return work + timers + fault;
            }
        }

        if (work == 0 || (timers > 0 && (ushort)(draw >> 16) < (_isFair ? _fairTimerRate : _mix.TimerRate)))
        {
            return work + PickTimer(draw, enabled.Timers);
        }

        if (_isFair)
        {
            return Pick(draw, work);
        }

        // In virtual time, late work is due later.
        if (_mix.IsTimeVirtual || !_mix.DelaysWork || !LeaveOutLate(enabled.Work))
        {
            return ChooseWork(enabled.Work, ref _random);
        }

        return _numbers.Count > 0 ? _numbers[ChooseWork(_prompt.Span, ref _random)]
            : timers > 0 ? work + PickTimer(draw, enabled.Timers)
            : Pick(draw, work);
    }

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => !_isFair && (ushort)_random.Next() < _mix.RateOf(kind);

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => _isFair ? _random.Next(bound) : _mix.Integer(bound, ref _random);

    /// <inheritdoc/>
    public int ChooseTime() => _mix.IsTimeVirtual ? 0 : 1;

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int typical, int max) =>
        _isFair ? _random.Next(typical) : _mix.Latency(operation, typical, max, ref _random);

    /// <inheritdoc/>
    public void FaultsEnded() => _isFair = true;

    /// <summary>Prepares the order of the work of a new schedule.</summary>
    private protected abstract void BeginWork(ref SplitMix64 random);

    /// <summary>Picks the work that runs next.</summary>
    /// <returns>Its number in <paramref name="work"/>.</returns>
    private protected abstract int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random);

    // Collects the work that is not delayed. False if no work is delayed; then nothing is collected.
    private bool LeaveOutLate(ReadOnlySpan<Operation> work)
    {
        var first = 0;
        while (first < work.Length && !_mix.Delays(work[first], ref _random))
        {
            first++;
        }

        if (first == work.Length)
        {
            return false;
        }

        _prompt.Clear();
        _numbers.Clear();
        for (var i = 0; i < work.Length; i++)
        {
            if (i < first || (i > first && !_mix.Delays(work[i], ref _random)))
            {
                _prompt.Add(work[i]);
                _numbers.Add(i);
            }
        }

        return true;
    }

    private int PickTimer(ulong draw, ReadOnlySpan<Operation> timers)
    {
        if (_isFair || !_mix.AreTimersInOrder)
        {
            return Pick(draw, timers.Length);
        }

        var first = 0;
        for (var i = 1; i < timers.Length; i++)
        {
            if (timers[i].Due < timers[first].Due)
            {
                first = i;
            }
        }

        return first;
    }

    private static int Pick(ulong draw, int count) => (int)(((draw >> 32) * (ulong)count) >> 32);
}
