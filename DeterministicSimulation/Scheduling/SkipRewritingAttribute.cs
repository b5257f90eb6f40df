namespace Microsoft.Coyote.Rewriting;

/// <summary>
/// Tells Coyote's rewriter to leave a type unchanged. The rewriter finds the attribute by its full name, so this copy of its declaration
/// works without a reference to Coyote.
/// </summary>
/// <param name="reason">Why the type is left unchanged.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SkipRewritingAttribute(string reason) : Attribute
{
    /// <summary>Why the type is left unchanged.</summary>
    public string Reason => reason;
}
