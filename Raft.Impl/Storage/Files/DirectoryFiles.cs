using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// A directory of the operating system. docs/reference/storage-format.md states for each platform what a flush does.
/// </summary>
/// <remarks>If the operating system denies access, an operation fails with an <see cref="UnauthorizedAccessException"/>.</remarks>
/// <param name="path">The path of the directory. The first lock makes it, if it does not exist.</param>
/// <exception cref="ArgumentNullException">The path is null.</exception>
/// <exception cref="ArgumentException">The path is empty, or holds a null character.</exception>
public sealed class DirectoryFiles(string path) : IFileSystem
{
    // What an exception says if another handle holds the lock.
    private const int _wouldBlockOnLinux = 11;
    private const int _wouldBlockOnMacOS = 35;
    private const int _sharingViolation = unchecked((int)0x80070020);
    private static readonly byte[] _zeros = new byte[1 << 16];

    /// <inheritdoc/>
    public string Location { get; } = Path.GetFullPath(path);

    /// <summary>Whether the file of a lock could not be opened because another handle holds it.</summary>
    /// <exception cref="ArgumentNullException">The exception is null.</exception>
    public static bool IsLockHeld(IOException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception.HResult is _wouldBlockOnLinux or _wouldBlockOnMacOS or _sharingViolation;
    }

    /// <inheritdoc/>
    public Task<IDisposable?> TryLockAsync(string name) => OffThread<IDisposable?>(() =>
    {
        MakeDirectory();
        try
        {
            // On Linux and macOS this is flock: advisory, and bound to this handle, so a second one in the same process is refused too.
            return File.OpenHandle(Of(name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (IsLockHeld(exception))
        {
            return null;
        }
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync() => OffThread<IReadOnlyList<string>>(() =>
        [.. Directory.EnumerateFiles(Location).Select(file => Path.GetFileName(file))]);

    /// <inheritdoc/>
    public Task<IFile> CreateAsync(string name, long length) => OffThread<IFile>(() =>
    {
        var handle = File.OpenHandle(
            Of(name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous, length);
        try
        {
            RandomAccess.SetLength(handle, length);
            return new OpenFile(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    });

    /// <inheritdoc/>
    public Task<IFile> OpenAsync(string name, FileAccess access) => OffThread<IFile>(() => new OpenFile(File.OpenHandle(
        Of(name), FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous)));

    /// <inheritdoc/>
    public Task RenameAsync(string from, string to) => OffThread(() => File.Move(Of(from), Of(to), overwrite: true));

    /// <inheritdoc/>
    public Task DeleteAsync(string name) => OffThread(() => File.Delete(Of(name)));

    /// <inheritdoc/>
    public Task FlushNamesAsync() => OffThread(() => FlushNames(Location));

    private string Of(string name) => Path.Combine(Location, name);

    private void MakeDirectory()
    {
        // Each directory is a name in the one above it. One that exists may have been made by something that did not flush its name, such
        // as an installer, or a process that ended before it could.
        var (folders, made) = (new Stack<string>(), new HashSet<string>());
        for (var folder = Location; Path.GetDirectoryName(folder) is { } above; folder = above)
        {
            folders.Push(above);
            if (!Directory.Exists(folder))
            {
                made.Add(above);
            }
        }

        Directory.CreateDirectory(Location);
        foreach (var folder in folders)
        {
            // Those far above may not be readable, or lie on a file system that flushes no directories.
            if (ProblemOfFlushing(folder) is { } problem && made.Contains(folder))
            {
                throw new IOException(problem);
            }
        }
    }

    private static void FlushNames(string folder)
    {
        if (ProblemOfFlushing(folder) is { } problem)
        {
            throw new IOException(problem);
        }
    }

    // .NET opens no directory, so this calls the C library. Windows cannot flush a directory: NTFS journals names in order by itself.
    private static string? ProblemOfFlushing(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        const int readOnly = 0;
        var descriptor = PosixOpen(folder, readOnly);
        if (descriptor < 0)
        {
            return $"The directory {folder} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.";
        }

        try
        {
            return PosixFlush(descriptor) == 0
                ? null
                : $"The directory {folder} cannot be flushed: {Marshal.GetLastPInvokeErrorMessage()}.";
        }
        finally
        {
            _ = PosixClose(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PosixOpen([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PosixFlush(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PosixClose(int descriptor);

    // The operating system offers these calls only in a form that blocks. They must not block the caller, which is the loop of a node.
    // The simulation does not come here: it has files of its own.
#pragma warning disable RS0030
    private static Task OffThread(Action action) => Task.Run(action);

    private static Task<T> OffThread<T>(Func<T> action) => Task.Run(action);

    private static Task OffThread(Action<object?> action, object state) => Task.Factory.StartNew(
        action, state, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
#pragma warning restore RS0030

    private sealed class OpenFile(SafeFileHandle handle) : IFile
    {
        private WriteWithFlush? _spare;

        public long Length => RandomAccess.GetLength(handle);

        public async Task ReadAsync(long offset, Memory<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                var count = await RandomAccess.ReadAsync(handle, buffer, offset);
                if (count == 0)
                {
                    throw new EndOfStreamException($"The file ends at {offset}, with {buffer.Length} bytes still to read.");
                }

                buffer = buffer[count..];
                offset += count;
            }
        }

        public void Read(long offset, Span<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                var count = RandomAccess.Read(handle, buffer, offset);
                if (count == 0)
                {
                    throw new EndOfStreamException($"The file ends at {offset}, with {buffer.Length} bytes still to read.");
                }

                buffer = buffer[count..];
                offset += count;
            }
        }

        public async Task WriteAsync(long offset, ReadOnlyMemory<byte> bytes) => await RandomAccess.WriteAsync(handle, bytes, offset);

        // fsync on Linux, F_FULLFSYNC on macOS, FlushFileBuffers on Windows.
        public Task FlushAsync() => OffThread(() => RandomAccess.FlushToDisk(handle));

        // One piece of work for a thread instead of two. Mostly one write follows the other, and uses the same object.
        public Task WriteAndFlushAsync(long offset, ReadOnlyMemory<byte> bytes) =>
            (Interlocked.Exchange(ref _spare, null) ?? new WriteWithFlush(this, handle)).Start(offset, bytes);

        // The room of a new file is only reserved. The first write to a page of it takes longer to flush: the file system must note that
        // the page holds data now.
        public Task PrepareAsync(long offset, int length) => OffThread(() =>
        {
            for (var done = 0; done < length; done += _zeros.Length)
            {
                RandomAccess.Write(handle, _zeros.AsSpan(0, Math.Min(_zeros.Length, length - done)), offset + done);
            }
        });

        public void Dispose() => handle.Dispose();

        private sealed class WriteWithFlush(OpenFile file, SafeFileHandle handle)
        {
            private long _offset;
            private ReadOnlyMemory<byte> _bytes;

            public Task Start(long offset, ReadOnlyMemory<byte> bytes)
            {
                (_offset, _bytes) = (offset, bytes);
                return OffThread(static write => ((WriteWithFlush)write!).Run(), this);
            }

            private void Run()
            {
                try
                {
                    RandomAccess.Write(handle, _bytes.Span, _offset);
                    RandomAccess.FlushToDisk(handle);
                }
                finally
                {
                    _bytes = default;
                    file._spare = this;
                }
            }
        }
    }
}
