using Raft.Impl.Core;

namespace Raft.Impl.Storage.Files;

/// <summary>
/// The files of a server that has lost entries or votes. A marker keeps them from being opened, until new files are made with which the
/// server may return.
/// </summary>
internal static class LostFiles
{
    /// <summary>Refuses a directory that was given up.</summary>
    /// <exception cref="StorageRefusedException">It was.</exception>
    public static async Task RefuseAsync(IFileSystem files)
    {
        if ((await files.ListAsync()).Contains(FileStorage.LostName))
        {
            throw new StorageRefusedException(
                Path.Combine(files.Location, FileStorage.LostName),
                null,
                "These files were given up: the server has lost entries or votes.",
                "Keep this server stopped, and let it return as docs/guides/operating.md describes.");
        }
    }

    /// <summary>Marks a directory. A marker that is damaged is replaced.</summary>
    /// <exception cref="StorageRefusedException">The files name another server or another cluster.</exception>
    public static async Task GiveUpAsync(IFileSystem files, FileStorageOptions options)
    {
        using var held = await FileStorage.LockAsync(files);
        var names = await files.ListAsync();
        await RefuseOthersAsync(files, names, options);
        if (names.Contains(FileStorage.LostName))
        {
            FileHeader.Read(await ReadFirstAsync(files, FileStorage.LostName), FileKind.Lost, out var problem, out var remedy);
            if (problem is null || remedy is not null)
            {
                return;
            }
        }

        // A file has its name only once all of it is durable.
        const string unfinished = FileStorage.LostName + StoredLog.Unfinished;
        if (names.Contains(unfinished))
        {
            await files.DeleteAsync(unfinished);
        }

        var highest = 0L;
        foreach (var name in names.Where(name => FileHeader.TryParse(name, FileKind.Segment, out _)))
        {
            highest = Math.Max(highest, HighestTerm(await ReadAsync(files, name)));
        }

        var header = new FileHeader(
            FileKind.Lost, options.ClusterId, options.ServerId, highest, FileHeader.Bytes, Sector.Bytes, DataChecksum: 0);
        using (var file = await files.CreateAsync(unfinished, FileHeader.Bytes))
        {
            await file.WriteAsync(0, header.ToArray());
            await file.FlushAsync();
        }

        await files.RenameAsync(unfinished, FileStorage.LostName);
        await files.FlushNamesAsync();
    }

    /// <summary>Makes new files in a directory that is marked, and removes the marker last.</summary>
    /// <exception cref="StorageRefusedException">The marker is damaged, or the files name another server or another cluster.</exception>
    public static async Task ReturnAsync(IFileSystem files, FileStorageOptions options, Term term, CancellationToken cancellationToken)
    {
        using var held = await FileStorage.LockAsync(files);
        var names = await files.ListAsync();
        if (!names.Contains(FileStorage.LostName))
        {
            throw new InvalidOperationException($"The directory {files.Location} was not given up.");
        }

        await RefuseOthersAsync(files, names, options);
        var header = FileHeader.Read(await ReadFirstAsync(files, FileStorage.LostName), FileKind.Lost, out var problem, out var remedy);
        if (problem is not null)
        {
            throw new StorageRefusedException(
                Path.Combine(files.Location, FileStorage.LostName), 0, problem,
                remedy ?? "Nothing was changed. Give the directory up again, which makes a new marker. Delete no other file: they may hold "
                    + "the highest term of this server.");
        }

        // It may have been a candidate in a term that no other server has heard of: if a group is lost, in the term after the last that is
        // readable, because term and vote are durable before a candidate begins the next election.
        var later = new Term(Math.Max(term.Value, header.Number + 1));
        foreach (var name in names.Where(IsOfStorage))
        {
            await files.DeleteAsync(name);
        }

        await files.FlushNamesAsync();
        var stored = await StoredLog.ReadAsync(files, options, cancellationToken);
        using (var log = await LogFiles.OpenAsync(files, options, stored))
        {
            // The vote of the term is used: the server may have given it before.
            var write = new LogRecord(1, IsState: false, later, options.ServerId, null, KeepsLog: false, null, LastIndex: default);
            var record = write.ToArray();
            await log.PrepareAsync(stored.State, sequence: 0, record.Length);
            await log.AppendAsync(record, LogIndex.Zero, out _);
        }

        await files.DeleteAsync(FileStorage.LostName);
        await files.FlushNamesAsync();
    }

