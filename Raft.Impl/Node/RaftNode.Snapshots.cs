using Raft.Impl.Core;
using Raft.Impl.Storage;

namespace Raft.Impl.Node;

// Snapshots that the storage keeps. The core names parts of them; here their bytes are read and written, off the node's loop.
public sealed partial class RaftNode
{
    // What the node must dispose of once nothing needs it any more: the snapshot of the log, and those before it that are still in use.
    private readonly List<ISnapshotContent> _contents = [];

    // The chunk that is being read for each follower, and the one to read after it; that one replaces the first.
    private readonly Dictionary<ServerId, (InstallSnapshot Reading, InstallSnapshot? Next)> _chunkReads = [];

    // What was read of each snapshot.
    private readonly Dictionary<ISnapshotContent, ChunksRead> _chunksRead = [];

    // The snapshot that arrives, while it is written. A chunk that arrives while another one is written waits; a later one replaces it.
    private ISnapshotWriter? _arriving;
    private bool _isWritingChunk;
    private InstallSnapshot? _nextChunk;

    /// <summary>
    /// Lets the service write its state, for <see cref="CompactAsync"/>. If the storage can (<see cref="IRaftStorage.NewSnapshot"/>), the
    /// state goes to the disk as it is written, and is never in memory as a whole.
    /// </summary>
    /// <param name="write">
    /// Writes the state to a stream. What is written with synchronous calls waits in memory for the next asynchronous one.
    /// </param>
    /// <param name="cancellationToken">Is given to <paramref name="write"/>.</param>
    /// <returns>
    /// The state. Give it to <see cref="CompactAsync"/>, once: if it is not needed, it takes room on the disk until the node stops.
    /// </returns>
    /// <exception cref="ArgumentNullException">There is nothing to write with.</exception>
    /// <exception cref="ObjectDisposedException">The node has stopped, or its storage has failed.</exception>
    public async Task<SnapshotData> WriteSnapshotAsync(
        Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        return await TryWriteSnapshotAsync(write, cancellationToken) ?? throw Stopped(_failure);
    }

    /// <summary>Lets the service write its state. Null: the storage failed, or the node has stopped.</summary>
    internal async Task<SnapshotData?> TryWriteSnapshotAsync(
        Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        ISnapshotWriter? writer;
        try
        {
            if (Stopping.IsCancellationRequested)
            {
                return null;
            }

            writer = _dependencies.Storage.NewSnapshot();
        }
        catch (Exception) when (Stopping.IsCancellationRequested)
        {
            return null;
        }

        if (writer is null)
        {
            using var state = new MemoryStream();
            await write(state, cancellationToken);
            return SnapshotData.Of(state.GetBuffer().AsMemory(0, (int)state.Length));
        }

        using var destination = new SnapshotWriteStream(writer);
        try
        {
            await write(destination, cancellationToken);
            await destination.CompleteAsync();
            return SnapshotData.Of(writer);
        }
        catch (Exception)
        {
            Release(writer, "snapshot");
            if (destination.Failure is not { } failure)
            {
                throw;
            }

            _inbox.PostReport(new Work(Input: null, Failure: failure));
            return null;
        }
    }

    // Figure 13, receiver 2 and 3: the bytes of a chunk are written to the file of the snapshot before the core gets the chunk. False: the
    // core gets the chunk as it is. It keeps none of its bytes, or the chunk is a whole snapshot, or the storage keeps none.
    private bool TryWriteChunk(InstallSnapshot chunk)
    {
        if ((chunk.Data.Length == 0 && !chunk.Done) || (chunk.Offset == 0 && chunk.Done) || chunk.Data.IsStored || !_core.Keeps(chunk))
        {
            return false;
        }

        if (_isWritingChunk)
        {
            if (_nextChunk is not null)
            {
                _counts.DroppedMessage();
            }

            _nextChunk = chunk;
            return true;
        }

        if (chunk.Offset == 0)
        {
            Abandon();
            _arriving = _dependencies.Storage.NewSnapshot();
        }

        if (_arriving is null)
        {
            return RejectsForMemory(chunk);
        }

        _isWritingChunk = true;
        _ = WriteChunkAsync(_arriving, chunk);
        return true;
    }

    // Without a file, the core gathers the snapshot in memory.
    private bool RejectsForMemory(InstallSnapshot chunk)
    {
        var isTooLong = chunk.Offset > Array.MaxLength - chunk.Data.Length;
        if (isTooLong)
        {
            Reject($"the storage takes snapshots in memory, where one has at most {Array.MaxLength} bytes: {chunk}");
        }

        return isTooLong;
    }

