namespace ModelChecking;

/// <summary>A finite sort of things that a specification speaks of: servers, values, places in a list.</summary>
/// <param name="prefix">What their names begin with: <c>s</c> for s1, s2, s3.</param>
/// <param name="count">How many there are; they are numbered from 0.</param>
public sealed class Sort(string prefix, int count)
{
    /// <summary>How many there are.</summary>
    public int Count { get; } = count;

    /// <summary>The name of one of them, counted from 1.</summary>
    /// <param name="element">Its number, from 0.</param>
    public string NameOf(int element) => $"{prefix}{element + 1}";
}