    // A directory of another server is given up, or replaced, only by mistake.
    private static async Task RefuseOthersAsync(IFileSystem files, IReadOnlyList<string> names, FileStorageOptions options)
    {
        foreach (var name in names.Where(name => name == FileStorage.LostName || IsOfStorage(name)).Order(StringComparer.Ordinal))
        {
            if (HeaderOf(await ReadFirstAsync(files, name)) is { } header
                && (header.ClusterId, header.Server) != (options.ClusterId, options.ServerId))
            {
                throw new StorageRefusedException(
                    Path.Combine(files.Location, name), 0,
                    $"It belongs to {header.Server} of cluster {header.ClusterId}, not to {options.ServerId} of cluster "
                    + $"{options.ClusterId}.",
                    "Nothing was changed. Name the directory, the server and the cluster that belong together."
                    + (name == FileStorage.LostName
                        ? " If the marker is wrong, move this file alone away, and give the directory up before any server starts on it."
                        : string.Empty));
            }
        }
    }

    // Whatever the file is: a name may be wrong. Null: it has no header that can be read.
    private static FileHeader? HeaderOf(byte[] first)
    {
        foreach (var kind in Enum.GetValues<FileKind>())
        {
            var header = FileHeader.Read(first, kind, out var problem, out _);
            if (problem is null)
            {
                return header;
            }
        }

        return null;
    }

    private static async Task<byte[]> ReadFirstAsync(IFileSystem files, string name)
    {
        using var file = await files.OpenAsync(name, FileAccess.Read);
        var first = new byte[FileHeader.Bytes];
        if (file.Length >= first.Length)
        {
            await file.ReadAsync(0, first);
        }

        return first;
    }

    private static bool IsOfStorage(string name) =>
        FileHeader.TryParse(name, FileKind.Segment, out _) || FileHeader.TryParse(name, FileKind.Snapshot, out _)
        || name.EndsWith(StoredLog.Unfinished, StringComparison.Ordinal);

    private static async Task<byte[]> ReadAsync(IFileSystem files, string name)
    {
        using var file = await files.OpenAsync(name, FileAccess.Read);
        var bytes = new byte[Math.Min(file.Length, Array.MaxLength)];
        await file.ReadAsync(0, bytes);
        return bytes;
    }

    // The highest term in any group that can be read, whatever is before it.
    private static long HighestTerm(byte[] segment)
    {
        var highest = 0L;
        for (var start = 0; start + Sector.Bytes <= segment.Length; start += Sector.Bytes)
        {
            if (Sector.TryRead(segment.AsSpan(start, Sector.Bytes), out var head) && head.Index == 0)
            {
                highest = Math.Max(highest, TermOf(segment, start, head));
            }
        }

        return highest;
    }

    private static long TermOf(byte[] segment, int start, Sector head)
    {
        var data = new List<byte>();
        for (var i = 0; i < head.Count && start + ((i + 1) * (long)Sector.Bytes) <= segment.Length; i++)
        {
            data.AddRange(segment.AsSpan(start + (i * Sector.Bytes) + Sector.HeadBytes, Sector.DataBytes));
        }

        var term = 0L;
        try
        {
            foreach (var record in LogRecord.ReadAll(data.ToArray()))
            {
                term = Math.Max(term, record.Term.Value);
            }
        }
        catch (InvalidDataException)
        {
            // The rest of the group is damaged.
        }

        return term;
    }
}
