using System.Numerics;
using System.Runtime.InteropServices;

namespace DeterministicSimulation;

/// <summary>
/// How much of a system's behaviour was seen: the number of distinct abstract states, which the system defines. The number is an estimate
/// from a bitmap of fixed size, by linear counting (Whang, Vander-Zanden, Taylor: "A linear-time probabilistic counting algorithm", TODS
/// 1990).
/// </summary>
public sealed class StateCoverage
{
    private const int _bits = 22;
    private readonly ulong[] _seen = new ulong[(1 << _bits) / 64];

    /// <summary>The number of bits that are set. It grows during a schedule by about the number of new states.</summary>
    public long Count { get; private set; }

    /// <summary>The estimated number of distinct abstract states.</summary>
    public long Estimate
    {
        get
        {
            const double size = 1 << _bits;
            var zeros = size - _seen.Sum(word => (long)BitOperations.PopCount(word));
            return (long)Math.Round(-size * Math.Log(Math.Max(zeros, 1) / size));
        }
    }

    /// <summary>Adds the states that another object has recorded.</summary>
    public void Add(StateCoverage other)
    {
        ArgumentNullException.ThrowIfNull(other);

        // Several words at a time: a display that shows the progress of many shards adds them several times a second. Another thread may
        // be recording in the other object; what it records meanwhile may be missed.
        var all = MemoryMarshal.Cast<ulong, Vector<ulong>>(_seen.AsSpan());
        var added = MemoryMarshal.Cast<ulong, Vector<ulong>>(other._seen.AsSpan());
        for (var i = 0; i < all.Length; i++)
        {
            all[i] |= added[i];
        }
    }

    /// <summary>Records a state of the system.</summary>
    /// <param name="state">A well-mixed hash of the abstract state.</param>
    public void Note(ulong state)
    {
        var bit = (int)(state >> (64 - _bits));
        var mask = 1UL << (bit % 64);
        if ((_seen[bit / 64] & mask) == 0)
        {
            _seen[bit / 64] |= mask;
            Count++;
        }
    }
}
