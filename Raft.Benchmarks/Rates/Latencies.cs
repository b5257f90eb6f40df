using System.Numerics;

namespace Raft.Benchmarks.Rates;

/// <summary>
/// How long calls took. It counts them in classes: 32 for each power of two of the nanoseconds, so a percentile is at most 3 % too long.
/// Thread-safe.
/// </summary>
internal sealed class Latencies
{
    private const int _perPower = 32;
    private readonly long[] _classes = new long[64 * _perPower];

    /// <summary>How many calls were counted.</summary>
    public long Count => _classes.Sum();

    /// <summary>Counts a call.</summary>
    /// <param name="time">How long it took.</param>
    public void Add(TimeSpan time) => Interlocked.Increment(ref _classes[ClassOf((ulong)time.Ticks * 100)]);

    /// <summary>The time within which a part of the calls ended.</summary>
    /// <param name="part">The part: 0.99 for p99.</param>
    public TimeSpan Percentile(double part)
    {
        var (left, number) = ((long)Math.Ceiling(part * Count), 0);
        while (number < _classes.Length - 1 && (left -= _classes[number]) > 0)
        {
            number++;
        }

        return TimeSpan.FromMicroseconds(UpperBoundOf(number) / 1000.0);
    }

    private static int ClassOf(ulong nanoseconds)
    {
        var power = Math.Max(0, BitOperations.Log2(nanoseconds | 1) - 5);
        return (power * _perPower) + (int)(nanoseconds >> power);
    }

    // The classes of small numbers are the numbers themselves.
    private static ulong UpperBoundOf(int number)
    {
        var power = Math.Max(0, (number / _perPower) - 1);
        return ((ulong)(number - (power * _perPower)) + 1) << power;
    }
}