    private async Task WriteChunkAsync(ISnapshotWriter arriving, InstallSnapshot chunk)
    {
        try
        {
            if (chunk.Data.Length > 0)
            {
                await arriving.AppendAsync(chunk.Data.Bytes);
            }

            if (chunk.Done)
            {
                await arriving.CompleteAsync();
            }
        }
        catch (Exception exception)
        {
            _inbox.PostReport(new Work(Input: null, Failure: exception));
            return;
        }

        var stored = chunk with { Data = SnapshotData.PartOf(arriving, chunk.Offset, chunk.Data.Length) };
        _inbox.PostReport(new Work(new MessageReceived(stored), ChunkWritten: true));
    }

    // The core has handled the chunk that was written.
    private void OnChunkWritten()
    {
        (_isWritingChunk, var next) = (false, _nextChunk);
        _nextChunk = null;
        AbandonUnlessArriving();
        if (next is not null && !TryWriteChunk(next))
        {
            Handle(new MessageReceived(next), default);
        }
    }

    private void AbandonUnlessArriving()
    {
        if (!_isWritingChunk && _core.Arriving is null)
        {
            Abandon();
        }
    }

    private void Abandon()
    {
        if (_arriving is { } arriving)
        {
            _arriving = null;
            Release(arriving, "snapshot");
        }
    }

    // At most one chunk for each follower is read at a time. Its bytes are sent from the node's loop.
    private void ReadChunk(InstallSnapshot chunk)
    {
        if (_chunkReads.TryGetValue(chunk.To, out var read))
        {
            _chunkReads[chunk.To] = read with { Next = chunk };
        }
        else
        {
            _chunkReads.Add(chunk.To, (chunk, null));
            _ = ReadChunkAsync(chunk);
        }
    }

    private async Task ReadChunkAsync(InstallSnapshot chunk)
    {
        try
        {
            var bytes = await chunk.Data.ReadAllAsync();
            _inbox.PostReport(new Work(Input: null, ChunkRead: chunk with { Data = SnapshotData.Of(bytes) }));
        }
        catch (Exception exception)
        {
            _inbox.PostReport(new Work(Input: null, Failure: exception));
        }
    }

    private void OnChunkRead(InstallSnapshot chunk)
    {
        _chunkReads.Remove(chunk.To, out var read);
        CheckBytes(read.Reading, chunk.Data.Bytes.Span);
        var message = read.Next ?? chunk;
        if (_core.Role == Role.Leader && message.Term == _core.CurrentTerm)
        {
            Send(message);
        }

        ReleaseUnused();
    }

    // A wrong chunk is not sent: the follower would keep other bytes.
    private void CheckBytes(InstallSnapshot chunk, ReadOnlySpan<byte> bytes)
    {
        var content = chunk.Data.Content!;
        if (!_chunksRead.TryGetValue(content, out var read))
        {
            _chunksRead.Add(content, read = new ChunksRead(content));
        }

        if (!read.TryAdd(chunk.Offset, bytes))
        {
            throw new IOException(
                $"The storage of {Id} failed, so it stops: the checksum of the snapshot to {chunk.LastIndex}@{chunk.LastTerm}, which "
                + $"it sends to {chunk.To}, is wrong.");
        }
    }

    // A step may have replaced the snapshot of the log, or ended what needed an older one.
    private void FollowSnapshots(Input input, Output output)
    {
        if (output.Write?.Snapshot?.Data.Content is { } stored)
        {
            if (!_contents.Contains(stored))
            {
                _contents.Add(stored);
            }

            _arriving = stored == _arriving ? null : _arriving;
        }

        if (input is Compact { Data.Content: { } given } && !_contents.Contains(given))
        {
            // There is a newer one.
            Release(given, "snapshot");
        }

        AbandonUnlessArriving();
        ReleaseUnused();
    }

    private void ReleaseUnused()
    {
        var current = _core.Log.Snapshot.Data.Content;
        if (_contents.Count == 0 || (_contents.Count == 1 && _contents[0] == current))
        {
            return;
        }

        for (var i = _contents.Count - 1; i >= 0; i--)
        {
            if (_contents[i] is var content && content != current && !IsUsed(content))
            {
                _contents.RemoveAt(i);
                _chunksRead.Remove(content);
                Release(content, "snapshot");
            }
        }
    }

    private bool IsUsed(ISnapshotContent content)
    {
        if (_core.Sends(content) || _committed.Holds(content))
        {
            return true;
        }

        foreach (var (reading, next) in _chunkReads.Values)
        {
            if (reading.Data.Content == content || next?.Data.Content == content)
            {
                return true;
            }
        }

        return false;
    }
}
