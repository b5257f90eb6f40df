using DeterministicSimulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Exploration;

/// <summary>
/// What the terminal shows of a violation: the key events, the violation, what the property means, and the next commands.
/// </summary>
internal static class ViolationReport
{
    // More would not be a summary. The trace has the rest, and a picture shows it better.
    private const int _mostEvents = 24;
    private const int _mostLines = 6;

    /// <summary>The key events, one a line; if there are many, the last ones.</summary>
    public static IEnumerable<string> Story(Trace trace)
    {
        var events = KeyEvents.Of(trace);
        var hidden = Math.Max(0, events.Count - _mostEvents);
        if (hidden > 0)
        {
            yield return $"  (the last {_mostEvents} of {events.Count:N0} key events)";
        }

        foreach (var happened in events.Skip(hidden))
        {
            yield return happened.ToString();
        }
    }

    /// <summary>
    /// The violation, with the top of its stack if there is one, and what the property means, with its place in the paper.
    /// </summary>
    public static IEnumerable<string> Meaning(Violation violation) =>
        [.. violation.Message.Split('\n').Take(_mostLines).Select(line => line.TrimEnd()), Meaning(violation.Property)];

    /// <summary>What a property means, with its place in the paper.</summary>
    public static string Meaning(string property)
    {
        var meaning = PropertyMeaning.Of(property);
        return $"{property}: {meaning.Sentence} ({meaning.Place})";
    }

    /// <summary>The next commands, which can be copied.</summary>
    /// <param name="file">The file of the trace.</param>
    /// <param name="mutant">The seeded bug that it needs, or null.</param>
    public static IEnumerable<string> NextCommands(string file, string? mutant = null)
    {
        yield return $"  {Invocation.Of(mutant is null ? ["replay", file] : ["replay", file, "--mutant", mutant])}";
        yield return ShowCommand(file);
    }

    /// <summary>The command that draws a trace.</summary>
    public static string ShowCommand(string file) => $"  {Invocation.Of("show", file)}";
}
