namespace Raft.Verification.Cli;

/// <summary>Writes commands that a reader can copy into the shell that this program was started from.</summary>
internal static class Invocation
{
    private const string _project = "Raft.Verification";

    // What no shell gives a meaning to.
    private const string _plain = "/\\.:_-+=@%,";

    /// <summary>How this program is started from the current directory.</summary>
    public static string Program { get; } = Find(Environment.ProcessPath, AppContext.BaseDirectory, Environment.CurrentDirectory);

    /// <summary>The command line with these arguments.</summary>
    public static string Of(params string[] arguments) => $"{Program} {string.Join(' ', arguments.Select(Quoted))}";

    /// <summary>How a program is started.</summary>
    /// <param name="process">The file of the running process.</param>
    /// <param name="directory">Where the program's assemblies are.</param>
    /// <param name="current">The current directory.</param>
    internal static string Find(string? process, string directory, string current)
    {
        if (Path.GetFileNameWithoutExtension(process) == "raft-verify")
        {
            return "raft-verify";
        }

        // From the root of a clone, the way that the documentation tells.
        var project = Path.Combine(current, _project);
        var isInProject = directory.StartsWith(project + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return isInProject && File.Exists(Path.Combine(project, $"{_project}.csproj"))
            ? $"dotnet run -c Release --project {_project} --"
            : $"dotnet {Quoted(Path.Combine(directory, $"{_project}.dll"))}";
    }

    private static string Quoted(string argument) =>
        argument.Length > 0
        && argument.All(letter => char.IsAsciiLetterOrDigit(letter) || _plain.Contains(letter, StringComparison.Ordinal))
            ? argument
            : $"\"{argument.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
