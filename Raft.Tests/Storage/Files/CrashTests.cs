using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Storage.Files;

/// <summary>
/// A crash of the machine at every operation of a history of writes, with every subset of what was not durable. No outcome is sampled.
/// </summary>
public class CrashTests
{
    [Fact]
    public async Task Every_crash_leaves_all_acknowledged_writes_and_a_prefix_of_what_was_issued()
    {
        var history = new StorageHistory();
        var points = new CrashPoints(history);
        await history.PlayAsync();
        points.Add();

        var (outcomes, unfinished) = (0, 0);
        var recovered = new HashSet<int>();
        foreach (var point in points.All)
        {
            foreach (var crashed in point.Outcomes())
            {
                var storage = new FileStorage(new SimulatedFiles(crashed), StorageHistory.Options);
                recovered.Add(point.Check(await storage.OpenAsync()));
                unfinished += storage.Report!.Remains.Count(remains => remains.Kind == StorageRemainsKind.UnfinishedWrite);
                outcomes++;
            }
        }

        // Two groups have two writes each. A crash keeps all of a group or nothing.
        Assert.Equal(history.States.Count - 2, recovered.Count);
        Assert.Equal((104, 492, 282), (points.All.Count, outcomes, unfinished));
    }

    // What an opening does, and the first write after it, must stand a crash too. The first end may be that of the process only: then
    // what was not durable is still there, and may be lost later.
    [Fact]
    public async Task Every_second_crash_during_the_opening_or_the_next_write_leaves_the_same()
    {
        var history = new StorageHistory();
        var points = new CrashPoints(history);
        await history.PlayAsync();
        points.Add();

        var (openings, outcomes) = (0, 0);
        var seen = new HashSet<string>();
        foreach (var point in points.All)
        {
            // Equal disks lead to equal outcomes, and need not be tried twice.
            foreach (var disk in point.Outcomes().Where(disk => seen.Add(Fingerprint(disk))).Append(point.EndOfProcess()))
            {
                openings++;
                outcomes += await CrashAgainAsync(disk, state => point.Check(state));
            }
        }

        Assert.Equal((447, 22_922), (openings, outcomes));
    }

    // "fsyncgate": after a flush that failed, reads return what was written, and the next flush succeeds, but the disk does not hold it.
    [Fact]
    [Trait("Category", "Long")]
    public async Task Every_flush_that_fails_in_every_way_loses_nothing_that_is_acknowledged_later() =>
        Assert.Equal((340, 18_507), await FailEachAsync(FileOperationKind.Flush));

    [Theory]
    [InlineData(nameof(FileOperationKind.Create), 10, 316)]
    [InlineData(nameof(FileOperationKind.Rename), 10, 480)]
    [InlineData(nameof(FileOperationKind.Delete), 5, 162)]
    [InlineData(nameof(FileOperationKind.FlushNames), 14, 887)]
    [InlineData(nameof(FileOperationKind.Open), 5, 115)]
    [InlineData(nameof(FileOperationKind.List), 2, 72)]
    [InlineData(nameof(FileOperationKind.Lock), 1, 36)]
    public async Task Every_operation_that_fails_loses_nothing(string kind, int failures, int outcomes) =>
        Assert.Equal((failures, outcomes), await FailEachAsync(Enum.Parse<FileOperationKind>(kind)));

    // A part of its sectors is written, and a part of those becomes durable.
    [Fact]
    [Trait("Category", "Long")]
    public async Task Every_write_that_fails_in_every_way_loses_nothing() =>
        Assert.Equal((546, 150_256), await FailEachAsync(FileOperationKind.Write));

    // The history begins in an empty directory, of which nothing is read. Here one that is full of files is opened, and written.
    [Theory]
    [InlineData(nameof(FileOperationKind.Lock), 1, 29)]
    [InlineData(nameof(FileOperationKind.List), 2, 58)]
    [InlineData(nameof(FileOperationKind.Open), 8, 216)]
    [InlineData(nameof(FileOperationKind.Read), 4, 116)]
    [InlineData(nameof(FileOperationKind.Create), 1, 23)]
    [InlineData(nameof(FileOperationKind.Rename), 1, 42)]
    [InlineData(nameof(FileOperationKind.Delete), 2, 71)]
    [InlineData(nameof(FileOperationKind.FlushNames), 2, 144)]
    [InlineData(nameof(FileOperationKind.Write), 30, 2_373)]
    [InlineData(nameof(FileOperationKind.Flush), 19, 610)]
    public async Task Every_operation_of_an_opening_and_the_next_write_that_fails_in_every_way_loses_nothing(
        string name, int failures, int outcomes)
    {
        var kind = Enum.Parse<FileOperationKind>(name);
        var used = await UsedAsync();
        var (ways, tried) = (0, 0);
        for (var (failing, hasFailed) = (0, true); hasFailed; failing++)
        {
            var choices = new AllOutcomes();
            do
            {
                var (disk, count) = (used.Image.Clone(), 0);
                var history = new StorageHistory(disk)
                {
                    Fault = operation => operation.Kind == kind && count++ == failing ? new FileFault(choices.Choose) : null,
                };
                var failure = await Record.ExceptionAsync(() => OpenAndWriteAsync(history, used.State));
                hasFailed = failure is not null;
                if (!hasFailed)
                {
                    break;
                }

                Assert.IsAssignableFrom<IOException>(failure);

                ways++;
                var ended = new CrashPoint(history, disk, history.Acknowledged, history.Issued);
                tried += await CrashAgainAsync(ended.EndOfProcess(), state => ended.Check(state));
            }
            while (choices.Next());
        }

        Assert.Equal((failures, outcomes), (ways, tried));
    }

