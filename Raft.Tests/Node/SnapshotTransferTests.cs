using System.Diagnostics;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Tests.Storage.Files;
using Xunit.Abstractions;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Node;

/// <summary>
/// A snapshot goes from the service of a leader to its file, over TCP to the file of a follower, and to the follower's service. No server
/// ever has it in memory.
/// </summary>
[Collection("Load")]
public sealed class SnapshotTransferTests(ITestOutputHelper output)
{
    private const long _small = 32L << 20;

    [Fact]
    public Task A_snapshot_of_32_MiB_needs_little_memory_and_no_election() => TransferAsync(_small, mostMemory: _small - (8 << 20));

    [Fact]
    [Trait("Category", "Load")]
    public Task A_snapshot_of_1_GiB_needs_little_memory_and_no_election() => TransferAsync(1L << 30, mostMemory: 64 << 20);

    [Fact]
    public async Task A_transfer_whose_connection_is_cut_continues_where_it_stopped()
    {
        await using var cluster = await SnapshotCluster.StartAsync(_small);
        cluster.Proxy.CutAfter = _small / 2;
        await cluster.StartAsync(S3);
        await cluster.RestoredAsync(S3);
        output.WriteLine($"{cluster.Proxy.Bytes:n0} bytes were sent.");
        Assert.True(cluster.Proxy.HasCut);
        Assert.InRange(cluster.Proxy.Bytes, _small, _small + (4 << 20));
    }

    [Fact]
    public async Task A_follower_that_stops_in_the_middle_deletes_the_part_that_it_has_and_starts_anew()
    {
        await using var cluster = await SnapshotCluster.StartAsync(_small);
        await StartAndHoldAsync(cluster);
        Assert.Contains(cluster.FilesOf(S3), file => file.StartsWith("snapshot-", StringComparison.Ordinal));
        await cluster.StopAsync(S3);
        Assert.DoesNotContain(cluster.FilesOf(S3), file => file.StartsWith("snapshot-", StringComparison.Ordinal));
        cluster.Proxy.Release();
        await cluster.StartAsync(S3);
        await cluster.RestoredAsync(S3);
        Assert.InRange(cluster.Proxy.Bytes, _small + (_small / 2), long.MaxValue);
    }

    [Fact]
    public async Task A_follower_gets_the_snapshot_of_the_next_leader_if_the_leader_changes_in_the_middle()
    {
        await using var cluster = await SnapshotCluster.StartAsync(_small, bothTakeSnapshots: true);
        await StartAndHoldAsync(cluster);
        await cluster.LeadAsync(S2);
        cluster.Proxy.Release();
        await cluster.RestoredAsync(S3);
        await SnapshotCluster.EventuallyAsync(
            () => cluster.FilesOf(S3).Count(file => file.StartsWith("snapshot-", StringComparison.Ordinal)) == 1,
            "the part of the first leader's snapshot is deleted");
    }

    [Fact]
    public async Task A_snapshot_that_is_replaced_in_the_middle_is_sent_to_its_end_and_its_file_goes_away()
    {
        await using var cluster = await SnapshotCluster.StartAsync(_small);
        await StartAndHoldAsync(cluster);
        var first = Assert.Single(SnapshotsOf(cluster, S1));
        await cluster.ReplicateAsync(20);
        await SnapshotCluster.EventuallyAsync(() => !SnapshotsOf(cluster, S1).Contains(first), "the snapshot is replaced");
        Assert.True(!OperatingSystem.IsLinux() || DeletedFilesOf(cluster, S1) > 0, "the replaced snapshot is not held open");
        cluster.Proxy.Release();
        await cluster.RestoredAsync(S3);
        await SnapshotCluster.EventuallyAsync(() => cluster.Service(S3).Applied >= 32, "the third server applies all entries");
        await SnapshotCluster.EventuallyAsync(() => DeletedFilesOf(cluster, S1) == 0, "the replaced snapshot is closed");
    }

