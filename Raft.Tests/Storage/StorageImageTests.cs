using Raft.Impl.Core;
using Raft.Impl.Storage;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Storage;

public class StorageImageTests
{
    internal static RaftWrite Write(
        long sequence, long term = 1, ServerId? vote = null, Snapshot? snapshot = null, long first = 0, params long[] log) =>
        new(sequence, new Term(term), vote, snapshot, first == 0 ? null : new LogSuffix(new LogIndex(first), Entries(first, log)));

    private static StorageImage Image(params RaftWrite[] writes)
    {
        var image = new StorageImage();
        foreach (var write in writes)
        {
            image.Apply(write);
        }

        return image;
    }

    [Fact]
    public void A_storage_that_was_never_written_holds_the_initial_state()
    {
        Assert.Equal(DurableState.Initial, new StorageImage().Read());
    }

    [Fact]
    public void Term_and_vote_are_those_of_the_last_write()
    {
        var image = Image(Write(1, term: 4, vote: S2), Write(2, term: 5));
        Assert.Equal(new DurableState(new Term(5), null, Snapshot.None, EntryList.Empty), image.Read());
        Assert.Equal((new Term(5), (ServerId?)null), (image.Term, image.VotedFor));
    }

    [Fact]
    public void Entries_are_appended()
    {
        Assert.Equal(Entries(1, 1, 1, 2), Image(Write(1, first: 1, log: [1]), Write(2, first: 2, log: [1, 2])).Read().Entries);
    }

    [Fact]
    public void Entries_from_the_first_new_one_on_give_way()
    {
        Assert.Equal(Entries(1, 1, 3), Image(Write(1, first: 1, log: [1, 2, 2]), Write(2, first: 2, log: [3])).Read().Entries);
    }

    [Fact]
    public void A_suffix_without_entries_cuts_the_log()
    {
        Assert.Equal(Entries(1, 1), Image(Write(1, first: 1, log: [1, 2, 2]), Write(2, first: 2)).Read().Entries);
    }

    [Fact]
    public void A_write_without_a_log_leaves_the_log_alone()
    {
        Assert.Equal(Entries(1, 1, 2), Image(Write(1, first: 1, log: [1, 2]), Write(2, term: 9)).Read().Entries);
    }

    [Fact]
    public void A_snapshot_replaces_the_log_up_to_its_last_index()
    {
        var image = Image(Write(1, first: 1, log: [1, 2, 2]), Write(2, snapshot: SnapshotAt(2, 2)));
        Assert.Equal((SnapshotAt(2, 2), Entries(3, 2)), (image.Read().Snapshot, image.Read().Entries));
    }

    [Fact]
    public void A_snapshot_releases_the_memory_of_what_it_replaces()
    {
        var image = Image(Write(1, first: 1, log: [.. Enumerable.Repeat(1L, 1000)]), Write(2, snapshot: SnapshotAt(999, 1)));
        Assert.Equal(1, image.Log.Capacity);
    }

    [Fact]
    public void A_snapshot_that_the_log_does_not_agree_with_replaces_all_of_it()
    {
        var image = Image(Write(1, first: 1, log: [1, 2, 2]), Write(2, snapshot: SnapshotAt(2, 3)));
        Assert.Equal((SnapshotAt(2, 3), EntryList.Empty), (image.Read().Snapshot, image.Read().Entries));
    }

    [Fact]
    public void A_snapshot_and_entries_after_it_come_in_one_write()
    {
        var image = Image(Write(1, first: 1, log: [1]), Write(2, snapshot: SnapshotAt(7, 3), first: 8, log: [4, 4]));
        Assert.Equal((SnapshotAt(7, 3), Entries(8, 4, 4)), (image.Read().Snapshot, image.Read().Entries));
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, 2)]
    [InlineData(1, 1)]
    [InlineData(9, 7)]
    public void A_write_that_does_not_fit_is_refused_whole(long first, long snapshot)
    {
        var image = Image(Write(1, term: 4, vote: S2, first: 1, log: [1, 1]));
        var before = image.Read();
        var error = Assert.Throws<InvalidDataException>(() =>
            image.Apply(Write(2, term: 5, snapshot: snapshot == 0 ? null : SnapshotAt(snapshot, 1), first: first, log: [5])));
        Assert.Contains(
            $"Write 2 stores entries from {first} on, but after the snapshot to {snapshot}@", error.Message, StringComparison.Ordinal);
        Assert.Contains($"the log ends at {Math.Max(2, snapshot)}", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, image.Read());
    }

    [Fact]
    public void What_was_read_does_not_change_with_later_writes()
    {
        var image = Image(Write(1, first: 1, log: [1, 1]));
        var read = image.Read();
        image.Apply(Write(2, term: 2, first: 1, log: [2]));
        Assert.Equal(Entries(1, 1, 1), read.Entries);
    }

    [Fact]
    public void A_gap_after_a_snapshot_that_discards_the_log_is_refused()
    {
        var image = new StorageImage();
        image.Apply(Write(1, first: 1, log: [1, 1, 1, 1, 1, 1, 1, 1]));
        Assert.Throws<InvalidDataException>(() => image.Apply(Write(2, term: 2, snapshot: SnapshotAt(5, 2), first: 8, log: [2])));
    }

    [Fact]
    public void An_older_snapshot_is_refused()
    {
        var image = new StorageImage();
        image.Apply(Write(1, snapshot: SnapshotAt(5, 1), first: 6, log: [1, 1]));
        Assert.Throws<InvalidDataException>(() => image.Apply(Write(2, snapshot: SnapshotAt(3, 1))));
    }
}
