namespace Microsoft.Coyote.Rewriting;

/// <summary>
/// Tells Coyote's rewriter to leave a type as it is. The rewriter knows the attribute by its name: this copy of the declaration makes it
/// heard without a reference to Coyote.
/// </summary>
/// <param name="reason">Why.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SkipRewritingAttribute(string reason) : Attribute
{
    /// <summary>Why the type is left as it is.</summary>
    public string Reason => reason;
}
