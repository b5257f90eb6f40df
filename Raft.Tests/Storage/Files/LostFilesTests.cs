using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Storage.Files;

/// <summary>A server that has lost entries or votes: its files are given up, and it returns with empty ones.</summary>
public class LostFilesTests
{
    private static readonly FileStorageOptions _options = StorageHistory.Options;

    private static async Task<DiskImage> WrittenAsync()
    {
        var history = new StorageHistory();
        await history.PlayAsync();
        return history.Image;
    }

    private static DurableState Empty(long term) => new(new Term(term), S1, Snapshot.None, EntryList.Empty);

    [Fact]
    public async Task Files_that_were_given_up_are_refused_also_by_the_report()
    {
        var image = await WrittenAsync();
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);

        var error = await Assert.ThrowsAsync<StorageRefusedException>(() => StorageHistory.OpenAsync(image));
        Assert.Contains("given up", error.Problem, StringComparison.Ordinal);
        Assert.Contains("docs/guides/operating.md", error.Remedy, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageRefusedException>(() => StorageReport.ReadAsync(new SimulatedFiles(image)));
    }

    [Fact]
    public async Task An_empty_directory_is_given_up_too_so_that_its_server_does_not_start_as_a_new_one()
    {
        var image = new DiskImage();
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
        await Assert.ThrowsAsync<StorageRefusedException>(() => StorageHistory.OpenAsync(image));
    }

    [Fact]
    public async Task The_server_returns_with_an_empty_log_in_a_term_whose_vote_it_has_used()
    {
        var image = await WrittenAsync();
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
        await FileStorage.ReturnAsync(new SimulatedFiles(image), _options, new Term(9));
        image.Crash(_ => 0);
        Assert.Equal(Empty(9), await StorageHistory.OpenAsync(image));
    }

    // It may have been a candidate in a term that no other server has heard of.
    [Fact]
    public async Task The_server_returns_in_the_term_after_the_last_that_can_be_read_in_the_damaged_files_or_later()
    {
        var image = await WrittenAsync();
        image.Open(image.Names[0]).FlipBit((512 + 40) * 8);
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
        await FileStorage.ReturnAsync(new SimulatedFiles(image), _options, new Term(2));
        Assert.Equal(Empty(8), await StorageHistory.OpenAsync(image));
    }

    [Fact]
    public async Task A_vote_for_itself_that_is_lost_with_its_group_counts_as_used()
    {
        var history = new StorageHistory();
        await history.Storage.OpenAsync();
        await history.Write(term: 4);
        await history.Write(term: 5, vote: S1);
        var image = history.Image;
        image.Open(image.Names[0]).FlipBit((512 + 512 + 40) * 8);
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
        await FileStorage.ReturnAsync(new SimulatedFiles(image), _options, new Term(2));
        Assert.Equal(Empty(5), await StorageHistory.OpenAsync(image));
    }

