using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;

namespace Raft.Tests.Storage.Files;

/// <summary>Files of which operations fail, and whose flushes wait, when the test says so. Thread-safe.</summary>
/// <param name="files">The files.</param>
internal sealed class GatedFiles(IFileSystem files) : IFileSystem
{
    private volatile TaskCompletionSource? _held;

    public string Location => files.Location;

    /// <summary>Whether an operation fails before it takes place; also a read that completes before it returns.</summary>
    public Func<FileOperation, bool> Fails { get; set; } = static _ => false;

    /// <summary>Lets no file be flushed until the result is disposed of.</summary>
    public IDisposable Hold()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _held = held;
        return new Release(() =>
        {
            _held = null;
            held.TrySetResult();
        });
    }

    public Task<IDisposable?> TryLockAsync(string name) =>
        PassAsync(FileOperationKind.Lock, name, () => files.TryLockAsync(name));

    public Task<IReadOnlyList<string>> ListAsync() => PassAsync(FileOperationKind.List, string.Empty, files.ListAsync);

    public async Task<IFile> CreateAsync(string name, long length) =>
        new GatedFile(this, name, await PassAsync(FileOperationKind.Create, name, () => files.CreateAsync(name, length)));

    public async Task<IFile> OpenAsync(string name, FileAccess access) =>
        new GatedFile(this, name, await PassAsync(FileOperationKind.Open, name, () => files.OpenAsync(name, access)));

    public Task RenameAsync(string from, string to)
    {
        Check(FileOperationKind.Rename, to);
        return files.RenameAsync(from, to);
    }

    public Task DeleteAsync(string name)
    {
        Check(FileOperationKind.Delete, name);
        return files.DeleteAsync(name);
    }

    public Task FlushNamesAsync()
    {
        Check(FileOperationKind.FlushNames, string.Empty);
        return files.FlushNamesAsync();
    }

    private Task<T> PassAsync<T>(FileOperationKind kind, string file, Func<Task<T>> pass)
    {
        Check(kind, file);
        return pass();
    }

    private void Check(FileOperationKind kind, string file, long bytes = 0)
    {
        if (Fails(new FileOperation(kind, file, bytes)))
        {
            throw new IOException($"{Location}: {kind} {file} failed.");
        }
    }

    private sealed class GatedFile(GatedFiles gate, string name, IFile file) : IFile
    {
        public long Length => file.Length;

        public Task ReadAsync(long offset, Memory<byte> buffer)
        {
            gate.Check(FileOperationKind.Read, name, buffer.Length);
            return file.ReadAsync(offset, buffer);
        }

        public void Read(long offset, Span<byte> buffer)
        {
            gate.Check(FileOperationKind.Read, name, buffer.Length);
            file.Read(offset, buffer);
        }

        public Task WriteAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            gate.Check(FileOperationKind.Write, name, bytes.Length);
            return file.WriteAsync(offset, bytes);
        }

        public async Task FlushAsync()
        {
            if (gate._held is { } held)
            {
                await held.Task;
            }

            gate.Check(FileOperationKind.Flush, name);
            await file.FlushAsync();
        }

        public Task PrepareAsync(long offset, int length) => file.PrepareAsync(offset, length);

        public void Dispose() => file.Dispose();
    }

    private sealed class Release(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
