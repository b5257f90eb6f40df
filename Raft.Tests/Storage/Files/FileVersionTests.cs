using System.Buffers.Binary;
using DeterministicSimulation;
using Raft.Impl.Binary;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;

namespace Raft.Tests.Storage.Files;

/// <summary>Files with another version of the format are not damaged, but this program must not read them.</summary>
public class FileVersionTests
{
    [Theory]
    [InlineData("log-0000000000000005", 0u)]
    [InlineData("log-0000000000000005", 2u)]
    [InlineData("log-0000000000000006", 2u)]
    [InlineData("snapshot-0000000000000003", 0u)]
    [InlineData("snapshot-0000000000000003", 2u)]
    [InlineData("snapshot-0000000000000003", uint.MaxValue)]
    public async Task A_segment_or_snapshot_of_another_version_is_refused_by_the_opening_and_by_the_report(string name, uint version)
    {
        var image = await WrittenAsync();
        SetVersion(image, name, version);
        var before = image.Names.ToDictionary(file => file, file => image.Open(file).Content.ToArray());

        CheckRefusal(await Assert.ThrowsAsync<StorageRefusedException>(() => StorageHistory.OpenAsync(image)), name, version);
        CheckRefusal(
            await Assert.ThrowsAsync<StorageRefusedException>(() => StorageReport.ReadAsync(new SimulatedFiles(image))), name, version);
        Assert.Equal(before, image.Names.ToDictionary(file => file, file => image.Open(file).Content.ToArray()));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(2u)]
    public async Task A_marker_of_another_version_is_refused_by_the_return_which_deletes_nothing(uint version)
    {
        var image = await WrittenAsync();
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), StorageHistory.Options);
        SetVersion(image, FileStorage.LostName, version);
        var names = image.Names;

        CheckRefusal(
            await Assert.ThrowsAsync<StorageRefusedException>(
                () => FileStorage.ReturnAsync(new SimulatedFiles(image), StorageHistory.Options, new Term(9))),
            FileStorage.LostName,
            version);
        Assert.Equal(names, image.Names);
    }

    // The name says enough: whatever the marker holds, the directory was given up.
    [Fact]
    public async Task A_marker_of_another_version_still_keeps_the_directory_from_being_opened()
    {
        var image = await WrittenAsync();
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), StorageHistory.Options);
        SetVersion(image, FileStorage.LostName, 2);
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => StorageHistory.OpenAsync(image));
        Assert.Contains("given up", refused.Problem, StringComparison.Ordinal);
    }

    // A flipped bit in the version alone is damage, and to start another program would not help.
    [Fact]
    public async Task A_version_that_the_checksum_does_not_cover_is_damage()
    {
        var image = await WrittenAsync();
        image.Open("log-0000000000000005").FlipBit(12 * 8);
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => StorageHistory.OpenAsync(image));
        Assert.Equal("The checksum of the header is wrong.", refused.Problem);
        Assert.Contains("docs/guides/operating.md", refused.Remedy, StringComparison.Ordinal);
    }

    private static async Task<DiskImage> WrittenAsync()
    {
        var history = new StorageHistory();
        await history.PlayAsync();
        return history.Image;
    }

    private static void SetVersion(DiskImage image, string name, uint version)
    {
        var header = image.Open(name).Content[..FileHeader.Bytes].ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), version);
        BinaryPrimitives.WriteUInt32LittleEndian(header, Checksum.Of(header.AsSpan(4)));
        image.Open(name).Write(0, header);
        image.Open(name).Flush();
    }

    private static void CheckRefusal(StorageRefusedException refused, string name, uint version)
    {
        Assert.Equal((Path.Combine("disk", name), 0L), (refused.File, refused.Offset));
        Assert.Equal($"It has version {version} of the format; this program reads version 1 only.", refused.Problem);
        Assert.Equal(
            $"The files were not changed. Start this server with a program that reads version {version}.", refused.Remedy);
    }
}
