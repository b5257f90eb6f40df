using System.Runtime.CompilerServices;
using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

public class RaftLogTests
{
    private static RaftLog Log(Snapshot snapshot, params long[] terms) =>
        new(snapshot, Entries(snapshot.LastIndex.Value + 1, terms).Span);

    [Fact]
    public void An_empty_log_ends_before_its_first_index()
    {
        var log = Log(Snapshot.None);
        Assert.Equal((new LogIndex(1), LogIndex.Zero, Term.Zero), (log.FirstIndex, log.LastIndex, log.LastTerm));
        Assert.Equal(Term.Zero, log.TermAt(LogIndex.Zero));
        Assert.Null(log.TermAt(new LogIndex(1)));
    }

    [Fact]
    public void A_log_that_is_only_a_snapshot_ends_with_it()
    {
        var log = Log(SnapshotAt(7, 3));
        Assert.Equal((new LogIndex(8), new LogIndex(7), new Term(3)), (log.FirstIndex, log.LastIndex, log.LastTerm));
    }

    [Fact]
    public void Terms_are_known_from_the_snapshots_last_index_to_the_last_one()
    {
        var log = Log(SnapshotAt(7, 3), 4, 5);
        Assert.Equal(
            [null, new Term(3), new Term(4), new Term(5), null],
            new long[] { 6, 7, 8, 9, 10 }.Select(index => log.TermAt(new LogIndex(index))));
    }

    [Fact]
    public void Entries_are_found_by_their_index()
    {
        var log = Log(SnapshotAt(7, 3), 4, 5);
        Assert.Equal(Entries(9, 5)[0], log[new LogIndex(9)]);
        Assert.All([7, 10], index =>
            Assert.Contains(
                "The log holds 8 to 9.",
                Assert.Throws<ArgumentOutOfRangeException>(() => log[new LogIndex(index)]).Message,
                StringComparison.Ordinal));
    }

