using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;

namespace Raft.Tests.Transport.Tcp;

/// <summary>A connection to a peer that answers the handshake, and then sends nothing until it ends the stream.</summary>
internal abstract class AnsweringConnection : IConnection
{
    private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _answer;
    private bool _hasAnswered;

    public string Remote => "answering";

    public string RemoteAddress => Remote;

    public Task OpenAsync() => Task.CompletedTask;

    public string? ObjectionTo(ServerId peer) => null;

    public ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (_hasAnswered)
        {
            return new ValueTask<int>(_end.Task);
        }

        _hasAnswered = true;
        _answer.CopyTo(buffer);
        return ValueTask.FromResult(Handshake.Bytes);
    }

    public virtual int TryWrite(ReadOnlySpan<byte> bytes) => 0;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_answer is not null)
        {
            return TakeAsync(bytes);
        }

        _answer = Handshake.Parse(bytes.Span).Accepted().ToArray();
        return ValueTask.CompletedTask;
    }

    public void EndStream() => _end.TrySetResult(0);

    public virtual void Dispose() => EndStream();

    /// <summary>Takes bytes that were written after the handshake.</summary>
    protected abstract ValueTask TakeAsync(ReadOnlyMemory<byte> bytes);
}