    [Fact]
    public async Task An_opening_and_the_next_write_have_operations_of_every_kind()
    {
        var kinds = new HashSet<FileOperationKind>();
        var (image, state) = await UsedAsync();
        await OpenAndWriteAsync(new StorageHistory(image) { Before = operation => kinds.Add(operation.Kind) }, state);
        Assert.Equal(Enum.GetValues<FileOperationKind>(), kinds.Order());
    }

    // A directory with segments, a snapshot, a snapshot that is not used, and a file that was not completed.
    private static async Task<(DiskImage Image, DurableState State)> UsedAsync()
    {
        var history = new StorageHistory();
        await history.PlayAsync();
        var snapshot = history.Image.Names.Single(name => name.StartsWith("snapshot-", StringComparison.Ordinal));
        history.Image.Put("snapshot-0000000000000009", history.Image.Open(snapshot).Content);
        history.Image.Put("snapshot-0000000000000010.unfinished", new byte[600]);
        history.Image.FlushNames();
        return (history.Image, history.States[^1]);
    }

    // The write does not fit into the segment in use, so that the next one is used, and another one made.
    private static async Task OpenAndWriteAsync(StorageHistory history, DurableState state)
    {
        history.StartFrom(state);
        Assert.Equal(state, await history.Storage.OpenAsync());
        await history.Write(term: 8, vote: S2, first: history.LastIndex + 1, log: [(8, 1800)]);
        await history.Storage.CloseAsync();
    }

    private static async Task<(int Failures, int Outcomes)> FailEachAsync(FileOperationKind kind)
    {
        var (failures, outcomes) = (0, 0);
        var all = await CountAsync(kind);
        for (var failing = 0; failing < all; failing++)
        {
            foreach (var ended in await FailAsync(kind, failing))
            {
                failures++;
                outcomes += await CrashAgainAsync(ended.EndOfProcess(), state => ended.Check(state));
            }
        }

        return (failures, outcomes);
    }

    // Opens the disk, writes once, and crashes at each operation with every outcome. Returns the number of outcomes.
    private static async Task<int> CrashAgainAsync(DiskImage disk, Action<DurableState> check)
    {
        var outcomes = 0;
        var again = new StorageHistory(disk);
        var points = new CrashPoints(again);
        var state = await again.Storage.OpenAsync();
        check(state);
        again.StartFrom(state);
        var opening = points.All.Count;
        await again.Write(term: 8, vote: S2, first: again.LastIndex + 1, log: [(8, 600)]);
        points.Add();
        for (var i = 0; i < points.All.Count; i++)
        {
            foreach (var crashed in points.All[i].Outcomes())
            {
                // What an opening has read is durable, and may be acted on, once the opening is done.
                Action<DurableState> checkAgain = i < opening ? check : again => points.All[i].Check(again);
                checkAgain(await StorageHistory.OpenAsync(crashed));
                outcomes++;
            }
        }

        return outcomes;
    }

    private static async Task<int> CountAsync(FileOperationKind kind)
    {
        var count = 0;
        var history = new StorageHistory { Before = operation => count += operation.Kind == kind ? 1 : 0 };
        await history.PlayAsync();
        return count;
    }

    // Plays the history until an operation fails, once for each way in which it can fail.
    private static async Task<List<CrashPoint>> FailAsync(FileOperationKind kind, int failing)
    {
        List<CrashPoint> ended = [];
        var choices = new AllOutcomes();
        do
        {
            var count = 0;
            var history = new StorageHistory
            {
                Fault = operation => operation.Kind == kind && count++ == failing ? new FileFault(choices.Choose) : null,
            };
            await Assert.ThrowsAnyAsync<IOException>(history.PlayAsync);
            ended.Add(new CrashPoint(history, history.Image, history.Acknowledged, history.Issued));
        }
        while (choices.Next());
        return ended;
    }

    private static string Fingerprint(DiskImage image)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var name in image.Names)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            hash.AppendData(image.Open(name).Content);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