    [Fact]
    public async Task A_follower_whose_disk_is_full_stops_and_gets_the_snapshot_when_there_is_room()
    {
        await using var cluster = await SnapshotCluster.StartAsync(_small);
        cluster.Files[S3] = files => new FaultyFiles(files) { Room = _small / 2 };
        await cluster.StartAsync(S3);
        var failure = await Assert.ThrowsAsync<IOException>(() => cluster[S3].Completion.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("The storage of S3 failed", failure.Message, StringComparison.Ordinal);
        await cluster.StopAsync(S3);
        Assert.Empty(SnapshotsOf(cluster, S3));

        cluster.Files.Remove(S3);
        await cluster.StartAsync(S3);
        await cluster.RestoredAsync(S3);
    }

    [Fact]
    public async Task A_leader_whose_file_has_other_bytes_than_were_written_stops_and_does_not_send_the_last_chunk()
    {
        await using var cluster = await SnapshotCluster.StartAsync(_small);
        await StartAndHoldAsync(cluster);
        var path = Path.Combine(cluster.DirectoryOf(S1), Assert.Single(SnapshotsOf(cluster, S1)));
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Position = _small;
            var written = file.ReadByte();
            file.Position = _small;
            file.WriteByte((byte)(written ^ 1));
        }

        cluster.Proxy.Release();
        var failure = await Assert.ThrowsAsync<IOException>(() => cluster[S1].Completion.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("checksum", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Service(S3).Restored);
    }

    // The chunk waits for the follower's answer, so the leader reads it again with each heartbeat.
    [Fact]
    public async Task A_leader_whose_disk_returns_other_bytes_for_a_chunk_that_it_reads_again_stops()
    {
        FaultyFiles? faulty = null;
        await using var cluster = await SnapshotCluster.StartAsync(_small, filesOfFirst: files => faulty = new FaultyFiles(files));
        await StartAndHoldAsync(cluster);
        faulty!.MisreadOne();
        var failure = await Assert.ThrowsAsync<IOException>(() => cluster[S1].Completion.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("checksum", failure.Message, StringComparison.Ordinal);
    }

    private static async Task StartAndHoldAsync(SnapshotCluster cluster)
    {
        cluster.Proxy.HoldAfter = _small / 2;
        await cluster.StartAsync(S3);
        await SnapshotCluster.EventuallyAsync(() => cluster.Proxy.Bytes >= _small / 2, "half of the snapshot is sent");
    }

    private static string[] SnapshotsOf(SnapshotCluster cluster, ServerId id) =>
        [.. cluster.FilesOf(id).Where(file => file.StartsWith("snapshot-", StringComparison.Ordinal))];

    // On Linux: the files that are open, and have no name any more.
    private static int DeletedFilesOf(SnapshotCluster cluster, ServerId id) =>
        !OperatingSystem.IsLinux() ? 0 : Directory.GetFiles("/proc/self/fd").Count(handle =>
            new FileInfo(handle).LinkTarget is { } target
            && target.StartsWith(cluster.DirectoryOf(id), StringComparison.Ordinal)
            && target.EndsWith("(deleted)", StringComparison.Ordinal));

    private async Task TransferAsync(long bytes, long mostMemory)
    {
        using var memory = new MemoryMeter();
        var began = Stopwatch.GetTimestamp();
        await using var cluster = await SnapshotCluster.StartAsync(bytes);
        var taken = Stopwatch.GetElapsedTime(began);
        var term = cluster[S1].Status.Term;
        began = Stopwatch.GetTimestamp();
        await cluster.StartAsync(S3);
        await cluster.RestoredAsync(S3);
        output.WriteLine(
            $"{bytes >> 20} MiB: taken in {taken.TotalSeconds:n1} s, sent, stored and restored in "
            + $"{Stopwatch.GetElapsedTime(began).TotalSeconds:n1} s; the managed heap grew by {memory.Growth >> 20} MiB at most, "
            + $"the working set by {memory.WorkingSetGrowth >> 20} MiB.");
        Assert.Equal(bytes, cluster.Service(S3).Restored);
        Assert.Equal((true, term, term), (cluster[S1].Status.IsLeader, cluster[S1].Status.Term, cluster[S3].Status.Term));
        Assert.InRange(memory.Growth, 0, mostMemory);
    }

    // Samples the managed heap: what is reachable, and the garbage of a moment.
    private sealed class MemoryMeter : IDisposable
    {
        private static readonly TimeSpan _leastPause = TimeSpan.FromMilliseconds(50);
        private readonly long _before = GC.GetTotalMemory(forceFullCollection: true);
        private readonly long _workingSetBefore = Environment.WorkingSet;
        private readonly Timer _timer;
        private long _most;
        private long _mostWorkingSet;

        public MemoryMeter()
        {
            _timer = new Timer(_ => Sample());
            _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        public long Growth => Math.Max(0, Volatile.Read(ref _most) - _before);

        public long WorkingSetGrowth => Math.Max(0, Volatile.Read(ref _mostWorkingSet) - _workingSetBefore);

        public void Dispose() => _timer.Dispose();

        private void Sample()
        {
            var began = Stopwatch.GetTimestamp();
            GC.Collect();
            Volatile.Write(ref _most, Math.Max(_most, GC.GetTotalMemory(forceFullCollection: false)));
            Volatile.Write(ref _mostWorkingSet, Math.Max(_mostWorkingSet, Environment.WorkingSet));

            // In a process with a large heap, samples without a pause between them would leave no time for the nodes.
            var pause = 10 * Stopwatch.GetElapsedTime(began);
            try
            {
                _timer.Change(pause > _leastPause ? pause : _leastPause, Timeout.InfiniteTimeSpan);
            }
            catch (ObjectDisposedException)
            {
                // The test has ended.
            }
        }
    }

    // Files whose snapshots find no room beyond a number of bytes, or are read with a wrong bit.
    private sealed class FaultyFiles(IFileSystem files) : PassingFiles(files)
    {
        private int _misreads;

        public long Room { get; init; } = long.MaxValue;

        public void MisreadOne() => Volatile.Write(ref _misreads, 1);

        protected override IFile Created(string name, IFile file) =>
            name.StartsWith("snapshot-", StringComparison.Ordinal) ? new FaultyFile(file, this) : file;

        private sealed class FaultyFile(IFile file, FaultyFiles files) : PassingFile(file)
        {
            public override async Task ReadAsync(long offset, Memory<byte> buffer)
            {
                await base.ReadAsync(offset, buffer);
                if (Interlocked.Exchange(ref files._misreads, 0) > 0)
                {
                    buffer.Span[0] ^= 1;
                }
            }

            public override Task WriteAsync(long offset, ReadOnlyMemory<byte> bytes) =>
                offset + bytes.Length <= files.Room
                    ? base.WriteAsync(offset, bytes)
                    : throw new IOException("There is no room on the disk.");
        }
    }
}
