namespace DeterministicSimulation;

/// <summary>
/// A strategy that orders the work of a schedule in a way of its own, and leaves timers, faults, numbers, and what is late to a mix that each schedule draws
/// (<see cref="SwarmMix"/>). Where all work is late, a timer runs out before it. Once faults have ended it is fair: an even choice among all that is due.
/// </summary>
/// <remarks>
/// It is fair as well after a number of choices that few schedules come to. An order that never lets somebody go on tests only patience; Coyote's fair PCT
/// ends its schedules in the same way.
/// </remarks>
public abstract class SwarmStrategy : IStrategy
{
    private const int _unfairChoices = 5_000;
    private const int _fairTimerRate = SwarmMix.Always / 32;
    private readonly SwarmMix _mix = new();

    // The work that nobody puts off, and its numbers among all.
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

        // In virtual time, what is late is not due before.
        if (_mix.IsTimeVirtual || !_mix.PutsOffAnything || !LeaveOutLate(enabled.Work))
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
    public int ChooseLatency(Operation operation, int usual, int most) => _isFair ? _random.Next(usual) : _mix.Latency(operation, usual, most, ref _random);

    /// <inheritdoc/>
    public void FaultsEnded() => _isFair = true;

    /// <summary>Prepares the order of the work of a new schedule.</summary>
    private protected abstract void BeginWork(ref SplitMix64 random);

    /// <summary>Picks the work that is done next.</summary>
    /// <returns>Its number in <paramref name="work"/>.</returns>
    private protected abstract int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random);

    // Collects what is not put off. False: nothing is put off, and nothing is collected.
    private bool LeaveOutLate(ReadOnlySpan<Operation> work)
    {
        var first = 0;
        while (first < work.Length && !_mix.PutsOff(work[first], ref _random))
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
            if (i < first || (i > first && !_mix.PutsOff(work[i], ref _random)))
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
