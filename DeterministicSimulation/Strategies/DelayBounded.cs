namespace DeterministicSimulation;

/// <summary>
/// Delay-bounded scheduling (Emmi, Qadeer, Rakamarić: "Delay-bounded scheduling", POPL 2011): work is done in the order in which it came, but for a bounded number of
/// delays at random moments. What is delayed goes behind all that is there.
/// </summary>
/// <param name="delays">The bound. Each schedule draws its number of delays up to it.</param>
/// <param name="length">Among how many choices the delays fall.</param>
public sealed class DelayBounded(int delays = 64, int length = 400) : SwarmStrategy
{
    private int _left;
    private int _rate;
    private long _came;

    private protected override void BeginWork(ref SplitMix64 random)
    {
        _left = random.Next(delays + 1);
        _rate = Math.Min(SwarmMix.Always, SwarmMix.Always * _left / length);
        _came = 0;
    }

    private protected override int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random)
    {
        var next = First(work);
        while (_left > 0 && (ushort)random.Next() < _rate)
        {
            _left--;
            work[next].Rank = ++_came;
            next = First(work);
        }

        return next;
    }

    // Work stands in the order in which it came, but for what was delayed.
    private int First(ReadOnlySpan<Operation> work)
    {
        var first = 0;
        for (var i = 0; i < work.Length; i++)
        {
            if (work[i].Rank == 0)
            {
                work[i].Rank = ++_came;
            }

            if (work[i].Rank < work[first].Rank)
            {
                first = i;
            }
        }

        return first;
    }
}
