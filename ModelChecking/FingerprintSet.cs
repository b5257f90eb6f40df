using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ModelChecking;

/// <summary>
/// The fingerprints of the states that were seen: a table of 64-bit words outside the managed heap, that threads add to without a lock. A
/// fingerprint stands at the slot that its highest bits give, or in the first free slot after it; so the table can double by copying it
/// from front to back.
/// </summary>
internal sealed unsafe partial class FingerprintSet : IDisposable
{
    /// <summary>How many fingerprints each thread may add before it tells <see cref="Count"/>.</summary>
    public const int Leeway = 1 << 12;

    private const int _hugePage = 1 << 21;
    private const int _adviceHugePages = 14;

    private ulong* _slots;
    private int _bits;
    private long _count;

    /// <summary>Makes an empty set.</summary>
    /// <param name="threads">
    /// How many threads add to it: when it begins to be crowded, there is room for twice the <see cref="Leeway"/> of each.
    /// </param>
    public FingerprintSet(int threads)
    {
        _bits = 15 + BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)threads));
        _slots = Allocate(_bits);
    }

    /// <summary>How many fingerprints are in it, as far as <see cref="Count"/> was told.</summary>
    public long Size => Volatile.Read(ref _count);

    /// <summary>How much memory it takes.</summary>
    public long Bytes => sizeof(ulong) * Capacity;

    /// <summary>Whether it should grow before more are added: three of four slots are in use.</summary>
    public bool IsCrowded => Size > Capacity / 4 * 3;

    private long Capacity => 1L << _bits;

    /// <summary>Has the processor fetch the place of a fingerprint that is soon to be added.</summary>
    public void Prefetch(ulong fingerprint)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_slots + (fingerprint >> (64 - _bits)));
        }
    }

    /// <summary>Adds a fingerprint; any number of threads may at once.</summary>
    /// <returns>Whether it was not in it.</returns>
    public bool Add(ulong fingerprint)
    {
        var mask = Capacity - 1;
        for (var slot = (long)(fingerprint >> (64 - _bits)); ; slot = (slot + 1) & mask)
        {
            ref var place = ref Unsafe.AsRef<ulong>(_slots + slot);
            var present = Volatile.Read(ref place);
            if (present == 0)
            {
                present = Interlocked.CompareExchange(ref place, fingerprint, 0);
                if (present == 0)
                {
                    return true;
                }
            }

            if (present == fingerprint)
            {
                return false;
            }
        }
    }

    /// <summary>Tells that so many fingerprints were added.</summary>
    /// <param name="added">How many.</param>
    public void Count(int added) => Interlocked.Add(ref _count, added);

    /// <summary>Doubles the table. Nobody may add meanwhile.</summary>
    public void Grow()
    {
        var old = _slots;
        var oldCapacity = Capacity;
        _slots = Allocate(++_bits);
        for (long i = 0; i < oldCapacity; i++)
        {
            if (old[i] != 0)
            {
                Add(old[i]);
            }
        }

        NativeMemory.AlignedFree(old);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_slots);
        _slots = null;
    }

    private static ulong* Allocate(int bits)
    {
        var bytes = (nuint)sizeof(ulong) << bits;
        var slots = (ulong*)NativeMemory.AlignedAlloc(bytes, _hugePage);

        // Almost every look-up is of memory that is in no cache. With huge pages, at least the address is.
        if (OperatingSystem.IsLinux())
        {
            _ = AdviseHugePages(slots, bytes, _adviceHugePages);
        }

        NativeMemory.Clear(slots, bytes);
        return slots;
    }

    // Only advice: where it is not taken, all goes on.
    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseHugePages(void* address, nuint length, int advice);
}
