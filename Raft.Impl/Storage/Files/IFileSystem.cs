namespace Raft.Impl.Storage.Files;

/// <summary>
/// The files of one directory: the only way by which <see cref="FileStorage"/> touches a disk. <see cref="DirectoryFiles"/> is a directory
/// of the operating system. A simulation supplies its own, and controls each task.
/// </summary>
/// <remarks>
/// Each operation fails with an <see cref="IOException"/> if the disk does. A new, renamed or deleted file is durable only after <see
/// cref="FlushNamesAsync"/>: until then a crash of the machine may undo each of these operations, independently of the others.
/// </remarks>
public interface IFileSystem
{
    /// <summary>The directory's path, for messages.</summary>
    string Location { get; }

    /// <summary>
    /// Takes the lock of a name, so that no other process and no other instance can take it. Makes the directory if it does not exist.
    /// </summary>
    /// <returns>Releases the lock when it is disposed of; null if the lock is taken.</returns>
    Task<IDisposable?> TryLockAsync(string name);

    /// <summary>The names of all files, in no particular order.</summary>
    Task<IReadOnlyList<string>> ListAsync();

    /// <summary>
    /// Makes a file of zeros, and reserves its space, so that a later write in it does not fail because the disk is full.
    /// </summary>
    /// <param name="name">The name, which no file has yet.</param>
    /// <param name="length">The length in bytes.</param>
    /// <exception cref="IOException">There is a file of this name, or no room.</exception>
    Task<IFile> CreateAsync(string name, long length);

    /// <summary>Opens a file.</summary>
    /// <param name="name">The name.</param>
    /// <param name="access">Whether it will be read, written or both.</param>
    /// <exception cref="FileNotFoundException">There is no file of this name.</exception>
    Task<IFile> OpenAsync(string name, FileAccess access);

    /// <summary>Renames a file, in one step. It replaces a file that has the new name.</summary>
    Task RenameAsync(string from, string to);

    /// <summary>Deletes a file.</summary>
    Task DeleteAsync(string name);

    /// <summary>Makes the names durable: all files that were made, renamed and deleted so far.</summary>
    Task FlushNamesAsync();
}
