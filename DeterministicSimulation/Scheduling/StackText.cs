namespace DeterministicSimulation;

/// <summary>An exception as text for a trace, without the directory of the build, which differs between machines.</summary>
public static class StackText
{
    private const string _file = " in ";

    /// <summary>The exception with its stack. Source files appear with their names and lines, without their directories.</summary>
    public static string Of(Exception exception) =>
        string.Join(Environment.NewLine, exception.ToString().Split(Environment.NewLine).Select(WithoutDirectory));

    private static string WithoutDirectory(string line)
    {
        var file = line.IndexOf(_file, StringComparison.Ordinal) + _file.Length;
        var name = line.LastIndexOfAny(['/', '\\']) + 1;
        return line.StartsWith("   at ", StringComparison.Ordinal) && file >= _file.Length && name > file
            ? line[..file] + line[name..]
            : line;
    }
}
