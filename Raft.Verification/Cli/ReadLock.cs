using Microsoft.Win32.SafeHandles;
using Raft.Impl.Storage.Files;

namespace Raft.Verification.Cli;

/// <summary>
/// Keeps nodes from a directory while its files are read. It takes the lock of the node, but makes no file: one of another account would
/// keep the server from its own lock.
/// </summary>
internal sealed class ReadLock : IDisposable
{
    private readonly string _directory;
    private readonly SafeFileHandle? _handle;
    private readonly string? _problem;

    private ReadLock(string directory, SafeFileHandle? handle, string? problem) =>
        (_directory, _handle, _problem) = (directory, handle, problem);

    /// <summary>Says, as a sentence, why a node may use the directory now. Null: no node does.</summary>
    public string? Doubt
    {
        get
        {
            // A node makes the file before it touches any other.
            var reason = _handle is not null ? null
                : _problem ?? (File.Exists(LockOf(_directory)) ? "a server has made its lock meanwhile." : null);
            return reason is null ? null : $"Cannot tell whether a server uses {_directory}: {reason}";
        }
    }

    /// <summary>Takes the lock of a directory, if there is one that can be opened.</summary>
    /// <exception cref="IOException">A node uses the directory.</exception>
    public static ReadLock Take(string directory)
    {
        var problem = string.Empty;

        // Linux and macOS lock a handle that only reads too. A file system on a network may not, so that is the second choice.
        foreach (var access in (FileAccess[])[FileAccess.ReadWrite, FileAccess.Read])
        {
            try
            {
                return new ReadLock(directory, File.OpenHandle(LockOf(directory), FileMode.Open, access, FileShare.None), null);
            }
            catch (FileNotFoundException)
            {
                return new ReadLock(directory, null, null);
            }
            catch (IOException exception) when (DirectoryFiles.IsLockHeld(exception))
            {
                throw new IOException($"a node uses {directory}; stop it first", exception);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                problem = exception.Message;
            }
        }

        return new ReadLock(directory, null, problem);
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _handle?.Dispose();

    private static string LockOf(string directory) => Path.Combine(directory, FileStorage.LockName);
}
