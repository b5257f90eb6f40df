using System.Runtime.InteropServices;

namespace ModelChecking;

/// <summary>
/// Memory outside the managed heap, in huge pages where the system has them. Almost every look-up in a large table misses the caches of the
/// processor; with huge pages it at least hits the TLB. A page that is used for the first time interrupts the program; few huge ones do so
/// less often.
/// </summary>
internal sealed unsafe partial class HugePages : IDisposable
{
    private const uint _cacheLine = 64;
    private const uint _hugePage = 1 << 21;
    private const int _firstSegment = 1 << 16;
    private const int _adviceHugePages = 14;

    private readonly List<nint> _segments = [];
    private byte* _free;
    private int _bytesFree;
    private int _nextSegment = _firstSegment;

    /// <summary>Allocates memory by itself. It is not cleared.</summary>
    /// <param name="bytes">Its size.</param>
    public static void* Allocate(nuint bytes)
    {
        var memory = NativeMemory.AlignedAlloc(bytes, bytes < _hugePage ? _cacheLine : _hugePage);
        Advise(memory, bytes);
        return memory;
    }

    /// <summary>Asks the system for huge pages.</summary>
    /// <param name="memory">Where memory starts.</param>
    /// <param name="bytes">Its size. If it is less than that of a huge page, nothing happens.</param>
    public static void Advise(void* memory, nuint bytes)
    {
        // This is only advice, so a failure is ignored.
        if (OperatingSystem.IsLinux() && bytes >= _hugePage)
        {
            _ = Advise(memory, bytes, _adviceHugePages);
        }
    }

    /// <summary>Frees memory that was allocated by itself.</summary>
    public static void Free(void* memory) => NativeMemory.AlignedFree(memory);

    /// <summary>Takes a piece of memory. It is not cleared. All pieces are freed together. For one thread at a time.</summary>
    /// <param name="bytes">Its size, a multiple of 8.</param>
    public void* Take(int bytes)
    {
        if (bytes > _bytesFree)
        {
            _bytesFree = Math.Max(bytes, _nextSegment);
            _nextSegment = Math.Min(_nextSegment * 2, (int)_hugePage);
            _free = (byte*)Allocate((nuint)_bytesFree);
            _segments.Add((nint)_free);
        }

        var piece = _free;
        _free += bytes;
        _bytesFree -= bytes;
        return piece;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var segment in _segments)
        {
            Free((void*)segment);
        }

        _segments.Clear();
        _bytesFree = 0;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
