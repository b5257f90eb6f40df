using System.Text;

namespace DeterministicSimulation;

/// <summary>Writes results to files. A file is replaced whole or not at all. A device or named pipe is written into.</summary>
/// <remarks>
/// The text is written to a file with a unique name beside the old file, which it then replaces. A symbolic link stays, and its target is
/// replaced. The permissions of the old file are kept.
/// </remarks>
public static class OutputFile
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes a text as UTF-8.</summary>
    /// <exception cref="IOException">The file cannot be written, and is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Write(string file, string text)
    {
        var bytes = _utf8.GetBytes(text);
        var place = OutputPlace.Of(file);
        if (place.IsStream)
        {
            using var stream = place.OpenStream();
            stream.Write(bytes);
            return;
        }

        var partial = Beside(place.Path);
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(bytes);
            }

            if (!OperatingSystem.IsWindows() && File.Exists(place.Path))
            {
                File.SetUnixFileMode(partial, File.GetUnixFileMode(place.Path));
            }

            File.Move(partial, place.Path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Checks that a file can be written, and leaves nothing behind.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public static void Probe(string file)
    {
        var place = OutputPlace.Of(file);
        if (!place.IsStream)
        {
            ProbeBeside(place.Path);
        }
    }

    /// <summary>Checks that files can be written in a directory, and leaves nothing behind.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">They cannot be written.</exception>
    public static void ProbeDirectory(string directory) => ProbeBeside(Path.Combine(directory, "probe"));

    private static void ProbeBeside(string file)
    {
        using var probe = new FileStream(
            Beside(file), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
    }

    // Unique, so that no file of the user is touched. Short, so that it fits wherever the other name fits.
    private static string Beside(string file) => Path.Combine(Path.GetDirectoryName(file)!, $".{Path.GetRandomFileName()}.tmp");
}
