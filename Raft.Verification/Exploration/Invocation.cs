namespace Raft.Verification.Exploration;

/// <summary>Formats commands that can be copied into the shell that started this program.</summary>
internal static class Invocation
{
    private const string _project = "Raft.Verification";

    // Besides letters and digits, the characters that no shell interprets.
    private const string _plain = "/\\.:_-+=@%,";

    /// <summary>The command that starts this program from the current directory.</summary>
    public static string Program { get; } = Find(Environment.ProcessPath, AppContext.BaseDirectory, Environment.CurrentDirectory);

    /// <summary>The command line with these arguments.</summary>
    public static string Of(params string[] arguments) => $"{Program} {string.Join(' ', arguments.Select(Quoted))}";

    /// <summary>The command that starts a program.</summary>
    /// <param name="process">The file of the running process.</param>
    /// <param name="directory">The directory of the program's assemblies.</param>
    /// <param name="current">The current directory.</param>
    internal static string Find(string? process, string directory, string current)
    {
        if (Path.GetFileNameWithoutExtension(process) == "raft-verify")
        {
            return "raft-verify";
        }

        // From the root of a clone, as in the documentation.
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
