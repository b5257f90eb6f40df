namespace DeterministicSimulation;

/// <summary>
/// A file of a <see cref="DiskImage"/>: what a program reads from it, what is durable of it, and the writes in between. A write beyond its
/// end makes it longer. Not thread-safe.
/// </summary>
public sealed class DiskFile
{
    private byte[] _content;
    private byte[] _durable;

    // For each sector that was written since the last flush: its contents, oldest first.
    private readonly SortedDictionary<int, List<byte[]>> _written = [];

    /// <summary>Makes a file of zeros.</summary>
    /// <param name="length">Its length in bytes.</param>
    public DiskFile(long length)
    {
        _content = new byte[length];
        _durable = new byte[length];
    }

    private DiskFile(DiskFile other)
    {
        _content = [.. other._content];
        _durable = [.. other._durable];
        foreach (var (sector, versions) in other._written)
        {
            _written.Add(sector, [.. versions]);
        }
    }

    /// <summary>The length in bytes.</summary>
    public int Length => _content.Length;

    /// <summary>What a program reads.</summary>
    public ReadOnlySpan<byte> Content => _content;

    /// <summary>The number of sectors that were written since the last flush.</summary>
    public int WrittenSectors => _written.Count;

    /// <summary>Writes bytes. Those beyond the end make the file longer; what lies between is zeros.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > _content.Length)
        {
            Array.Resize(ref _content, checked((int)(offset + bytes.Length)));
        }

        bytes.CopyTo(_content.AsSpan((int)offset, bytes.Length));
        for (var sector = (int)(offset / DiskImage.SectorBytes); sector * (long)DiskImage.SectorBytes < offset + bytes.Length; sector++)
        {
            var part = Part(_content, sector);
            if (!_written.TryGetValue(sector, out var versions))
            {
                // What is durable already is not lost by writing it again.
                if (sector * (long)DiskImage.SectorBytes < _durable.Length && part.SequenceEqual(Part(_durable, sector)))
                {
                    continue;
                }

                _written.Add(sector, versions = []);
            }

            versions.Add([.. part]);
        }
    }

    /// <summary>Changes a bit of the disk itself.</summary>
    /// <param name="bit">Which, from the beginning of the file.</param>
    public void FlipBit(long bit)
    {
        _content[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        _durable[bit / 8] ^= (byte)(1 << (int)(bit % 8));
    }

    /// <summary>Makes durable what was written.</summary>
    public void Flush()
    {
        Array.Resize(ref _durable, _content.Length);
        foreach (var (sector, versions) in _written)
        {
            versions[^1].CopyTo(Part(_durable, sector));
        }

        _written.Clear();
    }

    /// <summary>
    /// Fails to make durable what was written: some of it is lost. It is read as if it were not, and no later flush writes it, until a
    /// crash shows what is durable.
    /// </summary>
    /// <param name="choose">Chooses one of so many outcomes for each sector, as in <see cref="DiskImage.Crash"/>.</param>
    public void FailFlush(Func<int, int> choose) => KeepSome(choose);

    internal void Crash(Func<int, int> choose)
    {
        KeepSome(choose);
        _content = [.. _durable];
    }

    internal DiskFile Clone() => new(this);

    private void KeepSome(Func<int, int> choose)
    {
        ArgumentNullException.ThrowIfNull(choose);
        if (_content.Length > _durable.Length && choose(2) == 1)
        {
            Array.Resize(ref _durable, _content.Length);
        }

        foreach (var (sector, versions) in _written)
        {
            if (sector * (long)DiskImage.SectorBytes >= _durable.Length)
            {
                continue;
            }

            var kept = choose(versions.Count + 1);
            if (kept > 0)
            {
                var part = Part(_durable, sector);
                var version = versions[kept - 1].AsSpan();
                version[..Math.Min(version.Length, part.Length)].CopyTo(part);
            }
        }

        _written.Clear();
    }

    private static Span<byte> Part(byte[] bytes, int sector)
    {
        var start = sector * DiskImage.SectorBytes;
        return bytes.AsSpan(start, Math.Min(DiskImage.SectorBytes, bytes.Length - start));
    }
}
