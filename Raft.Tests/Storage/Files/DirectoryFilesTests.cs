using Raft.Impl.Core;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using static Raft.Tests.Core.Server;
using static Raft.Tests.Storage.StorageImageTests;

namespace Raft.Tests.Storage.Files;

/// <summary>The storage on files of the operating system.</summary>
public sealed class DirectoryFilesTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"raft-{Guid.NewGuid():n}");

    private FileStorage NewStorage(string folder = "server") => new(
        new DirectoryFiles(Path.Combine(_path, folder)), StorageHistory.Options with { PageBytes = 4096, SegmentBytes = 1 << 20 });

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public async Task What_was_written_is_read_by_the_next_opening()
    {
        var model = new StorageImage();
        for (var opening = 0; opening < 3; opening++)
        {
            var storage = NewStorage();
            Assert.Equal(model.Read(), await storage.OpenAsync());
            List<Task> writes = [];
            for (var i = 1; i <= 200; i++)
            {
                var first = model.Log.LastIndex.Value + 1;
                var write = i % 50 == 0
                    ? Write(i, term: i, vote: S2, snapshot: SnapshotAt(first - 1, model.Log.LastTerm.Value))
                    : Write(i, term: i, vote: S2, first: first, log: [i, i]);
                model.Apply(write);
                writes.Add(storage.WriteAsync(write));
            }

            await Task.WhenAll(writes);
            await storage.CloseAsync();
        }

        Assert.Equal(model.Read(), await NewStorage().OpenAsync());
    }

    [Fact]
    public async Task Two_storages_cannot_open_one_directory()
    {
        var first = NewStorage();
        await first.OpenAsync();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await NewStorage().OpenAsync());
        Assert.Contains("Another node uses the directory", error.Message, StringComparison.Ordinal);
        await first.CloseAsync();
        Assert.Equal(DurableState.Initial, await NewStorage().OpenAsync());
    }

    [Fact]
    public async Task A_damaged_file_is_refused_and_left_as_it_is()
    {
        var storage = NewStorage();
        await storage.OpenAsync();
        await storage.WriteAsync(Write(1, term: 1, first: 1, log: [1]));
        await storage.CloseAsync();
        var file = Path.Combine(_path, "server", "log-0000000000000001");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[4096 + 30] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        var error = await Assert.ThrowsAsync<StorageRefusedException>(async () => await NewStorage().OpenAsync());
        Assert.Equal((file, 4096L), (error.File, error.Offset));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file));
    }

    [Fact]
    public async Task A_directory_that_does_not_exist_is_made()
    {
        await NewStorage(Path.Combine("a", "b")).OpenAsync();
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_path, "a", "b")).Length);
    }
}
