using DeterministicSimulation;

namespace Raft.Verification.Cli;

/// <summary>Checks before the work begins that its results can be written.</summary>
internal static class Destination
{
    /// <summary>Checks that a file can be written.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void RequireFile(string option, string file)
    {
        RequireName(option, "file", file);
        if (Directory.Exists(file))
        {
            throw new IOException($"{option} takes the name of a file, but '{file}' is a directory");
        }

        Probe(option, file, OutputFile.Probe);
    }

    /// <summary>Checks that files can be written in a directory, which is created if necessary.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static void RequireDirectory(string option, string directory)
    {
        RequireName(option, "directory", directory);
        if (File.Exists(directory))
        {
            throw new IOException($"{option} takes the name of a directory, but '{directory}' is a file");
        }

        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{option}: the directory '{directory}' cannot be made: {exception.Message}", exception);
        }

        Probe(option, directory, OutputFile.ProbeDirectory);
    }

    /// <summary>Checks that an option does not write over what the command reads.</summary>
    /// <param name="option">The option.</param>
    /// <param name="file">Its file.</param>
    /// <param name="what">What the command reads.</param>
    /// <param name="input">The file of that.</param>
    /// <exception cref="IOException">The two files are one.</exception>
    public static void RequireNotInput(string option, string file, string what, string input)
    {
        if (IsSame(file, input))
        {
            throw new IOException($"{option} would overwrite the {what} '{input}'");
        }
    }

    /// <summary>Checks that two options do not write the same file. Null: the option is not given.</summary>
    /// <exception cref="IOException">The two files are one.</exception>
    public static void RequireDistinct(string option, string? file, string other, string? otherFile)
    {
        if (file is not null && otherFile is not null && IsSame(file, otherFile))
        {
            throw new IOException($"{option} and {other} both go to '{file}'");
        }
    }

    // What is no name is refused elsewhere.
    private static bool IsSame(string file, string other) =>
        !string.IsNullOrWhiteSpace(file) && !string.IsNullOrWhiteSpace(other) && Path.GetFullPath(file) == Path.GetFullPath(other);

    private static void RequireName(string option, string kind, string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new IOException($"{option} takes the name of a {kind}, and '{name}' is not one");
        }
    }

    private static void Probe(string option, string what, Action<string> probe)
    {
        try
        {
            probe(what);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{option}: '{what}' cannot be written: {exception.Message}", exception);
        }
    }
}
