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

    [Fact]
    public async Task A_crash_at_any_operation_leaves_the_files_as_they_were_or_given_up_or_returned()
    {
        var (whole, state) = (await WrittenAsync(), (DurableState?)null);
        state = await StorageHistory.OpenAsync(whole.Clone());
        var (asBefore, refused, returned) = (0, 0, 0);
        var image = whole.Clone();
        List<(DiskImage Image, bool HasReturned)> points = [];
        var files = new SimulatedFiles(image)
        {
            Gate = _ =>
            {
                points.Add((image.Clone(), false));
                return Task.FromResult<FileFault?>(null);
            },
        };
        await FileStorage.GiveUpAsync(files, _options);
        var givenUp = points.Count;
        await FileStorage.ReturnAsync(files, _options, new Term(9));
        points.Add((image, true));
        for (var i = 0; i < points.Count; i++)
        {
            for (var kept = 0; kept < 8; kept++)
            {
                var (crashed, draws) = (points[i].Image.Clone(), kept);
                crashed.Crash(bound =>
                {
                    var draw = draws % bound;
                    draws /= 2;
                    return draw;
                });
                try
                {
                    var read = await StorageHistory.OpenAsync(crashed);
                    asBefore += read == state ? 1 : 0;
                    returned += read == Empty(9) ? 1 : 0;
                    Assert.True(read == Empty(9) ? i > givenUp : read == state && i <= givenUp, $"operation {i}: {read}");
                }
                catch (StorageRefusedException)
                {
                    Assert.False(points[i].HasReturned);
                    refused++;
                }
            }
        }

        Assert.True(asBefore > 0 && refused > 0 && returned > 0, $"{asBefore}, {refused}, {returned}");
    }
}
