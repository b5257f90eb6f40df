using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;

namespace Raft.Tests.Storage.Files;

/// <summary>
/// Damage to the files of a small directory: every flipped bit, every missing, shortened and misplaced part. None is sampled.
/// </summary>
public class DamageTests
{
    private const int _sector = DiskImage.SectorBytes;

    private static async Task<(DiskImage Image, DurableState State)> WrittenAsync()
    {
        var history = new StorageHistory();
        await history.PlayAsync();
        return (history.Image, history.States[^1]);
    }

    // A directory with an unfinished write at its end, and with what is left of one that an earlier opening ignored.
    private static async Task<(DiskImage Image, DurableState State)> UnfinishedAsync()
    {
        var image = new DiskImage();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var history = new StorageHistory(image);
            history.StartFrom(await history.Storage.OpenAsync());
            await history.Write(term: 1 + attempt);
            history.Fault = operation => operation.Kind == FileOperationKind.Flush ? new FileFault(_ => 0) : null;
            await Assert.ThrowsAsync<IOException>(() =>
                history.Write(term: 1 + attempt, first: history.LastIndex + 1, log: [(1 + attempt, 1000)]));
            var sector = 0;
            image.Crash(_ => sector++ == 1 ? 1 : 0);
        }

        return (image, new DurableState(new Term(3), null, Snapshot.None, EntryList.Empty));
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Every_flipped_bit_is_detected()
    {
        var (image, state) = await WrittenAsync();
        Assert.Equal((102_400, 102_400), await FlipAsync(image, state));
    }

    [Fact]
    public async Task Every_flipped_bit_beside_unfinished_writes_is_detected()
    {
        var (image, state) = await UnfinishedAsync();
        Assert.Equal((65_536, 65_536), await FlipAsync(image, state));
    }

    private static async Task<(int Flipped, int Refused)> FlipAsync(DiskImage image, DurableState state)
    {
        var (flipped, refused) = (0, 0);
        foreach (var name in image.Names)
        {
            for (var bit = 0L; bit < image.Open(name).Length * 8L; bit++)
            {
                image.Open(name).FlipBit(bit);
                flipped++;
                refused += await IsRefusedAsync(image, state) ? 1 : 0;
                image.Open(name).FlipBit(bit);
            }
        }

        return (flipped, refused);
    }

    [Fact]
    public async Task Every_missing_file_is_detected()
    {
        var (image, state) = await WrittenAsync();
        foreach (var name in image.Names)
        {
            var damaged = image.Clone();
            damaged.Delete(name);
            Assert.True(await IsRefusedAsync(damaged, state), name);
        }

        Assert.Equal(4, (int)image.Names.Count);
    }

    [Fact]
    public async Task Every_file_that_is_too_short_is_detected()
    {
        var (image, state) = await WrittenAsync();
        var lengths = 0;
        foreach (var name in image.Names)
        {
            for (var length = 0; length < image.Open(name).Length; length++)
            {
                var damaged = image.Clone();
                damaged.Put(name, image.Open(name).Content[..length]);
                Assert.True(await IsRefusedAsync(damaged, state), $"{length} bytes of {name}");
                lengths++;
            }
        }

        Assert.Equal(12_800, lengths);
    }

    [Fact]
    public async Task Every_two_sectors_that_change_places_are_detected()
    {
        var (image, state) = await WrittenAsync();
        var sectors = SectorsOf(image);
        var (pairs, refused) = (0, 0);
        for (var i = 0; i < sectors.Count; i++)
        {
            for (var j = i + 1; j < sectors.Count; j++)
            {
                var damaged = image.Clone();
                Put(damaged, sectors[i], Read(image, sectors[j]));
                Put(damaged, sectors[j], Read(image, sectors[i]));
                var isChange = !Read(image, sectors[i]).AsSpan().SequenceEqual(Read(image, sectors[j]));
                pairs += isChange ? 1 : 0;
                refused += await IsRefusedAsync(damaged, state) ? 1 : 0;
            }
        }

        Assert.Equal((245, 245), (pairs, refused));
    }

    // A disk that confirms a flush and writes nothing cannot be told apart from one that lost power before the flush, in the last group.
    [Fact]
    public async Task Every_sector_that_was_never_written_is_detected_except_in_the_last_group()
    {
        var (image, state) = await WrittenAsync();
        List<string> undetected = [];
        var sectors = SectorsOf(image).Where(sector => Read(image, sector).AsSpan().ContainsAnyExcept((byte)0)).ToList();
        foreach (var sector in sectors)
        {
            var damaged = image.Clone();
            Put(damaged, sector, new byte[_sector]);
            try
            {
                await StorageHistory.OpenAsync(damaged);
                undetected.Add($"{sector.Name}, byte {sector.Offset}");
            }
            catch (StorageRefusedException)
            {
            }
        }

        Assert.Equal(14, sectors.Count);
        Assert.Equal(["log-0000000000000005, byte 2048", "log-0000000000000005, byte 2560"], undetected);
    }

    [Fact]
    public async Task A_refusal_names_the_file_the_place_and_what_to_do()
    {
        var (image, _) = await WrittenAsync();
        var name = image.Names[0];
        image.Open(name).FlipBit((512 + 40) * 8);
        var error = await Assert.ThrowsAsync<StorageRefusedException>(() => StorageHistory.OpenAsync(image));
        Assert.Equal((Path.Combine("disk", name), 512L), (error.File, error.Offset));
        Assert.Contains("docs/guides/operating.md", error.Remedy, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    // Detected, or without any effect.
    private static async Task<bool> IsRefusedAsync(DiskImage damaged, DurableState state)
    {
        try
        {
            // This is what an opening reads before it writes anything.
            var stored = await StoredLog.ReadAsync(new SimulatedFiles(damaged), StorageHistory.Options, CancellationToken.None);
            Assert.Equal(state, stored.Durable);
            return false;
        }
        catch (StorageRefusedException exception)
        {
            Assert.StartsWith("disk", exception.File, StringComparison.Ordinal);
            return true;
        }
    }

    private static List<(string Name, int Offset)> SectorsOf(DiskImage image) =>
    [
        .. image.Names.SelectMany(name =>
            Enumerable.Range(0, image.Open(name).Length / _sector).Select(sector => (name, sector * _sector))),
    ];

    private static byte[] Read(DiskImage image, (string Name, int Offset) sector) =>
        image.Open(sector.Name).Content.Slice(sector.Offset, _sector).ToArray();

    private static void Put(DiskImage image, (string Name, int Offset) sector, byte[] bytes)
    {
        image.Open(sector.Name).Write(sector.Offset, bytes);
        image.Open(sector.Name).Flush();
    }
}
