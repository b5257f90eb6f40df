using System.Net;
using System.Net.Sockets;
using Raft.Impl.Transport.Tcp;

namespace Raft.Tests.Transport.Tcp;

/// <summary>
/// A thread of its own reads an accepted connection of a member. It runs what awaits the bytes, and ends with the connection.
/// </summary>
public sealed class AcceptedStreamTests : IDisposable
{
    private const string _name = "a reader";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly Socket _other = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly AcceptedStream _stream;
    private readonly byte[] _buffer = new byte[10];

    public AcceptedStreamTests()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _other.Connect(listener.LocalEndPoint!);
        _stream = new AcceptedStream(listener.Accept());
    }

    public void Dispose()
    {
        _stream.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task What_awaits_a_read_runs_on_the_thread_that_reads()
    {
        _stream.ReadOnThread(_name);
        var first = ReadAsync();
        _other.Send([1, 2]);
        var (count, thread) = await first.WaitAsync(_limit);
        Assert.Equal(2, count);
        Assert.Equal([1, 2], _buffer[..2]);
        Assert.Equal(_name, thread.Name);
        var second = ReadAsync();
        _other.Send([3]);
        Assert.Equal((1, thread), await second.WaitAsync(_limit));
        Assert.Equal(3, _buffer[0]);
    }

    [Fact]
    public async Task Reads_that_follow_each_other_on_the_thread_get_all_bytes_in_order()
    {
        _stream.ReadOnThread(_name);
        var bytes = Enumerable.Range(0, 1_000_000).Select(i => (byte)(i % 251)).ToArray();
        var all = ReadAllAsync();
        _other.Send(bytes);
        _other.Shutdown(SocketShutdown.Send);
        Assert.Equal(bytes, await all.WaitAsync(_limit));
    }

    [Fact]
    public async Task Bytes_are_written_while_a_read_waits()
    {
        _stream.ReadOnThread(_name);
        var read = ReadAsync();
        await _stream.WriteAsync(new byte[] { 4, 5, 6 });
        var arrived = new byte[10];
        Assert.Equal(3, _other.Receive(arrived));
        Assert.Equal([4, 5, 6], arrived[..3]);
        Assert.False(read.IsCompleted);
    }

    [Fact]
    public async Task A_connection_that_the_other_end_breaks_fails_the_read_that_waits()
    {
        _stream.ReadOnThread(_name);
        var read = ReadAsync();
        _other.LingerState = new LingerOption(enable: true, seconds: 0);
        _other.Close();
        await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(_limit));
    }

    [Fact]
    public async Task Disposing_ends_the_read_that_waits_and_the_thread()
    {
        _stream.ReadOnThread(_name);
        var thread = await ThreadAsync();
        var read = ReadAsync();
        _stream.Dispose();
        await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(_limit));
        Assert.True(thread.Join(_limit));
    }

    [Fact]
    public async Task Disposing_ends_the_thread_when_no_read_waits()
    {
        _stream.ReadOnThread(_name);
        var thread = await ThreadAsync();
        _stream.Dispose();
        Assert.True(thread.Join(_limit));
    }

    [Fact]
    public async Task Before_there_is_a_thread_reads_wait_without_one()
    {
        var read = ReadAsync();
        await Task.Delay(20);
        Assert.False(read.IsCompleted);
        _other.Send([7, 8]);
        var (count, thread) = await read.WaitAsync(_limit);
        Assert.Equal(2, count);
        Assert.Equal([7, 8], _buffer[..2]);
        Assert.NotEqual(_name, thread.Name);
        _other.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, (await ReadAsync().WaitAsync(_limit)).Count);
    }

    [Fact]
    public async Task Disposing_ends_a_read_that_waits_without_a_thread()
    {
        var read = ReadAsync();
        _stream.Dispose();
        await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(_limit));
        _stream.ReadOnThread(_name);
        await Assert.ThrowsAsync<IOException>(() => ReadAsync().WaitAsync(_limit));
    }

    [Fact]
    public async Task A_write_without_room_waits_until_the_other_end_reads()
    {
        var bytes = new byte[32 << 20];
        var write = _stream.WriteAsync(bytes).AsTask();
        Assert.False(write.IsCompleted);
        var arrived = 0;
        while (arrived < bytes.Length)
        {
            arrived += _other.Receive(new byte[1 << 20]);
        }

        await write.WaitAsync(_limit);
    }

    [Fact]
    public async Task A_read_or_a_write_after_the_end_fails()
    {
        _stream.Dispose();
        await Assert.ThrowsAsync<IOException>(() => ReadAsync().WaitAsync(_limit));
        await Assert.ThrowsAnyAsync<Exception>(() => _stream.WriteAsync(new byte[1]).AsTask().WaitAsync(_limit));
    }

    private async Task<Thread> ThreadAsync()
    {
        var read = ReadAsync();
        _other.Send([0]);
        return (await read.WaitAsync(_limit)).Thread;
    }

    // What awaits the read runs without the context of the test, as in a server. What awaits the result does not run on that thread.
    private Task<(int Count, Thread Thread)> ReadAsync()
    {
        var result = new TaskCompletionSource<(int, Thread)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = CompleteAsync();
        return result.Task;

        async Task CompleteAsync()
        {
            try
            {
                result.SetResult((await _stream.ReadAsync(_buffer).ConfigureAwait(false), Thread.CurrentThread));
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        }
    }

    private async Task<byte[]> ReadAllAsync()
    {
        var all = new List<byte>();
        while (await _stream.ReadAsync(_buffer).ConfigureAwait(false) is > 0 and var count)
        {
            all.AddRange(_buffer.AsSpan(0, count));
        }

        return [.. all];
    }
}
