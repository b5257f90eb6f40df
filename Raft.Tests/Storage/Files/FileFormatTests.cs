using System.Globalization;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Tests.Docs;
using Raft.Verification.Cluster;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Storage.Files;

/// <summary>
/// The bytes of the files, as docs/reference/storage-format.md describes them. A change of them needs another version of the format, as
/// files that exist must still be read or refused.
/// </summary>
public class FileFormatTests
{
    private const string _segment = "log-0000000000000001";
    private const string _snapshot = "snapshot-0000000000000001";

    // Checksum, magic, version, cluster, server, length of a page, number, length of the file, checksum of a snapshot.
    private const string _ofMember = "01000000" + "00112233445566778899AABBCCDDEEFF" + "01000000" + "00020000";

    [Fact]
    public async Task The_bytes_of_a_segment_stay_as_they_are()
    {
        var sectors = SectorsOf(await WrittenAsync(), _segment);
        Assert.Equal(
            [
                "0715CC1F" + "524146542D4C4F47" + _ofMember + "0100000000000000" + "0006",
                "4181DBD0" + "01000000" + "0100000000000000" + "00000000" + "01000000"
                + "090000000200000000000000004D28C3F3" + "000001000000000000"
                + "0D000000010100000000000000CB03F8F9" + "02010200000101010203783D31",
                "2CDF70B4" + "01000000" + "0200000000000000" + "00000000" + "01000000"
                + "0F0000000102000000000000003750719E" + "0201020101010205DFD1EDB60601",
            ],
            sectors);
    }

    [Fact]
    public async Task The_bytes_of_a_snapshot_stay_as_they_are()
    {
        var sectors = SectorsOf(await WrittenAsync(), _snapshot);
        Assert.Equal(
            ["8A31651E" + "52414654534E4150" + _ofMember + "0100000000000000" + "0502000000000000" + "DF68DB66", "7374617465"], sectors);
    }

    [Fact]
    public async Task The_bytes_of_the_marker_of_files_that_were_given_up_stay_as_they_are()
    {
        var image = await WrittenAsync();
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), StorageHistory.Options);
        Assert.Equal(
            ["CF97DAD9" + "524146544C4F5354" + _ofMember + "0200000000000000" + "0002"],
            SectorsOf(image, FileStorage.LostName));
    }

    // The table gives an offset, the bytes there, and what they mean. All other bytes are zeros.
    [Fact]
    public async Task The_segment_in_the_documentation_has_exactly_the_bytes_of_this_one()
    {
        var documented = new byte[3 * 512];
        var rows = File.ReadLines(Repository.File("docs/reference/storage-format.md"))
            .SkipWhile(line => line != "| Byte | Hexadecimal | Content |")
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToList();
        var end = 0;
        foreach (var row in rows)
        {
            var offset = int.Parse(row[1], CultureInfo.InvariantCulture);
            var bytes = Convert.FromHexString(row[2].Trim('`').Replace(" ", string.Empty, StringComparison.Ordinal));
            Assert.True(offset >= end, $"The row of byte {offset} does not follow those before it.");
            bytes.CopyTo(documented, offset);
            end = offset + bytes.Length;
        }

        Assert.Equal(48, rows.Count);
        Assert.Equal((await WrittenAsync()).Open(_segment).Content.ToArray(), documented);
    }

    // A file with these bytes is what a program of this version must go on reading.
    [Fact]
    public async Task The_files_of_these_bytes_are_read()
    {
        var state = await StorageHistory.OpenAsync(await WrittenAsync());
        Assert.Equal(
            new DurableState(new Term(2), S1, new Snapshot(new LogIndex(1), new Term(2), SnapshotData.FromText("state")), EntryList.Empty),
            state);
    }

    // Two groups: an entry, and a snapshot of it.
    private static async Task<DiskImage> WrittenAsync()
    {
        var image = new DiskImage();
        var storage = new FileStorage(new SimulatedFiles(image), StorageHistory.Options with { SegmentBytes = 3 * 512 });
        await storage.OpenAsync();
        var entry = new LogEntry(new Term(2), Command.FromText("x=1"));
        await storage.WriteAsync(new RaftWrite(1, new Term(2), S1, null, new LogSuffix(new LogIndex(1), EntryList.Of(entry))));
        await storage.WriteAsync(
            new RaftWrite(2, new Term(2), S1, new Snapshot(new LogIndex(1), new Term(2), SnapshotData.FromText("state")), null));
        await storage.CloseAsync();
        return image;
    }

    // Each sector without the zeros at its end.
    private static string[] SectorsOf(DiskImage image, string name) =>
        [.. image.Open(name).Content.ToArray().Chunk(512).Select(sector => Convert.ToHexString(sector.AsSpan().TrimEnd((byte)0)))];
}
