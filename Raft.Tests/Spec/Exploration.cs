using ModelChecking;

namespace Raft.Tests.Spec;

/// <summary>Every step within the bounds of a specification: a simple exploration that keeps all states, for small bounds.</summary>
internal static class Exploration
{
    public static IEnumerable<Step> Of(Specification specification)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<ulong[]>();
        foreach (var (_, initial) in Successors(specification, before: null))
        {
            seen.Add(Key(initial));
            queue.Enqueue(initial);
        }

        while (queue.TryDequeue(out var before))
        {
            foreach (var (label, after) in Successors(specification, before))
            {
                yield return new Step(specification, label, before, after);
                if (specification.IsWithinBounds(new State(after)) && seen.Add(Key(after)))
                {
                    queue.Enqueue(after);
                }
            }
        }
    }

    /// <summary>The states of a random walk within the bounds.</summary>
    public static IEnumerable<ulong[]> Walk(Specification specification, Random random, int length)
    {
        var choices = Successors(specification, before: null);
        for (var i = 0; i < length && choices.Count > 0; i++)
        {
            var state = choices[random.Next(choices.Count)].After;
            yield return state;
            choices = [.. Successors(specification, state).Where(step => specification.IsWithinBounds(new State(step.After)))];
        }
    }

    private static string Key(ulong[] state) => string.Join(' ', state);

    private static List<(Successors.Label Label, ulong[] After)> Successors(Specification specification, ulong[]? before)
    {
        var steps = new Successors(specification.Layout);
        if (before is null)
        {
            specification.Init(steps);
        }
        else
        {
            specification.Next(new State(before), steps);
        }

        var list = new List<(Successors.Label, ulong[])>();
        for (var i = 0; i < steps.Count; i++)
        {
            list.Add((steps.LabelOf(i), steps[i].Words.ToArray()));
        }

        return list;
    }
}

/// <summary>A step of a specification, with the states before and after it.</summary>
internal sealed class Step(Specification specification, Successors.Label label, ulong[] before, ulong[] after)
{
    private readonly Lazy<Seen> _before = new(() => new Seen(specification, before));
    private readonly Lazy<Seen> _after = new(() => new Seen(specification, after));

    /// <summary>The words of the state before it.</summary>
    public ulong[] Words => before;

    /// <summary>The name of its action.</summary>
    public string Action => specification.Actions[label.Action];

    /// <summary>Its action with arguments.</summary>
    public string Name => specification.Describe(label.Action, label.First, label.Second, new State(before));

    /// <summary>The message that it concerns, or "".</summary>
    public string Received => Name.Contains(": ") ? Name.Split(": ", 2)[1] : "";

    public Seen Before => _before.Value;

    public Seen After => _after.Value;

    /// <summary>The change of a number.</summary>
    public int Change(string name) => After.Number(name) - Before.Number(name);

    public override string ToString() => Name;
}

/// <summary>A state in readable form.</summary>
internal sealed class Seen(Specification specification, ulong[] state)
{
    private readonly Dictionary<string, string> _values = new(specification.Describe(new State(state)), StringComparer.Ordinal);

    /// <summary>The value of a variable, such as <c>log[s1]</c>.</summary>
    public string this[string name] => _values.GetValueOrDefault(name, "");

    /// <summary>The different messages in flight.</summary>
    public IEnumerable<string> Messages => _values.Keys.Where(name => name.Contains('('));

    /// <summary>The value of a variable as a number.</summary>
    public int Number(string name) => int.Parse(_values[name]);
}
