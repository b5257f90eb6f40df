namespace DeterministicSimulation;

/// <summary>What was thrown, as text for a trace: where it was built is nobody's business, and differs from machine to machine.</summary>
public static class StackText
{
    private const string _file = " in ";

    /// <summary>The exception with its stack; of source files the names and lines, without their directories.</summary>
    public static string Of(Exception exception) => string.Join(Environment.NewLine, exception.ToString().Split(Environment.NewLine).Select(WithoutDirectory));

    private static string WithoutDirectory(string line)
    {
        var file = line.IndexOf(_file, StringComparison.Ordinal) + _file.Length;
        var name = line.LastIndexOfAny(['/', '\\']) + 1;
        return line.StartsWith("   at ", StringComparison.Ordinal) && file >= _file.Length && name > file ? line[..file] + line[name..] : line;
    }
}
