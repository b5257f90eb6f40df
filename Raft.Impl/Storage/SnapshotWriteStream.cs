using System.Runtime.ExceptionServices;

namespace Raft.Impl.Storage;

/// <summary>
/// The stream that a service writes its state to: it goes to an <see cref="ISnapshotWriter"/> in large parts. What is written with
/// synchronous calls waits in memory for the next asynchronous one, because a write to the disk must not block.
/// </summary>
/// <param name="writer">The writer.</param>
internal sealed class SnapshotWriteStream(ISnapshotWriter writer) : Stream
{
    private const int _partBytes = 1 << 18;
    private readonly MemoryStream _waiting = new();

    /// <summary>Why the writer failed; null if it did not.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => writer.Length + _waiting.Length;

    public override long Position
    {
        get => Length;
        set => throw new NotSupportedException("The stream cannot seek.");
    }

    /// <summary>Writes what waits, and ends the snapshot.</summary>
    public async Task CompleteAsync()
    {
        await DrainAsync();
        await CheckedAsync(writer.CompleteAsync);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.Length < _partBytes)
        {
            _waiting.Write(buffer.Span);
            buffer = default;
        }

        if (_waiting.Length >= _partBytes || buffer.Length > 0)
        {
            await DrainAsync();
        }

        for (var at = 0; at < buffer.Length; at += _partBytes)
        {
            await AppendAsync(buffer[at..Math.Min(buffer.Length, at + _partBytes)]);
        }
    }

    public override async Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        await WriteAsync(buffer.AsMemory(offset, count), cancellationToken);

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await DrainAsync();
    }

    public override void Write(byte[] buffer, int offset, int count) => _waiting.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => _waiting.Write(buffer);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream cannot be read.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The stream cannot seek.");

    public override void SetLength(long value) => throw new NotSupportedException("The stream cannot be shortened.");

    protected override void Dispose(bool disposing)
    {
        _waiting.Dispose();
        base.Dispose(disposing);
    }

    private async Task DrainAsync()
    {
        if (_waiting.Length > 0)
        {
            await AppendAsync(_waiting.GetBuffer().AsMemory(0, (int)_waiting.Length));
            _waiting.SetLength(0);
        }
    }

    private Task AppendAsync(ReadOnlyMemory<byte> bytes) => CheckedAsync(() => writer.AppendAsync(bytes));

    // A service may hide the failure, so it is kept here.
    private async Task CheckedAsync(Func<Task> call)
    {
        if (Failure is not null)
        {
            ExceptionDispatchInfo.Throw(Failure);
        }

        try
        {
            await call();
        }
        catch (Exception exception)
        {
            Failure ??= exception;
            throw;
        }
    }
}
