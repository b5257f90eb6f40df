using System.Diagnostics;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Tests.Node;
using Xunit.Abstractions;

namespace Raft.Tests.Storage.Files;

/// <summary>What the storage costs beyond the disk, and how many writes share a flush.</summary>
[Collection("Load")]
[Trait("Category", "Load")]
public sealed class FileStorageSpeedTests(ITestOutputHelper output) : IDisposable
{
    private const int _bytes = 128;
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-speed").FullName;
    private long _index;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task One_client_writes_at_80_percent_of_the_rate_of_appending_and_flushing_the_same_bytes()
    {
        const int writes = 300;
        var storage = NewStorage(new DirectoryFiles(Path.Combine(_directory, "log")));
        await storage.OpenAsync();
        using var bare = File.OpenHandle(Path.Combine(_directory, "bare"), FileMode.CreateNew, FileAccess.Write);
        List<double> ratios = [];
        var length = 0L;
        for (var round = 0; round < 10; round++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < writes; i++)
            {
                await storage.WriteAsync(NextWrite());
            }

            var own = Stopwatch.GetElapsedTime(began);
            began = Stopwatch.GetTimestamp();
            for (var i = 0; i < writes; i++)
            {
                RandomAccess.Write(bare, new byte[_bytes], length);
                RandomAccess.FlushToDisk(bare);
                length += _bytes;
            }

            var plain = Stopwatch.GetElapsedTime(began);
            ratios.Add(plain / own);
            output.WriteLine($"{writes / own.TotalSeconds:n0} writes/s; bare {writes / plain.TotalSeconds:n0}/s; {plain / own:p0}");
        }

        await storage.CloseAsync();
        ratios.Sort();
        Assert.InRange(ratios[ratios.Count / 2], 0.8, double.MaxValue);
    }

    [Fact]
    public async Task With_512_clients_a_flush_carries_at_least_30_writes()
    {
        const int clients = 512;
        var files = new CountedFiles(new DirectoryFiles(Path.Combine(_directory, "log")));
        var storage = NewStorage(files);
        await storage.OpenAsync();
        var (before, began) = (files.Flushes, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                await Next();
            }
        })));

        var elapsed = Stopwatch.GetElapsedTime(began);
        await storage.CloseAsync();
        var perFlush = clients * 40.0 / (files.Flushes - before);
        output.WriteLine($"{clients * 40 / elapsed.TotalSeconds:n0} writes/s, {perFlush:n0} a flush");
        Assert.InRange(perFlush, 30, clients);

        Task Next()
        {
            lock (files)
            {
                return storage.WriteAsync(NextWrite());
            }
        }
    }

    // As a service sees it: a client waits until its command is committed by three servers and applied by the leader.
    [Fact]
    public Task With_512_clients_of_three_nodes_a_flush_of_the_leader_carries_at_least_30_commits() =>
        Measured.InAttempts(output, ServeAsync);

    private async Task ServeAsync()
    {
        const int clients = 512;
        const int commits = clients * 40;
        var files = new Dictionary<ServerId, CountedFiles>();
        var directory = Directory.CreateDirectory(Path.Combine(_directory, Guid.NewGuid().ToString("n"))).FullName;
        await using var cluster = await LoadCluster.StartAsync(storageOf: server => NewStorage(
            files[server] = new CountedFiles(new DirectoryFiles(Path.Combine(directory, $"{server}"))), server));
        await cluster.ServeAsync(clients, clients, LoadCluster.CommandOf(_bytes));
        var leader = cluster.Leader.Node.Id;
        var before = files[leader].Flushes;
        var elapsed = await cluster.ServeAsync(clients, commits, LoadCluster.CommandOf(_bytes));
        Measured.InTime(cluster.Leader.Node.Id == leader, "The leader was deposed.");
        var perFlush = (double)commits / (files[leader].Flushes - before);
        output.WriteLine($"{commits / elapsed.TotalSeconds:n0} commits/s, {perFlush:n0} a flush");
        Assert.InRange(perFlush, 30, clients);
    }

    private static FileStorage NewStorage(IFileSystem files, ServerId? server = null) =>
        new(files, new FileStorageOptions { ClusterId = Guid.Empty, ServerId = server ?? new ServerId(1) });

    private RaftWrite NextWrite()
    {
        var index = new LogIndex(++_index);
        return new RaftWrite(
            _index, new Term(1), null, null, new LogSuffix(index, EntryList.Of(new LogEntry(new Term(1), new Command(new byte[_bytes])))));
    }

    // Counts the flushes of files.
    private sealed class CountedFiles(IFileSystem files) : PassingFiles(files)
    {
        private long _flushes;

        public long Flushes => Interlocked.Read(ref _flushes);

        protected override IFile Opened(IFile file) => new CountedFile(this, file);

        private sealed class CountedFile(CountedFiles counted, IFile file) : PassingFile(file)
        {
            public override Task FlushAsync()
            {
                Interlocked.Increment(ref counted._flushes);
                return base.FlushAsync();
            }

            public override Task WriteAndFlushAsync(long offset, ReadOnlyMemory<byte> bytes)
            {
                Interlocked.Increment(ref counted._flushes);
                return Inner.WriteAndFlushAsync(offset, bytes);
            }
        }
    }
}
