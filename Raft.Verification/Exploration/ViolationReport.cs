using DeterministicSimulation;
using Raft.Verification.Specifications;

namespace Raft.Verification.Exploration;

/// <summary>
/// Formats a violation for the terminal: the key events, the violation, the meaning of the property, and the next commands.
/// </summary>
internal static class ViolationReport
{
    // A summary is short. The trace holds all events, and a picture shows them better.
    private const int _mostEvents = 24;
    private const int _mostLines = 6;

    /// <summary>The key events, one per line; the last ones if there are many.</summary>
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
    /// The violation, with the top of its stack trace if there is one, and the meaning of the property with its place in the paper.
    /// </summary>
    public static IEnumerable<string> Meaning(Violation violation) =>
        [.. violation.Message.Split('\n').Take(_mostLines).Select(line => line.TrimEnd()), Meaning(violation.Property)];

    /// <summary>The meaning of a property, with its place in the paper.</summary>
    public static string Meaning(string property)
    {
        var meaning = PropertyMeaning.Of(property);
        return $"{property}: {meaning.Sentence} ({meaning.Place})";
    }

    /// <summary>The next commands, which can be copied.</summary>
    /// <param name="file">The file of the trace.</param>
    /// <param name="mutant">The seeded bug that the replay needs, or null.</param>
    public static IEnumerable<string> NextCommands(string file, string? mutant = null)
    {
        yield return $"  {Invocation.Of(mutant is null ? ["replay", file] : ["replay", file, "--mutant", mutant])}";
        yield return ShowCommand(file);
    }

    /// <summary>The command that draws a trace.</summary>
    public static string ShowCommand(string file) => $"  {Invocation.Of("show", file)}";
}
