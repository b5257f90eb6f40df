namespace DeterministicSimulation;

/// <summary>
/// The files of a directory on a disk under power loss. What was written is durable only once it was flushed. Until then a crash keeps any
/// subset of the written sectors, and any subset of the new, renamed and deleted names. Not thread-safe.
/// </summary>
/// <param name="capacity">The bytes that all files may have together.</param>
public sealed class DiskImage(long capacity = long.MaxValue)
{
    /// <summary>The length of a sector in bytes: a crash loses all of it or nothing.</summary>
    public const int SectorBytes = 512;

    // The names as a program sees them, and as they are on the disk.
    private SortedDictionary<string, DiskFile> _names = new(StringComparer.Ordinal);
    private SortedDictionary<string, DiskFile> _durable = new(StringComparer.Ordinal);
    private List<NameChange> _changes = [];

    /// <summary>The bytes that all files may have together.</summary>
    public long Capacity { get; set; } = capacity;

    /// <summary>The names of all files, in order.</summary>
    public IReadOnlyList<string> Names => [.. _names.Keys];

    /// <summary>Makes a file of zeros.</summary>
    /// <exception cref="IOException">There is one of this name, or no room for it.</exception>
    public DiskFile Create(string name, long length)
    {
        if (_names.ContainsKey(name))
        {
            throw new IOException($"There is a file {name} already.");
        }

        Reserve(name, length);
        var created = new DiskFile(length);
        _names.Add(name, created);
        _changes.Add(new NameChange(null, name, created));
        return created;
    }

    /// <summary>Checks that there is room for more bytes of a file.</summary>
    /// <exception cref="IOException">There is not.</exception>
    public void Reserve(string name, long bytes)
    {
        if (bytes > 0 && _names.Values.Sum(file => file.Length) + bytes > Capacity)
        {
            throw new IOException($"There is no room for {name} on the disk: it needs {bytes} bytes.");
        }
    }

    /// <summary>The file of a name.</summary>
    /// <exception cref="FileNotFoundException">No file has this name.</exception>
    public DiskFile Open(string name) =>
        _names.TryGetValue(name, out var file) ? file : throw new FileNotFoundException($"There is no {name}.");

    /// <summary>Renames a file, which replaces the one of the new name.</summary>
    /// <exception cref="FileNotFoundException">No file has this name.</exception>
    public void Rename(string from, string to)
    {
        var file = Open(from);
        _names.Remove(from);
        _names[to] = file;
        _changes.Add(new NameChange(from, to, file));
    }

    /// <summary>Deletes a file.</summary>
    /// <exception cref="FileNotFoundException">No file has this name.</exception>
    public void Delete(string name)
    {
        var file = Open(name);
        _names.Remove(name);
        _changes.Add(new NameChange(name, null, file));
    }

    /// <summary>Makes all names durable.</summary>
    public void FlushNames()
    {
        _durable = new SortedDictionary<string, DiskFile>(_names, StringComparer.Ordinal);
        _changes.Clear();
    }

    /// <summary>Puts a file onto the disk itself, in place of one that has its name. It is durable.</summary>
    public void Put(string name, ReadOnlySpan<byte> content)
    {
        var file = new DiskFile(content.Length);
        file.Write(0, content);
        file.Flush();
        _names[name] = _durable[name] = file;
    }

    /// <summary>Loses power. Each change that is not durable is kept or lost.</summary>
    /// <param name="choose">Chooses one of so many outcomes: a number from 0 on, and 0 loses the change.</param>
    public void Crash(Func<int, int> choose)
    {
        ArgumentNullException.ThrowIfNull(choose);
        foreach (var (from, to, file) in _changes)
        {
            if (choose(2) == 0)
            {
                continue;
            }

            if (from is not null && _durable.TryGetValue(from, out var named) && named == file)
            {
                _durable.Remove(from);
            }

            if (to is not null)
            {
                _durable[to] = file;
            }
        }

        _changes.Clear();
        foreach (var file in _durable.Values.Distinct())
        {
            file.Crash(choose);
        }

        _names = new SortedDictionary<string, DiskFile>(_durable, StringComparer.Ordinal);
    }

    /// <summary>A copy that shares nothing that can change.</summary>
    public DiskImage Clone()
    {
        var copies = new Dictionary<DiskFile, DiskFile>();
        DiskFile CopyOf(DiskFile file) => copies.TryGetValue(file, out var copy) ? copy : copies[file] = file.Clone();
        SortedDictionary<string, DiskFile> Copy(SortedDictionary<string, DiskFile> names)
        {
            var copy = new SortedDictionary<string, DiskFile>(StringComparer.Ordinal);
            foreach (var (name, file) in names)
            {
                copy.Add(name, CopyOf(file));
            }

            return copy;
        }

        return new DiskImage(Capacity)
        {
            _names = Copy(_names),
            _durable = Copy(_durable),
            _changes = [.. _changes.Select(change => change with { File = CopyOf(change.File) })],
        };
    }

    // A name that a file lost (null: it is new), and one that it got (null: it was deleted).
    private readonly record struct NameChange(string? From, string? To, DiskFile File);
}
