using DeterministicSimulation;

namespace Raft.Tests.Storage.Files;

/// <summary>Which sectors of a simulated file a crash may lose.</summary>
public class DiskFileTests
{
    private static readonly byte[] _ones = [.. Enumerable.Repeat((byte)1, DiskImage.SectorBytes)];
    private static readonly byte[] _zeros = new byte[DiskImage.SectorBytes];
    private readonly DiskImage _disk = new();
    private readonly DiskFile _file;

    public DiskFileTests()
    {
        _file = _disk.Create("file", 2 * DiskImage.SectorBytes);
        _disk.FlushNames();
        _file.Write(0, _ones);
        _file.Flush();
    }

    private byte[] FirstSector => _file.Content[..DiskImage.SectorBytes].ToArray();

    [Fact]
    public void A_sector_that_is_written_again_as_it_is_durable_cannot_be_lost()
    {
        _file.Write(0, _ones);
        _file.Write(DiskImage.SectorBytes, _zeros);
        Assert.Equal(0, _file.WrittenSectors);
    }

    [Fact]
    public void A_sector_that_a_failed_flush_lost_is_lost_by_a_crash_although_it_is_read()
    {
        Lose();
        Assert.Equal(_zeros, FirstSector);
        Crash();
        Assert.Equal(_ones, FirstSector);
    }

    [Fact]
    public void A_sector_that_a_failed_flush_lost_is_durable_once_it_is_written_again_and_flushed()
    {
        Lose();
        _file.Write(0, _zeros);
        Assert.Equal(1, _file.WrittenSectors);
        _file.Flush();
        Crash();
        Assert.Equal(_zeros, FirstSector);
    }

    private void Lose()
    {
        _file.Write(0, _zeros);
        _file.FailFlush(static _ => 0);
    }

    private void Crash() => _disk.Crash(static _ => 0);
}
