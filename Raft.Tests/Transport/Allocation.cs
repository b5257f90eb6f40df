namespace Raft.Tests.Transport;

/// <summary>How much memory something takes.</summary>
internal static class Allocation
{
    /// <summary>
    /// The most bytes of memory for a byte that is decoded: an empty entry has two bytes, and takes 24 of memory; beside it all bytes are
    /// copied once.
    /// </summary>
    private const long MostPerByte = 14;

    /// <summary>What objects take however small they are; and what exceptions take.</summary>
    public const long Least = 20_000;

    public static long MostFor(byte[] bytes) => (MostPerByte * bytes.Length) + Least;

    public static long Of(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
