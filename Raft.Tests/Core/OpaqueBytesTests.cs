using Raft.Impl.Core;

namespace Raft.Tests.Core;

public class OpaqueBytesTests
{
    [Fact]
    public void Snapshot_data_is_compared_by_its_bytes()
    {
        var data = SnapshotData.FromText("state");
        Assert.True(data == new SnapshotData("state"u8));
        Assert.True(data != SnapshotData.FromText("stat"));
        Assert.Equal(data.GetHashCode(), SnapshotData.Of("state"u8.ToArray()).GetHashCode());
        Assert.False(data.Equals((object)Command.FromText("state")));
        Assert.Equal(default, SnapshotData.FromText(""));
    }

    [Fact]
    public void The_bytes_of_snapshot_data_are_copied_or_kept_as_the_caller_says()
    {
        byte[] bytes = [1, 2, 3];
        var (copied, kept) = (new SnapshotData(bytes), SnapshotData.Of(bytes));
        bytes[0] = 9;
        Assert.Equal([1, 2, 3], copied.Bytes.ToArray());
        Assert.Equal([9, 2, 3], kept.Bytes.ToArray());
        Assert.Equal(3, kept.Length);
    }

    [Theory]
    [InlineData("a short text", "a short text")]
    [InlineData("two\nlines", "9 bytes 74776F0A6C696E65")]
    [InlineData("", "")]
    public void Bytes_are_shown_as_text_where_they_are_a_short_one(string text, string shown)
    {
        Assert.Equal(shown, SnapshotData.FromText(text).ToString());
        Assert.Equal(shown, Command.FromText(text).ToString());
    }
}
