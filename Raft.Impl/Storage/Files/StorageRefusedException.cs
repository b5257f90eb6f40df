namespace Raft.Impl.Storage.Files;

/// <summary>
/// The files of a server are refused: they are damaged, or are those of another server, or of another version. Nothing was changed. A crash
/// of the process or of the machine never causes this, as long as the disk keeps what it has confirmed.
/// </summary>
public sealed class StorageRefusedException : IOException
{
    /// <summary>Makes an exception.</summary>
    /// <param name="file">The path of the file, or of the directory.</param>
    /// <param name="offset">Where in the file, in bytes; null if it is about the whole.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    public StorageRefusedException(string file, long? offset, string problem, string remedy)
        : base($"{file}{(offset is { } at ? $", byte {at}" : string.Empty)}: {problem} {remedy}")
    {
        (File, Offset, Problem, Remedy) = (file, offset, problem, remedy);
    }

    /// <summary>The path of the file, or of the directory.</summary>
    public string File { get; }

    /// <summary>Where in the file, in bytes; null if it is about the whole.</summary>
    public long? Offset { get; }

    /// <summary>What is wrong, as a sentence.</summary>
    public string Problem { get; }

    /// <summary>What to do, as a sentence.</summary>
    public string Remedy { get; }
}
