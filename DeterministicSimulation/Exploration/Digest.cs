namespace DeterministicSimulation;

/// <summary>Fingerprints that are equal in every process and on every machine.</summary>
public static class Digest
{
    /// <summary>Adds a number.</summary>
    public static ulong Add(ulong hash, ulong value) => SplitMix64.Mix((hash ^ value) + 0x9E3779B97F4A7C15);

    /// <summary>Adds a number.</summary>
    public static ulong Add(ulong hash, long value) => Add(hash, (ulong)value);
}
