namespace Raft.Impl.Core;

/// <summary>
/// The bytes of a snapshot that a storage keeps. The core never reads them: it only says which of them are meant. The bytes do not change;
/// those of an <see cref="Storage.ISnapshotWriter"/> grow at the end until it is complete.
/// </summary>
/// <remarks>
/// It can be read until it is disposed of, even if another snapshot has replaced it. The node disposes of it once neither its log, nor a
/// transfer to a follower, nor its service needs it. If no write refers to it, it is deleted then.
/// </remarks>
public interface ISnapshotContent : IDisposable
{
    /// <summary>The number of bytes.</summary>
    long Length { get; }

    /// <summary>Their CRC-32C (Castagnoli).</summary>
    uint Checksum { get; }

    /// <summary>Fills the buffer with the bytes from an offset on. Several calls may be under way.</summary>
    /// <param name="offset">The position of the first of them.</param>
    /// <param name="buffer">The buffer; it does not reach beyond the end.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    Task ReadAsync(long offset, Memory<byte> buffer);
}
