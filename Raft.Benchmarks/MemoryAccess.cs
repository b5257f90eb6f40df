using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;

namespace Raft.Benchmarks;

/// <summary>
/// How many random words of a table a thread reads a second, if it prefetches them. A model checker that looks each generated state up in a
/// table of that size is not faster.
/// </summary>
public unsafe class MemoryAccess
{
    private const int _reads = 1 << 24;
    private const int _ahead = 64;

    private ulong* _table;
    private int _shift;

    /// <summary>The size of the table. For 8,875,508 distinct states it is 128 MiB.</summary>
    [Params(1, 16, 128, 1024)]
    public int MiB { get; set; } = 128;

    [GlobalSetup]
    public void Fill()
    {
        var words = (nuint)MiB << 17;
        _table = (ulong*)NativeMemory.AlignedAlloc(words * sizeof(ulong), 1 << 21);
        _shift = 64 - 17 - int.Log2(MiB);
        for (nuint i = 0; i < words; i++)
        {
            _table[i] = i;
        }
    }

    [GlobalCleanup]
    public void Free() => NativeMemory.AlignedFree(_table);

    [Benchmark]
    public ulong Read()
    {
        var sum = 0UL;
        for (var i = 0UL; i < _reads; i++)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(_table + (Mix(i + _ahead) >> _shift));
            }

            sum += _table[Mix(i) >> _shift];
        }

        RateColumn.Done<MemoryAccess>(_reads, MiB);
        return sum;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
