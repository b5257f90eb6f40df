using System.Runtime.CompilerServices;
using Raft.Impl.Core;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Core;

public class EntryBlocksTests
{
    private const int Shared = EntryBlocks.SharedLength;
    private const int Block = EntryBlocks.BlockLength;

    private static EntryList Some(int count, long first = 1) => Entries(first, [.. Enumerable.Repeat(1L, count)]);

    [Fact]
    public void Blocks_are_what_a_list_of_the_entries_is()
    {
        var random = new Random(1);
        int[] lengths = [0, 1, 2, 20, Shared - 1, Shared, Shared + 1, 256, Block - 1, Block, Block + 1];
        for (var run = 0; run < 100; run++)
        {
            var (blocks, entries, next) = (new EntryBlocks([]), new List<LogEntry>(), 1L);
            for (var step = 0; step < 60; step++)
            {
                var more = Some(lengths[random.Next(lengths.Length)], next);
                var index = random.Next(entries.Count + 1);
                switch (random.Next(5))
                {
                    case 0:
                        blocks.Append(more);
                        entries.AddRange(more);
                        break;
                    case 1:
                        blocks.Append(more.Span);
                        entries.AddRange(more);
                        break;
                    case 2:
                        blocks.RemoveFrom(index);
                        entries.RemoveRange(index, entries.Count - index);
                        break;
                    case 3:
                        blocks.RemoveFirst(index);
                        entries.RemoveRange(0, index);
                        break;
                    default:
                        var before = blocks;
                        blocks = before.Clone();
                        before.RemoveFrom(index);
                        before.Append(Some(3, next));
                        break;
                }

                next += more.Count;
                Check(blocks, entries, random);
            }
        }
    }

    [Fact]
    public void Entries_that_are_not_there_cannot_be_copied()
    {
        var blocks = new EntryBlocks(Some(3).Span);

        Assert.Throws<ArgumentOutOfRangeException>(() => blocks.CopyTo(1, new LogEntry[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => blocks.ToList(3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => blocks.RunAt(4).Length);
    }

    private static void Check(EntryBlocks blocks, List<LogEntry> entries, Random random)
    {
        Assert.Equal(entries.Count, blocks.Count);
        Assert.True(entries.SequenceEqual(blocks));
        Assert.Equal(EntryList.Of([.. entries]), blocks.ToList());
        var from = random.Next(entries.Count + 1);
        var count = random.Next(entries.Count - from + 1);
        Assert.Equal(EntryList.Of([.. entries.Skip(from).Take(count)]), blocks.ToList(from, count));
        var run = blocks.RunAt(from);
        Assert.Equal(from == entries.Count, run.IsEmpty);
        Assert.True(entries.Skip(from).Take(run.Length).SequenceEqual(run.ToArray()));
        Assert.Equal(blocks, new EntryBlocks([.. entries]));
        Assert.Equal(blocks.GetHashCode(), new EntryBlocks([.. entries]).GetHashCode());
        Assert.Throws<ArgumentOutOfRangeException>(() => blocks[blocks.Count]);
        if (entries.Count > 0)
        {
            Assert.NotEqual(blocks, new EntryBlocks([.. entries[..^1]]));
            Assert.NotEqual(blocks, new EntryBlocks([.. entries[..^1], new LogEntry(new Term(9), default)]));
        }
    }

    [Fact]
    public void No_array_is_a_large_object_for_the_garbage_collector()
    {
        var blocks = new EntryBlocks(Some(10 * Block).Span);
        for (var i = 0; i < 10 * Block; i++)
        {
            blocks.Append([new LogEntry(new Term(1), default)]);
        }

        blocks.Append(Some(10 * Block).Span);
        Assert.Equal(30 * Block, blocks.Count);
        for (var i = 0; i < blocks.Count; i += Block)
        {
            Assert.InRange(Unsafe.SizeOf<LogEntry>() * blocks.RunAt(i).Length, 1, 84_000);
        }
    }

    [Fact]
    public void A_longer_list_is_a_block_as_it_is()
    {
        var blocks = new EntryBlocks(Some(3).Span);
        var list = Some(Shared);
        blocks.Append(list);
        Assert.Same(list, blocks.ToList(3, Shared));
        Assert.Same(list, blocks.Clone().ToList(3, Shared));
        Assert.Equal(Some(Shared - 1), blocks.ToList(3, Shared - 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_longer_list_does_not_change_when_a_part_of_it_is_removed(bool first)
    {
        var list = Some(Shared);
        var blocks = new EntryBlocks([]);
        blocks.Append(list);
        if (first)
        {
            blocks.RemoveFirst(10);
        }
        else
        {
            blocks.RemoveFrom(10);
        }

        blocks.Append(Some(20, first: 100));
        Assert.Equal(Some(Shared), list);
    }

    [Fact]
    public void Of_a_longer_list_only_what_stays_is_held()
    {
        var (blocks, removed) = Make();
        blocks.RemoveFirst(1);
        GC.Collect();
        Assert.False(removed.IsAlive);
        Assert.Equal(Shared - 1, blocks.Capacity);
        GC.KeepAlive(blocks);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (EntryBlocks Blocks, WeakReference Removed) Make()
        {
            var bytes = new byte[10];
            var blocks = new EntryBlocks([]);
            blocks.Append(EntryList.Of([new LogEntry(new Term(1), Command.Of(bytes)), .. Some(Shared - 1)]));
            return (blocks, new WeakReference(bytes));
        }
    }
}
