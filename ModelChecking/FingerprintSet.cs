using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelChecking;

/// <summary>
/// The fingerprints of the visited states: a lock-free table of 64-bit words outside the managed heap. A fingerprint is in the first slot
/// that was free in the cache line given by its highest bits, or after that line. So a line can be divided into two when the table doubles.
/// </summary>
internal sealed unsafe class FingerprintSet : IDisposable
{
    /// <summary>How many fingerprints a thread may add before it calls <see cref="Count"/>.</summary>
    public const int Leeway = 1 << 12;

    private const int _lineSlots = 8;

    // So many lines are not worth a second thread.
    private const int _fewLines = 1 << 10;

    private readonly int _threads;
    private readonly GrowingMemory _memory;
    private ulong* _slots;
    private int _bits;
    private long _count;

    /// <summary>Makes an empty set.</summary>
    /// <param name="threads">
    /// The number of threads that add to it. When the set becomes crowded, it has room for twice the <see cref="Leeway"/> of each.
    /// </param>
    /// <param name="reserves">See <see cref="GrowingMemory"/>.</param>
    public FingerprintSet(int threads, bool reserves = true)
    {
        _bits = 15 + BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)threads));
        _threads = threads;
        _memory = new GrowingMemory(Bytes, reserves);
        _slots = (ulong*)_memory.Start;
    }

    /// <summary>The number of fingerprints, as reported to <see cref="Count"/>.</summary>
    public long Size => Volatile.Read(ref _count);

    /// <summary>The memory used, in bytes.</summary>
    public long Bytes => sizeof(ulong) * Capacity;

    /// <summary>Whether it should grow before more are added: more than three quarters of the slots are used.</summary>
    public bool IsCrowded => Size > Capacity / 4 * 3;

    private long Capacity => 1L << _bits;

    /// <summary>
    /// Prefetches the slots of fingerprints that will soon be added. The loop does nothing else: a prefetch may wait for the address to be
    /// translated, and the processor overlaps those that it sees together.
    /// </summary>
    public void Prefetch(ReadOnlySpan<ulong> fingerprints)
    {
        if (Sse.IsSupported)
        {
            var (slots, shift) = ((nint)_slots, 64 - _bits);
            foreach (var fingerprint in fingerprints)
            {
                Sse.Prefetch0((ulong*)slots + (fingerprint >> shift));
            }
        }
    }

    /// <summary>
    /// Finds the fingerprints that are not in the cache lines that their highest bits give. Few of them were added. Where such a line is
    /// full, the next one is prefetched.
    /// </summary>
    /// <param name="fingerprints">The fingerprints.</param>
    /// <param name="missing">Is filled with their indexes.</param>
    /// <returns>Their number.</returns>
    public int FindMissing(ReadOnlySpan<ulong> fingerprints, Span<int> missing)
    {
        var (slots, shift) = ((nint)_slots, 64 - _bits);
        var count = 0;
        for (var i = 0; i < fingerprints.Length; i++)
        {
            // No branch depends on the result, which cannot be predicted. 0 is in each line that has a free slot, but stands for 1.
            var fingerprint = fingerprints[i];
            var line = Vector512.LoadAligned((ulong*)slots + FirstOfLine(fingerprint, shift));
            missing[count] = i;
            var isMissing = !Vector512.EqualsAny(line, Vector512.Create(fingerprint)) | fingerprint == 0;
            count += Unsafe.BitCast<bool, byte>(isMissing);
            if (isMissing && !Vector512.EqualsAny(line, default) && Sse.IsSupported)
            {
                Sse.Prefetch0((ulong*)slots + FirstOfLine(fingerprint, shift) + _lineSlots);
            }
        }

        return count;
    }

    /// <summary>Adds a fingerprint. Any number of threads may do so at the same time.</summary>
    /// <returns>Whether the fingerprint is new.</returns>
    public bool Add(ulong fingerprint)
    {
        // A slot with 0 is free.
        fingerprint = Fingerprint.Of(fingerprint);
        var mask = Capacity - 1;
        for (var slot = FirstOfLine(fingerprint, 64 - _bits); ; slot = (slot + _lineSlots) & mask)
        {
            var line = Vector512.LoadAligned(_slots + slot);
            if (Vector512.EqualsAny(line, Vector512.Create(fingerprint)))
            {
                return false;
            }

            // Another thread may have taken a slot that was free, or may do so now: each is taken once, and the first ones first.
            for (var free = Vector512.Equals(line, default).ExtractMostSignificantBits(); free != 0; free &= free - 1)
            {
                ref var place = ref Unsafe.AsRef<ulong>(_slots + slot + BitOperations.TrailingZeroCount(free));
                var present = _threads > 1 ? Interlocked.CompareExchange(ref place, fingerprint, 0) : Set(ref place, fingerprint);
                if (present == 0 || present == fingerprint)
                {
                    return present == 0;
                }
            }
        }
    }

    /// <summary>Reports added fingerprints.</summary>
    /// <param name="added">Their number.</param>
    public void Count(int added) => Interlocked.Add(ref _count, added);

    /// <summary>Doubles the table in its place. No thread may add meanwhile.</summary>
    public void Grow()
    {
        var lines = Capacity / _lineSlots;
        _memory.Grow(2 * Bytes);
        _slots = (ulong*)_memory.Start;
        _bits++;

        // The upper half of the lines moves to lines that were not used, and makes room for the upper half of the others.
        var strays = Enumerable.Range(0, _threads).Select(_ => new List<ulong>()).ToArray();
        for (; lines > _fewLines; lines /= 2)
        {
            var first = lines / 2;
            Parallel.For(0, _threads, thread => Divide(
                first + (first * thread / _threads), first + (first * (thread + 1) / _threads), strays[thread]));
        }

        Divide(0, lines, strays[0]);
        Parallel.For(0, _threads, thread => strays[thread].ForEach(stray => Add(stray)));
    }

    public void Dispose() => _memory.Dispose();

    // Moves each fingerprint to one of the two lines that take the place of its line, from the last line to the first. Those that are not
    // in the line that their highest bits give are to be added again.
    private void Divide(long first, long end, List<ulong> strays)
    {
        var shift = 64 - _bits;
        var halves = stackalloc ulong[2 * _lineSlots];
        var counts = stackalloc int[2];
        for (var line = end - 1; line >= first; line--)
        {
            new Span<ulong>(halves, 2 * _lineSlots).Clear();
            (counts[0], counts[1]) = (0, _lineSlots);
            var slots = _slots + (line * _lineSlots);
            for (var i = 0; i < _lineSlots && slots[i] != 0; i++)
            {
                var to = FirstOfLine(slots[i], shift) / _lineSlots;
                if (to >> 1 == line)
                {
                    halves[counts[to & 1]++] = slots[i];
                }
                else
                {
                    strays.Add(slots[i]);
                }
            }

            new Span<ulong>(halves, 2 * _lineSlots).CopyTo(new Span<ulong>(_slots + (2 * line * _lineSlots), 2 * _lineSlots));
        }
    }

    // For one thread, without the costs of a locked instruction.
    private static ulong Set(ref ulong place, ulong fingerprint)
    {
        place = fingerprint;
        return 0;
    }

    private static long FirstOfLine(ulong fingerprint, int shift) => (long)(fingerprint >> shift) & -_lineSlots;
}
