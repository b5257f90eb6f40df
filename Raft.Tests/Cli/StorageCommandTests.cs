using System.Security.Cryptography;
using System.Text.Json;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cli;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Storage.StorageImageTests;

namespace Raft.Tests.Cli;

[Collection(nameof(InProcess))]
public sealed class StorageCommandTests : IDisposable
{
    private const string _cluster = "00112233-4455-6677-8899-aabbccddeeff";

    private static readonly FileStorageOptions _options = new()
    {
        ClusterId = new Guid(_cluster),
        ServerId = S2,
        SegmentBytes = 1 << 16,
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("raft-storage").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Lock => Path.Combine(_directory, FileStorage.LockName);

    private string Segment => Path.Combine(_directory, "log-0000000000000001");

    private async Task<FileStorage> WrittenAsync()
    {
        var storage = new FileStorage(new DirectoryFiles(_directory), _options);
        await storage.OpenAsync();
        await storage.WriteAsync(Write(1, term: 4, vote: S3, first: 1, log: [3, 3, 4]));
        await storage.WriteAsync(Write(2, term: 4, vote: S3, snapshot: SnapshotAt(2, 3)));
        return storage;
    }

    private async Task<byte[]> DamageAsync()
    {
        var bytes = await File.ReadAllBytesAsync(Segment);
        bytes[4096 + 100] ^= 4;
        await File.WriteAllBytesAsync(Segment, bytes);
        return bytes;
    }

    private async Task<List<string>> ContentAsync()
    {
        List<string> content = [];
        foreach (var file in Directory.EnumerateFiles(_directory).Order(StringComparer.Ordinal))
        {
            content.Add($"{file} {Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file)))}");
        }

        return content;
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
        var bytes = await DamageAsync();
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

    // A lock that root makes in a copy would keep the server from starting on it.
    [Fact]
    public async Task Reading_a_directory_without_a_lock_makes_none_and_changes_no_file()
    {
        await (await WrittenAsync()).CloseAsync();
        File.Delete(Lock);
        var before = await ContentAsync();
        var (status, output, _) = InProcess.Run("storage", _directory);
        Assert.Equal(0, status);
        Assert.DoesNotContain("Cannot tell", output, StringComparison.Ordinal);
        Assert.Equal(before, await ContentAsync());
    }

    // As for an account that may read the files of the server, but not write them. Root may write them in spite of that.
    [Fact]
    public async Task A_lock_that_can_only_be_read_still_says_whether_a_node_uses_the_directory()
    {
        var storage = await WrittenAsync();
        File.SetAttributes(Lock, FileAttributes.ReadOnly);
        try
        {
            var (status, _, errors) = InProcess.Run("storage", _directory);
            Assert.Equal(2, status);
            Assert.Contains("a node uses", errors, StringComparison.Ordinal);
            await storage.CloseAsync();
            var (later, output, _) = InProcess.Run("storage", _directory);
            Assert.Equal(0, later);
            Assert.DoesNotContain("Cannot tell", output, StringComparison.Ordinal);
        }
        finally
        {
            File.SetAttributes(Lock, FileAttributes.Normal);
        }
    }

    // A directory cannot be opened as a file, by any account.
    [Fact]
    public async Task Damage_under_a_lock_that_cannot_be_opened_is_reported_with_the_doubt()
    {
        await (await WrittenAsync()).CloseAsync();
        File.Delete(Lock);
        Directory.CreateDirectory(Lock);
        var (status, output, _) = InProcess.Run("storage", _directory);
        Assert.Equal(0, status);
        Assert.Contains($"Cannot tell whether a server uses {_directory}: ", output, StringComparison.Ordinal);

        await DamageAsync();
        var json = Path.Combine(Path.GetTempPath(), $"{Path.GetFileName(_directory)}.json");
        (status, output, _) = InProcess.Run("storage", _directory, "--json", json);
        Assert.Equal(1, status);
        Assert.Contains($"Cannot tell whether a server uses {_directory}: ", output, StringComparison.Ordinal);
        Assert.Contains($"Perhaps damaged: {Segment}, byte 4096: ", output, StringComparison.Ordinal);
        Assert.Contains("this may be no damage. Stop the server, and check again", output, StringComparison.Ordinal);
        Assert.DoesNotContain("let it return", output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        Assert.StartsWith("Cannot tell", report.RootElement.GetProperty("doubt").GetString(), StringComparison.Ordinal);
        File.Delete(json);
    }

    [Fact]
    public async Task A_lock_that_appears_while_the_files_are_read_is_a_doubt()
    {
        await (await WrittenAsync()).CloseAsync();
        File.Delete(Lock);
        using var held = ReadLock.Take(_directory);
        Assert.Null(held.Doubt);
        await using var made = File.Create(Lock);
        Assert.Contains("a server has made its lock meanwhile", held.Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repair_takes_the_lock_of_the_node()
    {
        await (await WrittenAsync()).CloseAsync();
        File.Delete(Lock);
        Directory.CreateDirectory(Lock);
        Assert.Equal(2, InProcess.Run("storage", _directory, "--repair").Status);
        Directory.Delete(Lock);
        Assert.Equal(0, InProcess.Run("storage", _directory, "--repair").Status);
        Assert.True(File.Exists(Lock));
    }

    [Theory]
    [InlineData("--cluster is for --give-up and --return only", "--cluster", _cluster)]
    [InlineData("--server is for --give-up and --return only", "--repair", "--server", "2")]
    [InlineData("--give-up and --json exclude each other", "--give-up", "--cluster", _cluster, "--server", "2", "--json", "x.json")]
    [InlineData("--give-up and --repair exclude each other", "--give-up", "--cluster", _cluster, "--server", "2", "--repair")]
    [InlineData("--return and --repair exclude each other", "--return", "9", "--cluster", _cluster, "--server", "2", "--repair")]
    [InlineData("--return and --give-up exclude each other", "--return", "9", "--cluster", _cluster, "--server", "2", "--give-up")]
    [InlineData("--give-up needs --server", "--give-up", "--cluster", _cluster)]
    [InlineData("--return needs --cluster", "--return", "9", "--server", "2")]
    [InlineData("--server takes a number of at least 1, not '0'", "--give-up", "--cluster", _cluster, "--server", "0")]
    [InlineData("--return takes a number from 1 to", "--return", "0", "--cluster", _cluster, "--server", "2")]
    public async Task An_option_that_a_mode_does_not_use_or_lacks_is_status_2(string message, params string[] arguments)
    {
        await (await WrittenAsync()).CloseAsync();
        var before = await ContentAsync();
        var (status, _, errors) = InProcess.Run(["storage", _directory, .. arguments]);
        Assert.Equal(2, status);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal(before, await ContentAsync());
    }

    [Fact]
    public async Task Files_of_another_server_are_not_given_up()
    {
        await (await WrittenAsync()).CloseAsync();
        var before = await ContentAsync();
        var (status, _, errors) = InProcess.Run("storage", _directory, "--give-up", "--cluster", _cluster, "--server", "3");
        Assert.Equal(2, status);
        Assert.Contains($"It belongs to S2 of cluster {_cluster}, not to S3 of cluster {_cluster}.", errors, StringComparison.Ordinal);
        Assert.Equal(before, await ContentAsync());

        Assert.Equal(0, InProcess.Run("storage", _directory, "--give-up", "--cluster", _cluster, "--server", "2").Status);
        Assert.Equal(0, InProcess.Run("storage", _directory, "--return", "9", "--cluster", _cluster, "--server", "2").Status);
    }

    [Fact]
    public void A_directory_that_does_not_exist_is_neither_given_up_nor_made()
    {
        var nowhere = Path.Combine(_directory, "nowhere");
        var (status, _, errors) = InProcess.Run("storage", nowhere, "--give-up", "--cluster", _cluster, "--server", "2");
        Assert.Equal(2, status);
        Assert.Contains($"there is no directory {nowhere}", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(nowhere));
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
