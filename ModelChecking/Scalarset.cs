namespace ModelChecking;

/// <summary>A finite set of interchangeable elements that are named by number: servers, values, positions in a list.</summary>
/// <param name="prefix">The prefix of their names: <c>s</c> for s1, s2, s3.</param>
/// <param name="count">The number of elements, which are numbered from 0.</param>
public sealed class Scalarset(string prefix, int count)
{
    /// <summary>The number of elements.</summary>
    public int Count { get; } = count;

    /// <summary>The name of an element, counted from 1.</summary>
    /// <param name="element">Its number, from 0.</param>
    public string NameOf(int element) => $"{prefix}{element + 1}";
}
