using Raft.Impl.Storage.Files;

namespace Raft.Tests.Storage.Files;

/// <summary>Passes each operation on to other files. A test overrides those that it counts, holds or changes.</summary>
/// <param name="files">The other files.</param>
internal abstract class PassingFiles(IFileSystem files) : IFileSystem
{
    public string Location => files.Location;

    public Task<IDisposable?> TryLockAsync(string name) => files.TryLockAsync(name);

    public Task<IReadOnlyList<string>> ListAsync() => files.ListAsync();

    public async Task<IFile> CreateAsync(string name, long length) => Created(name, await files.CreateAsync(name, length));

    public async Task<IFile> OpenAsync(string name, FileAccess access) => Opened(await files.OpenAsync(name, access));

    public Task RenameAsync(string from, string to) => files.RenameAsync(from, to);

    public Task DeleteAsync(string name) => files.DeleteAsync(name);

    public Task FlushNamesAsync() => files.FlushNamesAsync();

    /// <summary>What the storage gets in place of a file that it has made.</summary>
    protected virtual IFile Created(string name, IFile file) => Opened(file);

    /// <summary>What the storage gets in place of a file that it has opened.</summary>
    protected virtual IFile Opened(IFile file) => file;

    /// <summary>Passes each operation on to another file; a write with a flush as one of each, through this object.</summary>
    /// <param name="file">The other file.</param>
    internal abstract class PassingFile(IFile file) : IFile
    {
        public long Length => file.Length;

        /// <summary>The other file.</summary>
        protected IFile Inner => file;

        public virtual Task ReadAsync(long offset, Memory<byte> buffer) => file.ReadAsync(offset, buffer);

        public void Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public virtual Task WriteAsync(long offset, ReadOnlyMemory<byte> bytes) => file.WriteAsync(offset, bytes);

        public virtual Task FlushAsync() => file.FlushAsync();

        public virtual async Task WriteAndFlushAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            await WriteAsync(offset, bytes);
            await FlushAsync();
        }

        public virtual Task PrepareAsync(long offset, int length) => file.PrepareAsync(offset, length);

        public void Dispose() => file.Dispose();
    }
}
