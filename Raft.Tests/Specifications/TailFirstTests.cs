using Raft.Impl.Core;
using Raft.Verification.Specifications;
using static Raft.Tests.Specifications.History;

namespace Raft.Tests.Specifications;

/// <summary>Long logs are compared at their end at each step, and further back in turns.</summary>
public class TailFirstTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(TailFirst.Window + TailFirst.Turn)]
    public void In_a_list_of_up_to_192_entries_a_difference_is_found_at_once_wherever_it_is(int count)
    {
        var entries = Numbered(count);
        for (var i = 0; i < count; i++)
        {
            var comparison = new TailFirst();
            Assert.True(comparison.AreSame(new RaftLog(Snapshot.None, entries).Entries, entries, count));
            Assert.False(comparison.AreSame(new RaftLog(Snapshot.None, entries).Entries, Changed(entries, i), count));
        }
    }

    [Fact]
    public void In_a_longer_list_a_difference_is_found_once_every_entry_had_its_turn()
    {
        const int count = 2_000;
        var entries = Numbered(count);
        var log = new RaftLog(Snapshot.None, entries).Entries;
        const int turns = (count - TailFirst.Window + TailFirst.Turn - 1) / TailFirst.Turn;
        for (var i = 0; i < count; i++)
        {
            var (comparison, changed, calls) = (new TailFirst(), Changed(entries, i), 1);
            while (comparison.AreSame(log, changed, count))
            {
                calls++;
            }

            Assert.InRange(calls, 1, i >= count - TailFirst.Window ? 1 : turns);
        }
    }

    [Theory]
    [InlineData(10, 500)]
    [InlineData(10, 990)]
    [InlineData(10, 2_000)]
    [InlineData(995, 1)]
    [InlineData(1, 1_000)]
    public void The_first_index_that_a_follower_replaces_in_a_long_log_is_known_exactly(int prev, int added)
    {
        var (state, core) = Follower(1_000);
        var entries = EntryList.Of([.. Enumerable.Range(0, added).Select(i => Entry($"new{i}@2"))]);

        Take(state, core, Append(S1, S2, 2, entries, prev, 1));

        Assert.Equal(new LogIndex(prev + 1), state.LogChangedFrom);
        Assert.Equal(new LogIndex(prev + added), core.Log.LastIndex);
    }

    [Fact]
    public void A_heartbeat_leaves_a_long_log_unchanged()
    {
        var (state, core) = Follower(1_000);
        Take(state, core, Append(S1, S2, 2, prev: 1_000, prevTerm: 1));
        Assert.Null(state.LogChangedFrom);
    }

    private static (ServerState State, RaftCore Core) Follower(int entries)
    {
        var state = new ServerState(S2, new());
        var core = Unseen(S2, new DurableState(new Term(1), null, Snapshot.None, EntryList.Of(Numbered(entries))));
        state.Start(core);
        return (state, core);
    }

    private static void Take(ServerState state, RaftCore core, MessageReceived input) => state.Step(core, core.Step(input));

    private static LogEntry[] Numbered(int count) => [.. Enumerable.Range(0, count).Select(i => Entry($"{i}@1"))];

    private static LogEntry[] Changed(LogEntry[] entries, int index)
    {
        LogEntry[] changed = [.. entries];
        changed[index] = Entry($"other@{entries[index].Term.Value}");
        return changed;
    }
}
