using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Tests.Node;

/// <summary>The check of what a leader reads of a stored snapshot, to send it.</summary>
public class ChunksReadTests
{
    private static readonly byte[] _written = [1, 2, 3, 4, 5];
    private readonly ChunksRead _read = new(new Written());

    [Fact]
    public void Chunks_that_are_what_was_written_are_right_each_time_that_they_are_read()
    {
        Assert.True(Read(0, 1, 2));
        Assert.True(Read(0, 1, 2));
        Assert.True(Read(2, 3, 4));
        Assert.True(Read(0, 1, 2));
        Assert.True(Read(4, 5));
        Assert.True(Read(2, 3, 4));
        Assert.True(Read(4, 5));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_chunk_that_is_read_again_and_has_other_bytes_is_wrong(int offset)
    {
        Assert.True(Read(0, 1, 2));
        Assert.True(Read(2, 3, 4));
        Assert.True(Read(4, 5));
        byte[] again = [.. _written.Skip(offset).Take(2)];
        again[0] ^= 1;
        Assert.False(_read.TryAdd(offset, again));
    }

    [Fact]
    public void If_the_first_reading_of_a_chunk_was_wrong_the_second_shows_it()
    {
        Assert.True(Read(0, 1, 2));
        Assert.True(Read(2, 3, 5));
        Assert.False(Read(2, 3, 4));
    }

    [Fact]
    public void If_a_chunk_was_wrong_and_read_once_the_last_one_shows_it()
    {
        Assert.True(Read(0, 1, 2));
        Assert.True(Read(2, 3, 5));
        Assert.False(Read(4, 5));
    }

    [Fact]
    public void If_a_chunk_was_read_too_early_the_next_transfer_is_checked_nevertheless()
    {
        Assert.True(Read(2, 3, 5));
        Assert.True(Read(0, 1, 2));
        Assert.True(Read(2, 3, 5));
        Assert.False(Read(4, 5));
    }

    private bool Read(long offset, params byte[] bytes) => _read.TryAdd(offset, bytes);

    private sealed class Written : ISnapshotContent
    {
        public long Length => _written.Length;

        public uint Checksum { get; } = Raft.Impl.Binary.Checksum.Of(_written);

        public Task ReadAsync(long offset, Memory<byte> buffer) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
