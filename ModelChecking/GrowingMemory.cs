using System.Runtime.InteropServices;

namespace ModelChecking;

/// <summary>
/// Cleared memory outside the managed heap. On Linux it reserves more addresses than it will need, so that it grows in its place.
/// Elsewhere, and if the system refuses that, it is copied when it grows.
/// </summary>
internal sealed unsafe partial class GrowingMemory : IDisposable
{
    private const uint _cacheLine = 64;

    // Linux's PROT_NONE, PROT_READ | PROT_WRITE, and MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE.
    private const int _noAccess = 0;
    private const int _readAndWrite = 3;
    private const int _onlyAddresses = 0x4022;

    // More than machines have, and a small part of the addresses.
    private static readonly nuint _reserved = (nuint)Math.Min(1L << 40, nint.MaxValue);

    private readonly bool _isReserved;

    /// <summary>Takes memory.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="reserves">Whether to reserve addresses if possible. Only a test does not.</param>
    public GrowingMemory(long bytes, bool reserves = true)
    {
        if (reserves && OperatingSystem.IsLinux())
        {
            var start = Map(0, _reserved, _noAccess, _onlyAddresses, -1, 0);
            _isReserved = start != -1;
            Start = _isReserved ? (void*)start : null;
        }

        Grow(bytes);
    }

    /// <summary>Where it starts: at a cache line. A call of <see cref="Grow"/> may change it.</summary>
    public void* Start { get; private set; }

    /// <summary>Its size.</summary>
    public long Bytes { get; private set; }

    /// <summary>Makes it larger. What is new is zero.</summary>
    /// <param name="bytes">Its new size.</param>
    /// <exception cref="InvalidOperationException">The system does not give so much.</exception>
    public void Grow(long bytes)
    {
        if (!_isReserved)
        {
            Start = NativeMemory.AlignedRealloc(Start, (nuint)bytes, _cacheLine);
            NativeMemory.Clear((byte*)Start + Bytes, (nuint)(bytes - Bytes));
        }
        else if ((nuint)bytes > _reserved || Protect((nint)Start, (nuint)bytes, _readAndWrite) != 0)
        {
            throw new InvalidOperationException($"The system does not give {bytes} bytes.");
        }

        HugePages.Advise(Start, (nuint)bytes);
        Bytes = bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isReserved && Start != null)
        {
            _ = Unmap((nint)Start, _reserved);
        }
        else
        {
            NativeMemory.AlignedFree(Start);
        }

        Start = null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
