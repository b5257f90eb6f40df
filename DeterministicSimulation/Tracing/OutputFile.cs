using System.Text;

namespace DeterministicSimulation;

/// <summary>
/// The one way in which results are written to files: a file is replaced whole or not at all; what is not a file (a device, a named pipe)
/// is written into.
/// </summary>
/// <remarks>
/// A file is written under a unique name beside the old one, which it then replaces. A symbolic link stays, and its target is replaced.
/// The permissions of the old file are kept.
/// </remarks>
public static class OutputFile
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes a text, as UTF-8.</summary>
    /// <exception cref="IOException">It cannot be written; the file is as it was.</exception>
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

    /// <summary>Finds out, without a trace, whether a file can be written.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot.</exception>
    public static void Probe(string file)
    {
        var place = OutputPlace.Of(file);
        if (!place.IsStream)
        {
            ProbeBeside(place.Path);
        }
    }

    /// <summary>Finds out, without a trace, whether files can be written in a directory.</summary>
    /// <exception cref="IOException">They cannot.</exception>
    /// <exception cref="UnauthorizedAccessException">They cannot.</exception>
    public static void ProbeDirectory(string directory) => ProbeBeside(Path.Combine(directory, "probe"));

    private static void ProbeBeside(string file)
    {
        using var probe = new FileStream(
            Beside(file), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
    }

    // Unique, so that no file of the user's is touched; short, so that it fits wherever the other name fits.
    private static string Beside(string file) => Path.Combine(Path.GetDirectoryName(file)!, $".{Path.GetRandomFileName()}.tmp");
}
