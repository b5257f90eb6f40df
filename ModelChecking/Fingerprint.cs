using System.Numerics;

namespace ModelChecking;

/// <summary>The 64-bit hash that identifies a state.</summary>
internal static class Fingerprint
{
    // The fractional parts of the square roots of 2 and 3, made odd.
    private const ulong _even = 0x6A09E667F3BCC909;
    private const ulong _odd = 0xBB67AE8584CAA73B;

    /// <summary>The fingerprint of a state; never 0.</summary>
    public static ulong Of(State state)
    {
        // Two chains of multiplications, which the processor can execute in parallel.
        var (even, odd) = (_odd, _even);
        var words = state.Words;
        var i = 0;
        for (; i + 1 < words.Length; i += 2)
        {
            even = Fold(even ^ words[i], _even);
            odd = Fold(odd ^ words[i + 1], _odd);
        }

        if (i < words.Length)
        {
            even = Fold(even ^ words[i], _even);
        }

        var hash = Fold(even ^ BitOperations.RotateLeft(odd, 32), _even);
        return hash == 0 ? 1 : hash;
    }

    /// <summary>Spreads fingerprints that are not evenly distributed, such as the minimum of several.</summary>
    public static ulong Spread(ulong fingerprint) => Fold(fingerprint, _odd) is not 0 and var spread ? spread : 1;

    private static ulong Fold(ulong value, ulong factor)
    {
        var high = Math.BigMul(value, factor, out var low);
        return high ^ low;
    }
}