    [Fact]
    public async Task Only_the_server_whose_files_were_given_up_returns()
    {
        var image = await WrittenAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            FileStorage.ReturnAsync(new SimulatedFiles(image), _options, new Term(9)));
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
        await Assert.ThrowsAsync<StorageRefusedException>(() =>
            FileStorage.ReturnAsync(new SimulatedFiles(image), _options with { ServerId = S2 }, new Term(9)));
        await Assert.ThrowsAsync<ArgumentException>(() => FileStorage.ReturnAsync(new SimulatedFiles(image), _options, Term.Zero));
    }

    // Giving up the sound files of another server would stop it, and would say that another one lost its files.
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task Files_that_name_another_server_or_cluster_are_not_given_up(bool isOfCluster, bool isOfServer)
    {
        var image = await WrittenAsync();
        var before = image.Names.ToDictionary(file => file, file => image.Open(file).Content.ToArray());
        var other = _options with
        {
            ClusterId = isOfCluster ? _options.ClusterId : Guid.Empty,
            ServerId = isOfServer ? S1 : S2,
        };
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => FileStorage.GiveUpAsync(new SimulatedFiles(image), other));
        Assert.Equal(
            $"It belongs to S1 of cluster {_options.ClusterId}, not to {other.ServerId} of cluster {other.ClusterId}.", refused.Problem);
        Assert.Equal(before, image.Names.ToDictionary(file => file, file => image.Open(file).Content.ToArray()));
        await StorageHistory.OpenAsync(image);
    }

    [Fact]
    public async Task One_header_that_can_be_read_is_enough_to_refuse()
    {
        var image = await WrittenAsync();
        foreach (var damaged in image.Names.Where(name => !name.StartsWith("snapshot", StringComparison.Ordinal)))
        {
            image.Open(damaged).FlipBit(100);
        }

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() =>
            FileStorage.GiveUpAsync(new SimulatedFiles(image), _options with { ServerId = S2 }));
        Assert.Contains("snapshot-", refused.File, StringComparison.Ordinal);
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
    }

    [Fact]
    public async Task A_marker_of_another_server_is_neither_taken_nor_returned_from_and_no_advice_says_to_delete_files()
    {
        var image = await WrittenAsync();
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
        var names = image.Names;
        var other = _options with { ServerId = S2 };
        foreach (var attempt in (Func<Task>[])
            [
                () => FileStorage.GiveUpAsync(new SimulatedFiles(image), other),
                () => FileStorage.ReturnAsync(new SimulatedFiles(image), other, new Term(9)),
            ])
        {
            var refused = await Assert.ThrowsAsync<StorageRefusedException>(attempt);
            Assert.Contains("It belongs to S1", refused.Problem, StringComparison.Ordinal);
            Assert.DoesNotContain("Delete everything", refused.Remedy, StringComparison.Ordinal);
            Assert.Equal(names, image.Names);
        }
    }

    // The old files still hold the highest term, so that nothing is lost with the marker.
    [Fact]
    public async Task A_marker_that_is_damaged_is_made_anew_by_giving_up_again()
    {
        var image = await WrittenAsync();
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
        image.Open(FileStorage.LostName).FlipBit(100);
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() =>
            FileStorage.ReturnAsync(new SimulatedFiles(image), _options, new Term(2)));
        Assert.Contains("Give the directory up again", refused.Remedy, StringComparison.Ordinal);
        await FileStorage.GiveUpAsync(new SimulatedFiles(image), _options);
        await FileStorage.ReturnAsync(new SimulatedFiles(image), _options, new Term(2));
        Assert.Equal(Empty(8), await StorageHistory.OpenAsync(image));
    }

    // Before the marker is durable the files are as they were, or given up. From then on they are given up, until the marker is deleted.
    [Fact]
    public async Task Every_crash_at_every_operation_leaves_the_files_as_they_were_or_given_up_or_returned()
    {
        var image = await WrittenAsync();
        var state = await StorageHistory.OpenAsync(image.Clone());
        List<DiskImage> points = [];
        var files = new SimulatedFiles(image)
        {
            Gate = _ =>
            {
                points.Add(image.Clone());
                return Task.FromResult<FileFault?>(null);
            },
        };
        await FileStorage.GiveUpAsync(files, _options);
        var givingUp = points.Count;
        await FileStorage.ReturnAsync(files, _options, new Term(9));
        points.Add(image);

        var (outcomes, asBefore, refused, returned) = (0, 0, 0, 0);
        for (var i = 0; i < points.Count; i++)
        {
            foreach (var crashed in AllOutcomes.OfCrash(points[i]))
            {
                outcomes++;
                switch (await ReadAsync(crashed))
                {
                    case null:
                        Assert.NotEqual(points.Count - 1, i);
                        refused++;
                        break;
                    case var read when read == state:
                        Assert.InRange(i, 0, givingUp - 1);
                        asBefore++;
                        break;
                    case var read:
                        // Only the deletion of the marker is not durable at the operation before the last point.
                        Assert.Equal(Empty(9), read);
                        Assert.InRange(i, points.Count - 2, points.Count - 1);
                        returned++;
                        break;
                }
            }
        }

        Assert.Equal((21, 58), (givingUp, points.Count - 1));
        Assert.Equal((108, 26, 80, 2), (outcomes, asBefore, refused, returned));
    }

    // After a failure the process ends, and the power may fail too. Then giving up or returning is repeated, and succeeds.
    [Fact]
    public async Task Every_operation_that_fails_in_every_way_leaves_what_can_be_given_up_and_returned()
    {
        var (failures, outcomes, returned) = (0, 0, 0);
        for (var (failing, hasFailed) = (0, true); hasFailed; failing++)
        {
            var choices = new AllOutcomes();
            do
            {
                var image = await WrittenAsync();
                hasFailed = await FailAsync(image, failing, choices);
                if (!hasFailed)
                {
                    break;
                }

                failures++;
                foreach (var crashed in AllOutcomes.OfCrash(image).Append(image))
                {
                    outcomes++;
                    returned += await ReadAsync(crashed.Clone()) == Empty(9) ? 1 : 0;
                    await FileStorage.GiveUpAsync(new SimulatedFiles(crashed), _options);
                    Assert.Null(await ReadAsync(crashed));
                    await FileStorage.ReturnAsync(new SimulatedFiles(crashed), _options, new Term(9));
                    Assert.Equal(Empty(9), (await ReadAsync(crashed))! with { Term = new Term(9) });
                }
            }
            while (choices.Next());
        }

        Assert.Equal((129, 313, 2), (failures, outcomes, returned));
    }

    // Gives up and returns, with one operation that fails. False: there are not so many operations.
    private static async Task<bool> FailAsync(DiskImage image, int failing, AllOutcomes choices)
    {
        var count = 0;
        var files = new SimulatedFiles(image)
        {
            Gate = _ => Task.FromResult(count++ == failing ? new FileFault(choices.Choose) : null),
        };
        try
        {
            await FileStorage.GiveUpAsync(files, _options);
            await FileStorage.ReturnAsync(files, _options, new Term(9));
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // Null: the files were given up.
    private static async Task<DurableState?> ReadAsync(DiskImage image)
    {
        try
        {
            return await StorageHistory.OpenAsync(image);
        }
        catch (StorageRefusedException refused)
        {
            Assert.Contains("given up", refused.Problem, StringComparison.Ordinal);
            return null;
        }
    }
}
