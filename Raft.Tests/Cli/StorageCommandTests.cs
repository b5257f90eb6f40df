using System.Text.Json;
using Raft.Impl.Storage.Files;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Storage.StorageImageTests;

namespace Raft.Tests.Cli;

[Collection(nameof(InProcess))]
public sealed class StorageCommandTests : IDisposable
{
    private static readonly FileStorageOptions _options = new()
    {
        ClusterId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        ServerId = S2,
        SegmentBytes = 1 << 16,
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("raft-storage").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Segment => Path.Combine(_directory, "log-0000000000000001");

    private async Task<FileStorage> WrittenAsync()
    {
        var storage = new FileStorage(new DirectoryFiles(_directory), _options);
        await storage.OpenAsync();
        await storage.WriteAsync(Write(1, term: 4, vote: S3, first: 1, log: [3, 3, 4]));
        await storage.WriteAsync(Write(2, term: 4, vote: S3, snapshot: SnapshotAt(2, 3)));
        return storage;
    }

    [Fact]
    public async Task It_lists_the_files_and_says_what_they_hold()
    {
        await (await WrittenAsync()).CloseAsync();
        var json = Path.Combine(Path.GetTempPath(), $"{Path.GetFileName(_directory)}.json");
        var (status, output, _) = InProcess.Run("storage", _directory, "--json", json);
        Assert.Equal(0, status);
        Assert.Contains("S2 of cluster 00112233-4455-6677-8899-aabbccddeeff", output, StringComparison.Ordinal);
        Assert.Contains("Term 4, vote S3, snapshot to 2@3, entries 3 to 3", output, StringComparison.Ordinal);
        Assert.Contains("in use: 2 groups, entries up to index 3", output, StringComparison.Ordinal);
        Assert.Contains("The files are sound.", output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        Assert.Equal(3, report.RootElement.GetProperty("files").GetArrayLength());
        File.Delete(json);
    }

    [Fact]
    public async Task Damage_is_status_1_with_the_file_the_byte_and_what_to_do_and_repair_changes_nothing()
    {
        await (await WrittenAsync()).CloseAsync();
        var bytes = await File.ReadAllBytesAsync(Segment);
        bytes[4096 + 100] ^= 4;
        await File.WriteAllBytesAsync(Segment, bytes);
        var (status, output, _) = InProcess.Run("storage", _directory, "--repair");
        Assert.Equal(1, status);
        Assert.Contains($"Damaged: {Segment}, byte 4096: The checksum of this sector is wrong", output, StringComparison.Ordinal);
        Assert.Contains("Keep this server stopped", output, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Segment));
    }

    [Fact]
    public async Task An_unfinished_write_is_explained_and_unused_files_are_deleted_by_repair()
    {
        await (await WrittenAsync()).CloseAsync();
        var unfinished = Path.Combine(_directory, "snapshot-0000000000000002.unfinished");
        await File.WriteAllTextAsync(unfinished, "half");

        // The first sector of a group of two.
        var bytes = await File.ReadAllBytesAsync(Segment);
        new Sector(2, 3, 0, 2).WriteTo(bytes.AsSpan(3 * 4096, Sector.Bytes));
        await File.WriteAllBytesAsync(Segment, bytes);

        var (status, output, _) = InProcess.Run("storage", _directory);
        Assert.Equal(0, status);
        Assert.Contains(
            "byte 12288: The last write, group 3, was not completed: 1 of 2 sectors are there.", output, StringComparison.Ordinal);
        Assert.Contains("This file was not completed.", output, StringComparison.Ordinal);
        Assert.True(File.Exists(unfinished));

        Assert.Equal(0, InProcess.Run("storage", _directory, "--repair").Status);
        Assert.False(File.Exists(unfinished));
    }

    [Fact]
    public async Task A_directory_that_a_node_uses_or_that_does_not_exist_is_status_2()
    {
        var storage = await WrittenAsync();
        var (status, _, errors) = InProcess.Run("storage", _directory);
        Assert.Equal(2, status);
        Assert.Contains("a node uses", errors, StringComparison.Ordinal);
        await storage.CloseAsync();
        Assert.Equal(2, InProcess.Run("storage", Path.Combine(_directory, "nowhere")).Status);
    }
}
