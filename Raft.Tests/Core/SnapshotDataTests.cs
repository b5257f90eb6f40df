using System.Diagnostics;
using Raft.Impl.Core;

namespace Raft.Tests.Core;

/// <summary>Snapshot data in memory and stored: which are equal, and what parts of them are.</summary>
public class SnapshotDataTests
{
    private static readonly byte[] _bytes = "the state of a service"u8.ToArray();

    [Fact]
    public void A_whole_stored_snapshot_equals_the_same_bytes_stored_elsewhere_or_in_memory()
    {
        var (first, second, other) = (SnapshotData.Of(new Content(_bytes)), SnapshotData.Of(new Content(_bytes)), new byte[_bytes.Length]);
        Assert.Equal(first, second);
        Assert.Equal(first, SnapshotData.Of(_bytes));
        Assert.Equal(SnapshotData.Of(_bytes), first);
        Assert.Equal(first.GetHashCode(), SnapshotData.Of(_bytes).GetHashCode());
        Assert.NotEqual(first, SnapshotData.Of(new Content(other)));
        Assert.NotEqual(first, SnapshotData.Of(other));
        Assert.NotEqual(first, SnapshotData.Of(_bytes.AsMemory(1)));
    }

    [Fact]
    public void A_part_of_a_stored_snapshot_equals_only_the_same_part_of_the_same_one()
    {
        var content = new Content(_bytes);
        var part = SnapshotData.Of(content).Slice(2, 5);
        Assert.Equal(part, SnapshotData.PartOf(content, 2, 5));
        Assert.Equal(part.GetHashCode(), SnapshotData.PartOf(content, 2, 5).GetHashCode());
        Assert.NotEqual(part, SnapshotData.PartOf(content, 3, 5));
        Assert.NotEqual(part, SnapshotData.Of(new Content(_bytes)).Slice(2, 5));
        Assert.NotEqual(part, SnapshotData.Of(_bytes.AsMemory(2, 5)));
    }

    [Fact]
    public void Adjacent_parts_are_joined_without_a_copy()
    {
        var content = new Content(_bytes);
        SnapshotData[] parts = [SnapshotData.PartOf(content, 0, 5), SnapshotData.PartOf(content, 5, 7)];
        Assert.Equal(SnapshotData.PartOf(content, 0, 12), SnapshotData.Join(parts));
        var whole = SnapshotData.Join([.. parts, SnapshotData.PartOf(content, 12, _bytes.Length - 12)]);
        Assert.False(whole.IsPart);
        Assert.Equal(SnapshotData.Of(content), whole);
        parts = [SnapshotData.Of(_bytes.AsMemory(0, 4)), SnapshotData.Of(_bytes.AsMemory(4))];
        Assert.Equal(SnapshotData.Of(_bytes), SnapshotData.Join(parts));
        Assert.Equal(default, SnapshotData.Join([]));
    }

    [Fact]
    public void Parts_that_are_not_adjacent_or_not_of_one_content_cannot_be_joined()
    {
        var content = new Content(_bytes);
        var first = SnapshotData.PartOf(content, 0, 5);
        Assert.Throws<UnreachableException>(() => SnapshotData.Join([first, SnapshotData.PartOf(content, 6, 5)]));
        Assert.Throws<UnreachableException>(() => SnapshotData.Join([first, SnapshotData.PartOf(new Content(_bytes), 5, 5)]));
        Assert.Throws<UnreachableException>(() => SnapshotData.Join([first, SnapshotData.Of(_bytes)]));
    }

    [Fact]
    public void The_bytes_of_a_stored_snapshot_are_not_in_memory()
    {
        var data = SnapshotData.Of(new Content(_bytes));
        Assert.Throws<InvalidOperationException>(() => data.Bytes);
        Assert.Equal(("22 stored bytes", 22L, true), (data.ToString(), data.Length, data.IsStored));
    }

    private sealed class Content(byte[] bytes) : ISnapshotContent
    {
        public long Length => bytes.Length;

        public uint Checksum => Impl.Binary.Checksum.Of(bytes);

        public Task ReadAsync(long offset, Memory<byte> buffer)
        {
            bytes.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
            return Task.CompletedTask;
        }

        public void Dispose()
        {
        }
    }
}
