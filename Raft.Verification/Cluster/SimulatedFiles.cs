using DeterministicSimulation;
using Raft.Impl.Storage.Files;
using Raft.Verification.Specifications;

namespace Raft.Verification.Cluster;

/// <summary>
/// The files of a <see cref="DiskImage"/> as a process sees them between two crashes: an <see cref="IFileSystem"/> for <see
/// cref="FileStorage"/>. Each operation passes a gate, which may delay it or make it fail. Not thread-safe.
/// </summary>
/// <param name="image">The disk. It outlives this.</param>
/// <param name="name">The name of the directory, for messages.</param>
internal sealed class SimulatedFiles(DiskImage image, string name = "disk") : IFileSystem
{
    private readonly HashSet<string> _locks = [];

    /// <inheritdoc/>
    public string Location => name;

    /// <summary>
    /// Called before each operation. The operation takes place when the task completes; it fails if that returns a fault. Null: no gate.
    /// </summary>
    public Func<FileOperation, Task<FileFault?>>? Gate { get; set; }

    /// <summary>
    /// Called before an entry is read back (<see cref="IFile.Read"/>), unless a monitor reads it: with a fault, the read returns one wrong
    /// bit. Null: there are no such faults.
    /// </summary>
    public Func<FileOperation, FileFault?>? ReadGate { get; set; }

    /// <inheritdoc/>
    public async Task<IDisposable?> TryLockAsync(string name)
    {
        await PassAsync(FileOperationKind.Lock, name);
        return _locks.Add(name) ? new Lock(_locks, name) : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync()
    {
        await PassAsync(FileOperationKind.List, string.Empty);
        return image.Names;
    }

    /// <inheritdoc/>
    public async Task<IFile> CreateAsync(string name, long length)
    {
        await PassAsync(FileOperationKind.Create, name, length);
        return new OpenFile(this, name, image.Create(name, length));
    }

    /// <inheritdoc/>
    public async Task<IFile> OpenAsync(string name, FileAccess access)
    {
        await PassAsync(FileOperationKind.Open, name);
        return new OpenFile(this, name, image.Open(name));
    }

    /// <inheritdoc/>
    public async Task RenameAsync(string from, string to)
    {
        await PassAsync(FileOperationKind.Rename, to);
        image.Rename(from, to);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name)
    {
        await PassAsync(FileOperationKind.Delete, name);
        image.Delete(name);
    }

    /// <inheritdoc/>
    public async Task FlushNamesAsync()
    {
        await PassAsync(FileOperationKind.FlushNames, string.Empty);
        image.FlushNames();
    }

    // Fails, unless the operation can fail in part.
    private async Task PassAsync(FileOperationKind kind, string file, long bytes = 0)
    {
        if (await GateAsync(new FileOperation(kind, file, bytes)) is { } fault)
        {
            throw fault.IsFull ? new IOException($"{name}: there is no room for {file}.") : Failed(kind, file);
        }
    }

    private async Task<FileFault?> GateAsync(FileOperation operation) =>
        Gate is null || StoredBytes.AreObserved ? null : await Gate(operation);

    private void Reserve(string file, long bytes) => image.Reserve(file, bytes);

    private IOException Failed(FileOperationKind kind, string file) => new($"{name}: {kind} {file} failed.");

    private sealed class Lock(HashSet<string> locks, string name) : IDisposable
    {
        public void Dispose() => locks.Remove(name);
    }

    private sealed class OpenFile(SimulatedFiles files, string name, DiskFile file) : IFile
    {
        public long Length => file.Length;

        public async Task ReadAsync(long offset, Memory<byte> buffer)
        {
            var fault = await files.GateAsync(new FileOperation(FileOperationKind.Read, name, buffer.Length));
            if (fault is not null && !fault.FlipsBit)
            {
                throw files.Failed(FileOperationKind.Read, name);
            }

            if (offset + buffer.Length > file.Length)
            {
                throw new EndOfStreamException($"{name} ends at {file.Length}.");
            }

            file.Content.Slice((int)offset, buffer.Length).CopyTo(buffer.Span);
            Flip(buffer.Span, fault);
        }

        // An entry that is read back: the node waits for it, so no other operation comes before.
        public void Read(long offset, Span<byte> buffer)
        {
            var fault = StoredBytes.AreObserved
                ? null
                : files.ReadGate?.Invoke(new FileOperation(FileOperationKind.Read, name, buffer.Length));
            if (offset + buffer.Length > file.Length)
            {
                throw new EndOfStreamException($"{name} ends at {file.Length}.");
            }

            file.Content.Slice((int)offset, buffer.Length).CopyTo(buffer);

            // Mostly where something was written: a group of few entries leaves most of its last sector empty.
            var used = buffer.LastIndexOfAnyExcept((byte)0) + 1;
            Flip(fault is null || used == 0 || fault.Choose(4) == 0 ? buffer : buffer[..used], fault);
        }

        private static void Flip(Span<byte> buffer, FileFault? fault)
        {
            if (fault is not null && buffer.Length > 0)
            {
                var bit = fault.Choose(buffer.Length * 8);
                buffer[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        public async Task WriteAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            var fault = await files.GateAsync(new FileOperation(FileOperationKind.Write, name, bytes.Length));
            if (fault is null)
            {
                files.Reserve(name, offset + bytes.Length - file.Length);
                file.Write(offset, bytes.Span);
                return;
            }

            // A part of the sectors was written before it failed.
            for (var at = 0; at < bytes.Length; at += DiskImage.SectorBytes)
            {
                if (fault.Choose(2) == 1)
                {
                    file.Write(offset + at, bytes.Span[at..Math.Min(bytes.Length, at + DiskImage.SectorBytes)]);
                }
            }

            throw files.Failed(FileOperationKind.Write, name);
        }

        // Writes zeros, as the file system of a machine does: they take time, can fail, and must replace nothing.
        public async Task PrepareAsync(long offset, int length)
        {
            if (file.Content.Slice((int)offset, length).ContainsAnyExcept((byte)0))
            {
                throw new InvalidOperationException($"{name} is to be prepared from byte {offset} on, but holds data there.");
            }

            await WriteAsync(offset, new byte[length]);
        }

        public async Task FlushAsync()
        {
            if (await files.GateAsync(new FileOperation(FileOperationKind.Flush, name, 0)) is { } fault)
            {
                file.FailFlush(fault.Choose);
                throw files.Failed(FileOperationKind.Flush, name);
            }

            file.Flush();
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>An operation on the files of a directory.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="File">The name of the file; empty if it is about the directory.</param>
/// <param name="Bytes">How many bytes it reads, writes or reserves.</param>
internal readonly record struct FileOperation(FileOperationKind Kind, string File, long Bytes);

/// <summary>The kinds of operations of <see cref="IFileSystem"/> and <see cref="IFile"/>.</summary>
internal enum FileOperationKind
{
    Lock,
    List,
    Create,
    Open,
    Rename,
    Delete,
    FlushNames,
    Read,
    Write,
    Flush,
}

/// <summary>A fault of an operation.</summary>
/// <param name="Choose">Chooses one of so many outcomes: a number from 0 on.</param>
/// <param name="FlipsBit">Whether a read returns one wrong bit, rather than failing.</param>
/// <param name="IsFull">Whether the disk has no room.</param>
internal sealed record FileFault(Func<int, int> Choose, bool FlipsBit = false, bool IsFull = false);
