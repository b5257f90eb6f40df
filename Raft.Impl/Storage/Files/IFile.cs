namespace Raft.Impl.Storage.Files;

/// <summary>
/// An open file of an <see cref="IFileSystem"/>. What was written is durable only after <see cref="FlushAsync"/>: until then a crash of the
/// machine may lose each sector of it, independently of the others. Each operation fails with an <see cref="IOException"/> if the disk
/// does.
/// </summary>
public interface IFile : IDisposable
{
    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Fills the buffer with the bytes from an offset on.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    Task ReadAsync(long offset, Memory<byte> buffer);

    /// <summary>Fills the buffer with the bytes from an offset on, before it returns.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    void Read(long offset, Span<byte> buffer);

    /// <summary>
    /// Writes bytes at an offset. They must not change until the task completes. Bytes beyond the end make the file longer, for which the
    /// disk may have no room.
    /// </summary>
    Task WriteAsync(long offset, ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// Makes durable what was written. If it fails, any part of that may be lost, even if reads still return it and a later flush succeeds.
    /// </summary>
    Task FlushAsync();

    /// <summary>Writes bytes at an offset, and makes them durable, with all that was written before.</summary>
    async Task WriteAndFlushAsync(long offset, ReadOnlyMemory<byte> bytes)
    {
        await WriteAsync(offset, bytes);
        await FlushAsync();
    }

    /// <summary>
    /// Makes later flushes of a range faster. The range holds zeros and was not written since the file was made; it still holds zeros
    /// afterwards. Does nothing by default.
    /// </summary>
    Task PrepareAsync(long offset, int length) => Task.CompletedTask;
}
