namespace DeterministicSimulation;

/// <summary>
/// Delay-bounded scheduling (Emmi, Qadeer, Rakamarić: "Delay-bounded scheduling", POPL 2011). Work runs in the order in which it arrived,
/// except for a bounded number of delays at random choices. A delay moves the next work behind all that is enabled.
/// </summary>
/// <param name="delays">The largest number of delays. Each schedule draws its own number up to it.</param>
/// <param name="length">The number of choices over which the delays are spread.</param>
public sealed class DelayBounded(int delays = 64, int length = 400) : SwarmStrategy
{
    private int _left;
    private int _rate;
    private long _arrivals;

    private protected override void BeginWork(ref SplitMix64 random)
    {
        _left = random.Next(delays + 1);
        _rate = Math.Min(SwarmMix.Always, SwarmMix.Always * _left / length);
        _arrivals = 0;
    }

    private protected override int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random)
    {
        var next = First(work);
        while (_left > 0 && (ushort)random.Next() < _rate)
        {
            _left--;
            work[next].Rank = ++_arrivals;
            next = First(work);
        }

        return next;
    }

    // Ranks are in the order of arrival, except for delayed work.
    private int First(ReadOnlySpan<Operation> work)
    {
        var first = 0;
        for (var i = 0; i < work.Length; i++)
        {
            if (work[i].Rank == 0)
            {
                work[i].Rank = ++_arrivals;
            }

            if (work[i].Rank < work[first].Rank)
            {
                first = i;
            }
        }

        return first;
    }
}