    [Fact]
    public void A_part_starts_at_its_index_and_is_no_longer_than_asked()
    {
        var log = Log(SnapshotAt(7, 3), 4, 5, 6);
        Assert.Equal(Entries(9, 5, 6), log.From(new LogIndex(9)));
        Assert.Equal(Entries(8, 4, 5), log.From(new LogIndex(8), limit: 2));
        Assert.Equal(EntryList.Empty, log.From(new LogIndex(11)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(66, 2)]
    [InlineData(99, 3)]
    [InlineData(98, 2)]
    [InlineData(long.MaxValue, 4)]
    public void A_part_counts_no_more_bytes_than_asked_but_has_one_entry_at_least(long bytes, int entries)
    {
        var log = new RaftLog(SnapshotAt(7, 3), [.. Enumerable.Repeat(new LogEntry(new Term(4), Command.FromText("x")), 4)]);
        Assert.Equal(entries, log.From(new LogIndex(8), bytes: bytes).Count);
        Assert.Equal(Math.Min(entries, 2), log.From(new LogIndex(8), limit: 2, bytes).Count);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(4, 8)]
    [InlineData(5, 10)]
    [InlineData(6, 11)]
    [InlineData(7, 11)]
    [InlineData(8, 12)]
    public void The_first_entry_of_a_term_or_a_later_one_is_found(long term, long index) =>
        Assert.Equal(new LogIndex(index), Log(SnapshotAt(7, 3), 4, 4, 5, 7).FirstOf(new Term(term)));

    [Fact]
    public void In_a_log_that_is_only_a_snapshot_every_term_begins_after_it() =>
        Assert.Equal(new LogIndex(8), Log(SnapshotAt(7, 3)).FirstOf(new Term(3)));

    [Fact]
    public void A_part_does_not_change_with_the_log()
    {
        var log = Log(Snapshot.None, 1, 1);
        var part = log.From(new LogIndex(1));
        log.TruncateFrom(new LogIndex(2));
        log.Append(Entries(2, 2).Span);
        Assert.Equal(Entries(1, 1, 1), part);
    }

    [Fact]
    public void A_leaders_write_and_its_messages_share_one_list_until_the_log_changes_there()
    {
        var log = Log(Snapshot.None, 1);
        var appended = Entries(2, 1, 1);
        log.Append(appended);
        Assert.Same(appended, log.From(new LogIndex(2)));
        Assert.Equal(Entries(2, 1), log.From(new LogIndex(2), limit: 1));
        log.TruncateFrom(new LogIndex(2));
        log.Append(Entries(2, 3).Span);
        Assert.Equal(Entries(2, 3), log.From(new LogIndex(2), limit: 1));
        log.ReplaceBy(SnapshotAt(9, 4));
        log.Append(Entries(10, 4).Span);
        Assert.Equal(Entries(10, 4), log.From(new LogIndex(10)));
    }

    [Fact]
    public void Appending_extends_the_log()
    {
        var log = Log(SnapshotAt(7, 3), 4);
        for (var i = 0; i < 20; i++)
        {
            log.Append(Entries(9 + i, 5).Span);
        }

        Assert.Equal((new LogIndex(28), new Term(5)), (log.LastIndex, log.LastTerm));
        Assert.Equal(Entries(28, 5)[0], log[new LogIndex(28)]);
        Assert.Equal(Entries(8, 4)[0], log[new LogIndex(8)]);
    }

    [Fact]
    public void Truncating_removes_an_entry_and_all_that_follow()
    {
        var log = Log(SnapshotAt(7, 3), 4, 5, 6);
        log.TruncateFrom(new LogIndex(11));
        Assert.Equal(new LogIndex(10), log.LastIndex);
        log.TruncateFrom(new LogIndex(9));
        Assert.Equal((new LogIndex(8), new Term(4)), (log.LastIndex, log.LastTerm));
        log.TruncateFrom(new LogIndex(8));
        Assert.Equal((new LogIndex(7), new Term(3)), (log.LastIndex, log.LastTerm));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(11)]
    public void Truncating_reaches_neither_into_the_snapshot_nor_beyond_the_end(long first)
    {
        var log = Log(SnapshotAt(7, 3), 4, 5);
        Assert.Contains(
            "The log holds 8 to 9.",
            Assert.Throws<ArgumentOutOfRangeException>(() => log.TruncateFrom(new LogIndex(first))).Message,
            StringComparison.Ordinal);
        Assert.Equal(new LogIndex(9), log.LastIndex);
    }

    [Theory]
    [InlineData(8, 4, true, "5 6")]
    [InlineData(10, 6, true, "")]
    [InlineData(8, 5, false, "")]
    [InlineData(12, 6, false, "")]
    public void A_snapshot_keeps_what_follows_only_where_the_log_agrees_with_it(long lastIndex, long lastTerm, bool kept, string terms)
    {
        var log = Log(SnapshotAt(7, 3), 4, 5, 6);
        Assert.Equal(kept, log.ReplaceBy(SnapshotAt(lastIndex, lastTerm)));
        Assert.Equal(SnapshotAt(lastIndex, lastTerm), log.Snapshot);
        Assert.Equal(terms, string.Join(' ', Terms(log.Entries)));
    }

    [Fact]
    public void A_snapshot_releases_the_memory_of_what_it_replaces()
    {
        var log = Log(Snapshot.None, [.. Enumerable.Repeat(1L, 100)]);
        log.ReplaceBy(SnapshotAt(90, 1));
        Assert.Equal(10, log.Capacity);
    }

    // A message, its write and its followers' services hold the same entries.
    [Fact]
    public void The_last_two_lists_that_were_appended_are_given_as_they_are_and_not_after_they_were_removed()
    {
        var log = Log(Snapshot.None);
        EntryList[] appended = [.. Enumerable.Range(1, 3).Select(term => EntryList.Of(new LogEntry(new Term(term), default)))];
        foreach (var entries in appended)
        {
            log.Append(entries);
        }

        Assert.Same(appended[2], log.From(new LogIndex(3)));
        Assert.Same(appended[1], log.RunFrom(new LogIndex(2), 1, long.MaxValue));
        Assert.Equal(appended[0], log.RunFrom(new LogIndex(1), 1, long.MaxValue));
        log.TruncateFrom(new LogIndex(2));
        log.Append(new LogEntry(new Term(4), default));
        Assert.Equal("4", string.Join(' ', Terms(log.From(new LogIndex(2)))));
    }

    [Fact]
    public void After_a_full_block_of_entries_that_came_one_by_one_the_next_is_allocated_once()
    {
        var log = Log(Snapshot.None);
        var entry = EntryList.Of(new LogEntry(new Term(1), default));
        for (var i = 0; i < EntryBlocks.BlockLength; i++)
        {
            log.Append(entry);
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < EntryBlocks.BlockLength; i++)
        {
            log.Append(entry);
        }

        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Assert.InRange(bytes, 0, (EntryBlocks.BlockLength * 24) + 500);
    }

    [Fact]
    public void Memory_stays_a_small_multiple_of_what_is_kept_while_entries_come_and_go()
    {
        var log = Log(Snapshot.None);
        for (var i = 1; i <= 100_000; i++)
        {
            log.Append(new LogEntry(new Term(1), default));
            if (i % 100 == 0)
            {
                log.ReplaceBy(SnapshotAt(i - 10, 1));
                Assert.InRange(log.Capacity, 10, 250);
            }
        }

        Assert.Equal(new LogIndex(100_000), log.LastIndex);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_discarded_is_released_though_there_is_room_for_it(bool byASnapshot)
    {
        var (log, discarded) = Make();
        if (byASnapshot)
        {
            log.ReplaceBy(SnapshotAt(1, 1));
        }
        else
        {
            log.TruncateFrom(new LogIndex(1));
        }

        GC.Collect();
        Assert.False(discarded.IsAlive);
        Assert.Equal(3, log.Capacity);
        GC.KeepAlive(log);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (RaftLog Log, WeakReference Discarded) Make()
        {
            var bytes = new byte[10];
            var entry = new LogEntry(new Term(1), default);
            return (new RaftLog(Snapshot.None, [new LogEntry(new Term(1), Command.Of(bytes)), entry, entry]), new WeakReference(bytes));
        }
    }

    [Fact]
    public void A_log_is_what_a_list_of_its_entries_is()
    {
        var random = new Random(1);
        for (var run = 0; run < 200; run++)
        {
            var log = Log(Snapshot.None);
            var (first, entries) = (1L, new List<LogEntry>());
            for (var step = 0; step < 60; step++)
            {
                switch (random.Next(3))
                {
                    case 0:
                        var more = Entries(first + entries.Count, [.. Enumerable.Repeat(1L, random.Next(20))]);
                        entries.AddRange(more);
                        log.Append(more.Span);
                        break;
                    case 1:
                        var kept = random.Next(entries.Count + 1);
                        entries.RemoveRange(kept, entries.Count - kept);
                        log.TruncateFrom(new LogIndex(first + kept));
                        break;
                    case 2 when entries.Count > 0:
                        var discarded = 1 + random.Next(entries.Count);
                        entries.RemoveRange(0, discarded);
                        first += discarded;
                        Assert.True(log.ReplaceBy(SnapshotAt(first - 1, 1)));
                        Assert.InRange(log.Capacity, 0, (4 * entries.Count) + 3);
                        break;
                }

                Assert.Equal(entries, log.Entries.ToArray());
                Assert.Equal((new LogIndex(first), new LogIndex(first + entries.Count - 1)), (log.FirstIndex, log.LastIndex));
            }
        }
    }

    [Fact]
    public void A_copy_is_equal_until_one_of_them_changes()
    {
        var log = Log(SnapshotAt(7, 3), 4, 5);
        var copy = log.Clone();
        Assert.Equal(log, copy);
        Assert.Equal(log.GetHashCode(), copy.GetHashCode());
        copy.TruncateFrom(new LogIndex(9));
        copy.Append(Entries(9, 6).Span);
        Assert.Equal(new Term(5), log.LastTerm);
        Assert.NotEqual(log, copy);
        Assert.NotEqual(log, Log(SnapshotAt(7, 2), 4, 5));
        Assert.False(log.Equals(null));
    }

    [Fact]
    public void Memory_held_in_reserve_does_not_count_in_comparisons()
    {
        var grown = Log(Snapshot.None, 1);
        grown.Append(Entries(2, 1).Span);
        Assert.True(grown.Capacity > 2);
        Assert.Equal(Log(Snapshot.None, 1, 1), grown);
    }
}
