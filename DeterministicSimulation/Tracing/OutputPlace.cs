using System.Runtime.InteropServices;

namespace DeterministicSimulation;

/// <summary>The target of a file name, through all symbolic links.</summary>
/// <param name="Path">The full path at the end of the links.</param>
/// <param name="IsStream">Whether to write into it rather than replace it: a device, a named pipe, an open file of the process.</param>
internal sealed record OutputPlace(string Path, bool IsStream)
{
    // The largest number of links that the kernel follows.
    private const int _mostLinks = 40;

    /// <summary>Resolves a name. The file need not exist.</summary>
    /// <exception cref="IOException">The links form a cycle.</exception>
    public static OutputPlace Of(string file)
    {
        var path = System.IO.Path.GetFullPath(file);
        for (var links = 0; links <= _mostLinks; links++)
        {
            // These paths name open files or devices, even if they are links.
            if (IsUnder("/proc/", path) || (IsUnder("/dev/", path) && !IsUnder("/dev/shm/", path)))
            {
                return new OutputPlace(path, File.Exists(path));
            }

            if (new FileInfo(path).LinkTarget is not { } target)
            {
                return new OutputPlace(path, FileKind.IsSpecial(path));
            }

            path = System.IO.Path.GetFullPath(target, System.IO.Path.GetDirectoryName(path)!);
        }

        throw new IOException($"'{file}' leads through too many symbolic links.");
    }

    /// <summary>Opens the stream.</summary>
    public Stream OpenStream() => Path switch
    {
        "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1" => Console.OpenStandardOutput(),
        "/dev/stderr" or "/dev/fd/2" or "/proc/self/fd/2" => Console.OpenStandardError(),
        _ => new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0),
    };

    private static bool IsUnder(string directory, string path) =>
        !OperatingSystem.IsWindows() && path.StartsWith(directory, StringComparison.Ordinal);

    /// <summary>The kernel's type of a file. The runtime distinguishes only directories and links.</summary>
    private static class FileKind
    {
        // statx(2): the layout of its answer is the same on every architecture.
        private const int _currentDirectory = -100;
        private const uint _type = 1;
        private const int _modeOffset = 28;
        private const int _answerBytes = 256;
        private const int _kindMask = 0xF000;
        private const int _regular = 0x8000;
        private const int _directory = 0x4000;

        /// <summary>Whether it exists and is neither a file nor a directory.</summary>
        public static bool IsSpecial(string path)
        {
            if (!OperatingSystem.IsLinux())
            {
                return false;
            }

            var answer = new byte[_answerBytes];
            try
            {
                return Statx(_currentDirectory, path, 0, _type, answer) == 0
                    && (BitConverter.ToUInt16(answer, _modeOffset) & _kindMask) is not (_regular or _directory);
            }
            catch (EntryPointNotFoundException)
            {
                return false;
            }
        }

        [DllImport("libc", EntryPoint = "statx")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Statx(
            int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] answer);
    }
}
