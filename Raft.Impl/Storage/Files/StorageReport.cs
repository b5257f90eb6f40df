using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>What the files of a server hold, and what a crash left in them.</summary>
/// <param name="ClusterId">The cluster; null if there are no files yet.</param>
/// <param name="ServerId">The server; null if there are no files yet.</param>
/// <param name="Term">The stored term.</param>
/// <param name="VotedFor">The stored vote; null: none.</param>
/// <param name="SnapshotIndex">The last index of the stored snapshot; zero: no snapshot is stored.</param>
/// <param name="SnapshotTerm">Its last term.</param>
/// <param name="LastIndex">The index of the last entry; that of the snapshot if none follows it.</param>
/// <param name="Files">The files of the storage: segments and snapshots, in order.</param>
/// <param name="Remains">What crashes left behind. It is not damage: it was never acknowledged, or is not needed any more.</param>
public sealed record StorageReport(
    Guid? ClusterId,
    ServerId? ServerId,
    Term Term,
    ServerId? VotedFor,
    LogIndex SnapshotIndex,
    Term SnapshotTerm,
    LogIndex LastIndex,
    IReadOnlyList<StoredFile> Files,
    IReadOnlyList<StorageRemains> Remains)
{
    /// <summary>
    /// Reads and checks all files, and changes nothing. No node may use them meanwhile: take the lock first (<see
    /// cref="FileStorage.LockName"/>).
    /// </summary>
    /// <param name="files">The directory.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ArgumentNullException">The directory is null.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    /// <exception cref="StorageRefusedException">They are damaged, or were given up.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public static async Task<StorageReport> ReadAsync(IFileSystem files, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        await LostFiles.RefuseAsync(files);
        var stored = await StoredLog.ReadAsync(files, null, cancellationToken);
        stored.SnapshotFile?.Dispose();
        return stored.Report;
    }
}

/// <summary>A file of a storage.</summary>
/// <param name="Name">Its name in the directory.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Used">How much of it holds data, in bytes.</param>
/// <param name="Content">What it holds, in words.</param>
public sealed record StoredFile(string Name, long Length, long Used, string Content);

/// <summary>What a crash left behind.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="File">The name of the file.</param>
/// <param name="Offset">Where in the file, in bytes; null if it is the whole file.</param>
/// <param name="Explanation">What it is and why it is not damage, as a sentence.</param>
public sealed record StorageRemains(StorageRemainsKind Kind, string File, long? Offset, string Explanation);

/// <summary>What a crash can leave behind.</summary>
public enum StorageRemainsKind
{
    /// <summary>The last write of the log, which was not completed. It was never acknowledged, and is ignored.</summary>
    UnfinishedWrite,

    /// <summary>An unfinished write that an earlier opening ignored already.</summary>
    EarlierUnfinishedWrite,

    /// <summary>A file that was not completed. It is deleted when the storage is opened.</summary>
    UnfinishedFile,

    /// <summary>A snapshot that is not the last one. It is deleted when the storage is opened.</summary>
    UnusedSnapshot,
}
